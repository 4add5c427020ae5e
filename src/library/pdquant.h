// pdquant in process: programs in, programs out. For other programs; it needs nothing but the standard library.
//
//   find_package(pdquant REQUIRED)
//   target_link_libraries(app PRIVATE pdquant::pdquant)
//
// Programs are bytes of a serialized ProgramDesc, as Paddle's serialize_to_string() gives them. Input is never trusted,
// and a failure is a value; memory that runs out is std::bad_alloc. All functions may be called from several threads.
#ifndef PDQUANT_LIBRARY_PDQUANT_H_
#define PDQUANT_LIBRARY_PDQUANT_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pdquant::library {

// "1.2.3".
std::string_view Version();

enum class Severity { kNote, kWarning, kError };

// What there is to say about a program. `pdquant check --explain CODE` says more of a code.
struct Message {
  Severity severity = Severity::kError;
  std::string code;      // a stable word, such as "sub-block"
  bool startup = false;  // it is about the startup program
  std::string place;     // "block 0, op 39 'conv2d', input 'Filter'"; empty where it is about the whole
  std::string text;      // what is wrong and why
  std::string hint;      // what to try; may be empty
};

// What every call gives.
struct Answer {
  // The exit code of the command: 0 done; 1 (Check) the program breaks rules, (Diff) they differ; 2 an option is wrong;
  // 3 a program can't be read, or is refused; 70 a fault of pdquant.
  int code = 0;
  std::string failure;  // one line, where `code` is 2 or more; the messages may say more
  std::vector<Message> messages;
};

// Named as on the command line, without the dashes: {"weight-bits", "4"}. A flag has the value "true" or "false".
using Options = std::vector<std::pair<std::string, std::string>>;

struct Transpiled : Answer {
  std::string main;     // the rewritten programs; empty where `code` isn't 0
  std::string startup;  // empty where none was given
  std::string report;   // JSON (docs/reference/transpile-report.schema.json)
};

// `pdquant transpile`: puts a quantize and a dequantize op around the weights and the activations of each quantizable
// op of a training program. The startup program gets the initializers of what is added.
Transpiled Transpile(std::string_view main, std::optional<std::string_view> startup = std::nullopt,
                     const Options& options = {});

// `pdquant check`: all that is wrong with a program. `target` is a runtime, as --target has it; empty for none.
Answer Check(std::string_view program, std::string_view target = {});

struct Compared : Answer {
  std::string text;  // the changes, as `pdquant diff` prints them: uncut
};

// `pdquant diff`: what changed, by meaning.
Compared Diff(std::string_view a, std::string_view b);

}  // namespace pdquant::library

#endif  // PDQUANT_LIBRARY_PDQUANT_H_
