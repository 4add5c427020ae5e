#include "cli/shell/outputs.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/escape.h"
#include "cli/shell/standard_streams.h"
#include "files/path.h"
#include "model/model.h"

namespace pdquant {
namespace {

// A standard stream may be redirected to a file that is named as well.
std::string PathOf(std::string_view path, const char* stream) { return path == "-" ? stream : std::string(path); }

std::string Describe(const FileRole& role) { return std::string(role.option) + " " + Quote(role.path); }

Status CheckPair(const FileRole& input, const FileRole& output) {
  const std::string in = PathOf(input.path, "/dev/stdin");
  const std::string out = PathOf(output.path, "/dev/stdout");
  if (!IsRegularFile(in) || !IsSameFile(in, out)) return {};
  return UsageError(Describe(output) + " is the input " + Describe(input) +
                    "; name another file, or say --in-place to replace the program");
}

Status CheckOutputs(const FileRole& a, const FileRole& b) {
  const std::string first = PathOf(a.path, "/dev/stdout");
  const std::string second = PathOf(b.path, "/dev/stdout");
  const bool one_stream = a.path == "-" && b.path == "-";
  const bool one_file = first == second || IsSameFile(first, second);
  const FileKind kind = KindOf(first);
  const bool special = kind == FileKind::kOther || kind == FileKind::kFolder;
  if (!one_stream && (!one_file || special)) return {};
  return UsageError(Describe(a) + " and " + Describe(b) + " are one file");
}

}  // namespace

Status CheckRoles(std::span<const FileRole> inputs, std::span<const FileRole> outputs) {
  const FileRole* from_stream = nullptr;
  for (const FileRole& input : inputs) {
    if (input.path != "-") continue;
    if (from_stream != nullptr) {
      return UsageError(std::string(from_stream->option) + " and " + std::string(input.option) +
                        " can't both be standard input");
    }
    from_stream = &input;
  }
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].path.empty()) continue;
    for (const FileRole& input : inputs) {
      if (input.path.empty()) continue;
      if (Status status = CheckPair(input, outputs[i]); !status.ok()) return status;
    }
    for (const FileRole& other : outputs.first(i)) {
      if (other.path.empty()) continue;
      if (Status status = CheckOutputs(other, outputs[i]); !status.ok()) return status;
    }
  }
  return {};
}

Status CheckModel(const ModelFiles& files, const ParameterReader* parameters, std::span<const FileRole> outputs) {
  const std::string folder = RealPath(files.parameters.path) + "/";
  for (const FileRole& output : outputs) {
    const std::string path(output.path);
    if (path.empty() || !IsRegularFile(PathOf(path, "/dev/stdout"))) continue;
    const std::string real = RealPath(PathOf(path, "/dev/stdout"));
    const bool is_parameter = parameters != nullptr && files.parameters.kind == ParameterPlace::Kind::kSeparate &&
                              real.starts_with(folder) && parameters->Find(real.substr(folder.size()));
    if (is_parameter || IsSameFile(real, files.program) || IsSameFile(real, files.parameters.path))
      return UsageError(Describe(output) + " is a file of the model that is read; name another file");
  }
  return {};
}

ResultSink::ResultSink()
    : to_file_([this](std::string_view text) {
        if (status_.ok()) status_ = stream_->Write(text);
        return status_.ok();
      }) {}

Status ResultSink::Open(const std::string& out, std::span<const std::string> inputs) {
  if (out.empty() || out == "-") return {};
  const std::array<FileRole, 1> role = {{{"-o", out}}};
  for (const std::string& input : inputs) {
    if (input.empty() || input == "-") continue;
    if (IsRegularFile(input) && IsSameFile(input, out))
      return UsageError("-o " + Quote(out) + " is the input " + Quote(input) + "; name another file");
    Result<ModelFiles> files = FindModel(input, "");
    if (!files.ok()) files = FindPirModel(input, "");
    if (!files.ok()) continue;  // who reads it reports it
    if (Status s = CheckModel(*files, nullptr, role); !s.ok()) return s;
  }
  Result<OutputStream*> stream = file_.emplace().Open(out);
  if (!stream.ok()) {
    file_.reset();
    return stream.status();
  }
  stream_ = *stream;
  return {};
}

Status ResultSink::Commit() {
  if (!file_ || !status_.ok()) return status();
  status_ = file_->Commit();
  return status_;
}

void AddCopies(ParameterReader* reader, std::string_view prefix, std::vector<OutputParameter>* outputs) {
  for (size_t i = 0; i < reader->parameters().size(); ++i) {
    outputs->push_back({std::string(prefix) + reader->parameters()[i].name, reader, i, {}, {}});
  }
}

Status AddReport(const CommandReport& report, OutputSet* outputs) {
  if (report.path.empty() || report.path == "-") return {};
  const std::string_view piece = report.json;
  return outputs->Add(report.path, {&piece, 1});
}

Status Print(const CommandReport& report) {
  const bool prints_json = report.path == "-";
  if (prints_json || report.result_on_standard_output) WriteStandardError(report.summary);
  if (prints_json) return WriteStandardOutput(report.json);
  return report.result_on_standard_output || report.summary.empty() ? Status() : WriteStandardOutput(report.summary);
}

int PrintAndCommit(const CommandReport& report, OutputSet* outputs, Console* console) {
  console->Debug("written beside the destinations");
  const Status printed = Print(report);
  const bool reader_has_gone = !printed.ok() && printed.message().empty();
  if (!printed.ok() && !reader_has_gone) return console->Fail(printed);
  const Status committed = outputs->Commit();
  console->Debug("moved to the destinations");
  return console->Fail(committed.ok() ? printed : committed);
}

}  // namespace pdquant
