#include <algorithm>

#include "base/escape.h"
#include "diff/diff_report.h"
#include "diff/diff_text.h"

namespace pdquant {
namespace {

// GitHub takes 1 MiB for the summary of a step; the rest is for what else the step says.
constexpr size_t kMostBytes = size_t{1000} << 10U;

// Text in which nothing is Markdown or HTML: what could be is written as a character reference. A colon could be that
// of "http:", a point that of "www.".
std::string Plain(std::string_view text) {
  constexpr std::string_view kPlain = " ,;.()=/'+";
  std::string escaped;
  char before = ' ';
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    const auto is_word = [](char x) {
      return (x >= 'a' && x <= 'z') || (x >= 'A' && x <= 'Z') || (x >= '0' && x <= '9');
    };
    const bool is_plain = is_word(c) || byte >= 0x80 ||
                          (c == '.' ? before != 'w' && before != 'W' : kPlain.find(c) != kPlain.npos) ||
                          (c == '_' && is_word(before));
    if (is_plain) {
      escaped += c;
    } else {
      escaped += "&#" + std::to_string(byte) + ";";
    }
    before = c;
  }
  return escaped;
}

std::string Code(std::string_view text) { return "<code>" + Plain(text) + "</code>"; }

class MarkdownWriter {
 public:
  MarkdownWriter(const DiffResult& result, const DiffOutput& options, const TextSink& sink)
      : result_(result), options_(options), buffer_(sink), out_(buffer_.text()) {}

  bool Write() {
    Add("### " + Code(NameOfInput(result_.paths[0])) + " → " + Code(NameOfInput(result_.paths[1])) + "\n\n" +
        Plain(result_.Summary()) + "\n\n| | A | B | change |\n|---|---|---|---|\n");
    if (result_.program != nullptr) {
      const ProgramDiff& diff = *result_.program;
      for (size_t i = 0; i < diff.changes().size(); ++i) {
        if (!HasLine(diff.changes()[i], options_.expand)) continue;
        if (shown_ == options_.limit || full_) {
          ++left_;
        } else if (!Row(Describe(diff, i, {}))) {
          return false;
        }
      }
    }
    for (const TensorChange& change : result_.tensor_changes) {
      ChangeText text;
      text.mark = !change.type_a ? '+' : !change.type_b ? '-' : '~';
      text.title = NameTensorChange(change);
      text.details.push_back(DescribeTensorChange(change));
      if (shown_ == options_.limit || full_) {
        ++left_;
      } else if (!Row(text)) {
        return false;
      }
    }
    if (left_ != 0) {
      *out_ += "\nand " + std::to_string(left_) + " more" +
               (full_ ? "; there is no room for them\n" : "; --all shows them\n");
    }
    return buffer_.Flush();
  }

 private:
  void Add(const std::string& text) {
    bytes_ += text.size();
    *out_ += text;
  }

  bool Row(const ChangeText& change) {
    std::string row = "| " + Code(std::string(1, change.mark)) + " | " + Plain(change.place_a) + " | " +
                      Plain(change.place_b) + " | " + Code(change.title);
    for (const std::string& detail : change.details) row += "<br>" + Code(detail);
    row += " |\n";
    if (bytes_ + row.size() > kMostBytes) {
      full_ = true;
      ++left_;
      return true;
    }
    ++shown_;
    Add(row);
    return buffer_.Flow();
  }

  const DiffResult& result_;
  const DiffOutput& options_;
  TextBuffer buffer_;
  std::string* out_;
  size_t bytes_ = 0;
  size_t shown_ = 0;
  size_t left_ = 0;
  bool full_ = false;
};

}  // namespace

bool WriteDiffMarkdown(const DiffResult& result, const DiffOutput& options, const TextSink& sink) {
  return MarkdownWriter(result, options, sink).Write();
}

}  // namespace pdquant
