// Where what a command makes goes.
#ifndef PDQUANT_CLI_SHELL_OUTPUTS_H_
#define PDQUANT_CLI_SHELL_OUTPUTS_H_

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "cli/shell/console.h"
#include "cli/shell/standard_streams.h"
#include "files/output.h"
#include "model/model.h"
#include "model/parameter_reader.h"
#include "model/parameter_writer.h"
#include "text/text_sink.h"

namespace pdquant {

// A file that a command reads or writes.
struct FileRole {
  std::string_view option;  // "-o", "PROGRAM"
  std::string_view path;    // empty where it isn't given; "-" is a standard stream
};

// Refuses standard input that is read twice, an output that is an input (by link, or by another name), and two outputs
// that are one file. What is no regular file, such as /dev/null, may come more than once. Errors: kUsage.
Status CheckRoles(std::span<const FileRole> inputs, std::span<const FileRole> outputs);

// Refuses an output that is a file of a model that is read: the program's, that of all parameters, or one of
// `parameters` in a folder, which are null where they aren't opened. Errors: kUsage.
Status CheckModel(const ModelFiles& files, const ParameterReader* parameters, std::span<const FileRole> outputs);

// Where the result of a command that only looks goes: to standard output, or whole to a file.
class ResultSink {
 public:
  ResultSink();
  ResultSink(const ResultSink&) = delete;
  ResultSink& operator=(const ResultSink&) = delete;

  // `out` is what -o says; standard output without it, and for "-". Errors: kUsage where that is one of the inputs, or
  // a file of a model that is one; those of OutputSet::Open.
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

// Adds all parameters of a reader, to be written as they are, under their names with `prefix` in front.
void AddCopies(ParameterReader* reader, std::string_view prefix, std::vector<OutputParameter>* outputs);

// What a command that writes says of what it did.
struct CommandReport {
  std::string summary;  // for people; empty where none is wanted
  std::string json;     // what --report wants, where `path` isn't empty
  std::string path;     // what --report says: "-" is standard output; empty for none
  // The result itself goes to standard output: the summary gives way, as it does to the report.
  bool result_on_standard_output = false;
};

// Adds the report to what is to be written, where it goes to a file. Errors: those of OutputSet::Add.
Status AddReport(const CommandReport& report, OutputSet* outputs);

// Prints the summary, or the report in its stead; the summary goes to standard error where standard output has other
// work to do. Errors: kIo, without a message where the reader has gone.
Status Print(const CommandReport& report);

// Prints, then moves what was written to its places. Nothing changes before all is written, the summary included: a
// full disk behind standard output leaves everything as it was. A reader of the summary that has gone is no reason to
// stop: the broken pipe ends the process afterwards. Returns the exit code.
int PrintAndCommit(const CommandReport& report, OutputSet* outputs, Console* console);

}  // namespace pdquant

#endif  // PDQUANT_CLI_SHELL_OUTPUTS_H_
