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
#include "files/temporary_registry.h"

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

int Run(int argc, char** argv, int* system_error) {
  CommandLine line;
  if (const Status status = line.Parse(argc, argv); !status.ok()) {
    *system_error = status.system_error();
    return Console(line.common().ForConsole()).Fail(status);
  }
  Console console(line.common().ForConsole());
  const int code = line.command() == nullptr ? console.Fail(WriteStandardOutput(line.text()))
                                             : line.command()->Run(line.common(), &console);
  *system_error = console.system_error();
  return code;
}

}  // namespace

int RunCommandLine(int argc, char** argv, int* system_error) {
  int ignored = 0;
  if (system_error == nullptr) system_error = &ignored;
  *system_error = 0;
  OpenStandardStreams();
  InstallSignalHandlers();
  std::set_terminate(EndWithoutAbort);
  google::protobuf::SetLogHandler(nullptr);
  try {
    return Run(argc, argv, system_error);
  } catch (...) {
    try {
      return ExplainException();
    } catch (...) {  // no memory is left for the explanation
      return OutOfMemory();
    }
  }
}

}  // namespace pdquant
