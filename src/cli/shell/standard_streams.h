#ifndef PDQUANT_CLI_SHELL_STANDARD_STREAMS_H_
#define PDQUANT_CLI_SHELL_STANDARD_STREAMS_H_

#include <string>
#include <string_view>

#include "base/status.h"
#include "text/text_sink.h"

namespace pdquant {

// A process may be started with any of its standard streams closed. Takes their numbers, so that no file that is opened
// later gets one of them and the messages with it. Reading a closed standard input and writing to a closed standard
// output still fail; messages to a closed standard error go nowhere.
void OpenStandardStreams();

// Whether a path names what standard output is: /dev/stdout, /dev/fd/1, /proc/self/fd/1, a link to one of them, or the
// FIFO, terminal or file that it was redirected to. /dev/null isn't meant: what goes there is thrown away.
bool IsStandardOutput(const std::string& path);

// Standard output as a sink that keeps what became of it.
class StandardOutputSink {
 public:
  StandardOutputSink();
  StandardOutputSink(const StandardOutputSink&) = delete;
  StandardOutputSink& operator=(const StandardOutputSink&) = delete;

  const TextSink& sink() const { return sink_; }
  // Errors: kIo.
  const Status& status() const { return status_; }

 private:
  Status status_;
  TextSink sink_;
};

// Writes to standard error. There is nobody to tell where that fails. Takes no memory.
void WriteStandardError(std::string_view text);

// Is standard error a terminal that shows colours?
bool StandardErrorHasColor();

}  // namespace pdquant

#endif  // PDQUANT_CLI_SHELL_STANDARD_STREAMS_H_
