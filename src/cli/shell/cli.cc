#include "cli/shell/cli.h"

#include <google/protobuf/stubs/logging.h>
#include <unistd.h>

#include <exception>
#include <new>

#include "base/escape.h"
#include "cli/shell/command_line.h"
#include "cli/shell/console.h"
#include "cli/shell/signals.h"
#include "cli/shell/standard_streams.h"
#include "files/output.h"

namespace pdquant {
namespace {

int OutOfMemory() {
  WriteStandardError("pdquant: error: out of memory; try again when more is free [try-again]\n");
  return static_cast<int>(StatusCode::kTryAgain);
}

int Unexpected(const char* what) { return Console({}).Fail(InternalError("unexpected exception: " + Printable(what))); }

// Explains the exception that is being handled, and gives the exit code for it.
int ExplainException() {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return OutOfMemory();
  } catch (const std::exception& e) {
    return Unexpected(e.what());
  } catch (...) {
    return Unexpected("of an unknown type");
  }
}

// For an exception that nobody could catch, such as one in a destructor.
[[noreturn]] void EndWithoutAbort() {
  RemoveTemporariesInSignalHandler();
  int code = static_cast<int>(StatusCode::kInternal);
  if (std::current_exception() != nullptr) code = ExplainException();
  _exit(code);
}

int Run(int argc, char** argv) {
  CommandLine line;
  if (const Status status = line.Parse(argc, argv); !status.ok()) {
    return Console(line.common().ForConsole()).Fail(status);
  }
  Console console(line.common().ForConsole());
  if (line.command() == nullptr) return console.Fail(WriteStandardOutput(line.text()));
  return line.command()->Run(line.common(), &console);
}

}  // namespace

int RunCommandLine(int argc, char** argv) {
  OpenStandardStreams();
  InstallSignalHandlers();
  std::set_terminate(EndWithoutAbort);
  google::protobuf::SetLogHandler(nullptr);
  try {
    return Run(argc, argv);
  } catch (...) {
    try {
      return ExplainException();
    } catch (...) {  // no memory is left for the explanation
      return OutOfMemory();
    }
  }
}

}  // namespace pdquant
