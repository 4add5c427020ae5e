#include "diff/diff_text.h"

#include <algorithm>

#include "text/op_text.h"

namespace pdquant {
namespace {

class TextWriter {
 public:
  TextWriter(const ProgramDiff& diff, const DiffTextOptions& options, const TextSink& sink)
      : diff_(diff), options_(options), buffer_(sink), out_(buffer_.text()) {}

  bool Write() {
    size_t left = 0;
    for (size_t i = 0; i < diff_.changes().size(); ++i) {
      if (!HasLine(diff_.changes()[i], options_.expand)) continue;
      if (shown_ == options_.limit) {
        ++left;
        continue;
      }
      ++shown_;
      WriteChange(i);
      if (!buffer_.Flow()) return false;
    }
    if (left != 0) *out_ += "and " + std::to_string(left) + " more; --all shows them\n";
    return buffer_.Flush();
  }

 private:
  // "in block while:x, of 0:12 -> 0:15 while"
  void Heading(const Change& change) {
    if (change.what != Change::What::kOp && change.what != Change::What::kVar) return;
    const bool is_op = change.what == Change::What::kOp;
    const auto block_of = [is_op](const ComparedProgram& compared, uint32_t number) {
      return is_op ? compared.program().BlockOfOp(number) : compared.program().BlockOfVar(number);
    };
    const bool is_a = change.a != kNoPartner;
    const ComparedProgram& compared = is_a ? diff_.a() : diff_.b();
    const size_t block = block_of(compared, is_a ? change.a : change.b);
    const size_t partner = (is_a ? diff_.matching().blocks.b_of_a : diff_.matching().blocks.a_of_b)[block];
    const size_t key = is_a ? block : partner == kNoPartner ? block + diff_.a().program().blocks().size() : partner;
    if (key == block_) return;
    block_ = key;
    if (change.depth == 0 && block == 0) return;
    std::string label = compared.labels().label(block);
    if (label.size() > options_.describe.longest) label.resize(options_.describe.longest);
    *out_ += std::string(size_t{2} * std::min(change.depth, kDeepest), ' ') + "in block " + label + ":\n";
  }

  static std::string Places(const ChangeText& text) {
    if (text.place_a.empty()) return text.place_b;
    if (text.place_b.empty() || text.place_a == text.place_b) return text.place_a;
    return text.place_a + " -> " + text.place_b;
  }

  void WriteChange(size_t number) {
    const Change& change = diff_.changes()[number];
    Heading(change);
    const ChangeText text = Describe(diff_, number, options_.describe);
    const std::string indent(size_t{2} * std::min(change.depth, kDeepest), ' ');
    *out_ += indent + text.mark + ' ';
    if (change.what == Change::What::kOp || change.what == Change::What::kBlock) *out_ += Places(text) + ' ';
    *out_ += text.title;
    const bool is_short = text.details.size() == 1;
    if (is_short) *out_ += ", " + text.details[0];
    *out_ += '\n';
    if (is_short) return;
    for (const std::string& detail : text.details) *out_ += indent + "    " + detail + '\n';
  }

  static constexpr uint32_t kDeepest = 20;  // of indents

  const ProgramDiff& diff_;
  const DiffTextOptions& options_;
  TextBuffer buffer_;
  std::string* out_;
  size_t shown_ = 0;
  size_t block_ = 0;
};

}  // namespace

bool HasLine(const Change& change, bool expand) { return expand || change.leader == kNoChange; }

bool WriteDiffText(const ProgramDiff& diff, const DiffTextOptions& options, const TextSink& sink) {
  return TextWriter(diff, options, sink).Write();
}

}  // namespace pdquant
