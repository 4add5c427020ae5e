#include "cli/shell/result_sink.h"

#include <string_view>

#include "base/escape.h"
#include "files/path.h"

namespace pdquant {

ResultSink::ResultSink()
    : to_file_([this](std::string_view text) {
        if (status_.ok()) status_ = stream_->Write(text);
        return status_.ok();
      }) {}

Status ResultSink::Open(const std::string& out, std::span<const std::string> inputs) {
  if (out.empty() || out == "-") return {};
  for (const std::string& input : inputs) {
    if (input.empty() || !IsRegularFile(input) || !IsSameFile(input, out)) continue;
    return UsageError("-o " + Quote(out) + " is the input " + Quote(input) + "; name another file");
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

}  // namespace pdquant
