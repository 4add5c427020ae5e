#ifndef PDQUANT_CLI_SHELL_STANDARD_STREAMS_H_
#define PDQUANT_CLI_SHELL_STANDARD_STREAMS_H_

#include <string_view>

namespace pdquant {

// A process may be started with any of its standard streams closed. Takes their numbers, so that no file that is opened
// later gets one of them and the messages with it. Reading a closed standard input and writing to a closed standard
// output still fail; messages to a closed standard error go nowhere.
void OpenStandardStreams();

// Writes to standard error. There is nobody to tell where that fails. Takes no memory.
void WriteStandardError(std::string_view text);

// Is standard error a terminal that shows colours?
bool StandardErrorHasColor();

}  // namespace pdquant

#endif  // PDQUANT_CLI_SHELL_STANDARD_STREAMS_H_
