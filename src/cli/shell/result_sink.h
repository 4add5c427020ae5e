// Where the result of a command that only looks goes: to standard output, or whole to a file.
#ifndef PDQUANT_CLI_SHELL_RESULT_SINK_H_
#define PDQUANT_CLI_SHELL_RESULT_SINK_H_

#include <optional>
#include <span>
#include <string>

#include "base/status.h"
#include "cli/shell/standard_streams.h"
#include "files/output.h"
#include "text/text_sink.h"

namespace pdquant {

class ResultSink {
 public:
  ResultSink();
  ResultSink(const ResultSink&) = delete;
  ResultSink& operator=(const ResultSink&) = delete;

  // `out` is what -o says; standard output without it, and for "-". Errors: kUsage where that is one of the inputs;
  // those of OutputSet::Open.
  Status Open(const std::string& out, std::span<const std::string> inputs);
  const TextSink& sink() const { return file_ ? to_file_ : standard_output_.sink(); }
  // What became of the writing so far. Errors: kIo.
  const Status& status() const { return file_ ? status_ : standard_output_.status(); }
  // Moves the file to its place. Without it a file is as it was. Errors: those of OutputSet::Commit.
  Status Commit();

 private:
  StandardOutputSink standard_output_;
  std::optional<OutputSet> file_;
  OutputStream* stream_ = nullptr;
  TextSink to_file_;
  Status status_;
};

}  // namespace pdquant

#endif  // PDQUANT_CLI_SHELL_RESULT_SINK_H_
