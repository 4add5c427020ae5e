#include "show/op_detail.h"

#include <algorithm>
#include <vector>

#include "analysis/uses.h"
#include "base/escape.h"
#include "paddle/op_table.h"
#include "text/attribute_text.h"
#include "text/block_labels.h"
#include "text/field_text.h"
#include "text/op_text.h"

namespace pdquant {
namespace {

constexpr size_t kMostUsers = 8;
constexpr std::string_view kCallStack = "op_callstack";

class DetailWriter {
 public:
  DetailWriter(const Index& index, OpId op)
      : index_(index), uses_(index), op_(op), block_(index.program().BlockOfOp(op)) {}

  std::string Write() {
    AppendOpLine(index_, op_, &out_);
    out_ += '\n';
    Slots("in", index_.inputs(op_), true);
    Slots("out", index_.outputs(op_), false);
    Attributes();
    return std::move(out_);
  }

 private:
  std::string NameOfOp(OpId op) const {
    std::string text = OpNumber(index_, op) + ' ';
    AppendName(index_.type(op), &text);
    return text;
  }

  // "0:3 mul, 0:7 sum, and 4 more"
  std::string NamesOfOps(std::vector<OpId> ops) const {
    ops.erase(std::unique(ops.begin(), ops.end()), ops.end());
    std::string text;
    for (size_t i = 0; i < std::min(ops.size(), kMostUsers); ++i) text += (i == 0 ? "" : ", ") + NameOfOp(ops[i]);
    if (ops.size() > kMostUsers) text += ", and " + std::to_string(ops.size() - kMostUsers) + " more";
    return text;
  }

  void Slots(const char* word, std::span<const Argument> arguments, bool is_input) {
    for (const Argument& argument : arguments) {
      out_ += std::string("  ") + word + ' ';
      AppendName(index_.name(argument.slot), &out_);
      out_ += ": ";
      const VarId var = index_.Lookup(block_, argument.name);
      if (var == kNoVar) {
        AppendName(index_.name(argument.name), &out_);
        out_ += index_.name(argument.name) == kEmptyVariable ? " (no variable)\n" : " (declared nowhere)\n";
        continue;
      }
      AppendVarLine(index_, var, &out_);
      const size_t declared = index_.program().BlockOfVar(var);
      if (declared != block_) out_ += ", of block " + std::to_string(declared);
      out_ += '\n';
      out_ += is_input ? Makers(var) : Readers(var);
    }
  }

  // The last op before this one that writes the variable, and those that write it later.
  std::string Makers(VarId var) const {
    const auto writers = uses_.writers(var);
    const auto later = std::lower_bound(writers.begin(), writers.end(), op_);
    std::string text;
    if (later != writers.begin()) {
      text = "      made by " + NameOfOp(*(later - 1)) + '\n';
    } else {
      text = index_.persistable(var) ? "      made by no op before: its value is stored\n"
                                     : "      made by no op before\n";
    }
    std::vector<OpId> overwriters(later, writers.end());
    if (!overwriters.empty()) text += "      written later by " + NamesOfOps(std::move(overwriters)) + '\n';
    return text;
  }

  std::string Readers(VarId var) const {
    const auto readers = uses_.readers(var);
    if (readers.empty()) return "      read by no op\n";
    return "      read by " + NamesOfOps({readers.begin(), readers.end()}) + '\n';
  }

  void Attributes() {
    const BlockLabels labels(index_);
    std::vector<std::pair<std::string_view, AttrView>> attributes;
    index_.program().op(op_).ForEachAttr([&](const AttrView& attr) { attributes.emplace_back(attr.name(), attr); });
    std::stable_sort(attributes.begin(), attributes.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [name, attr] : attributes) {
      if (name == kCallStack) continue;
      out_ += "  attr ";
      AppendName(name, &out_);
      out_ += ": ";
      AppendAttribute(attr, labels, &out_);
      for (const int32_t block : attr.AsBlocks()) out_ += ", block " + std::to_string(block);
      out_ += '\n';
    }
    for (const auto& [name, attr] : attributes) {
      if (name == kCallStack) CallStack(attr);
    }
  }

  void CallStack(const AttrView& attr) {
    const auto lines = attr.AsStrings();
    if (lines.empty()) return;
    out_ += "  op_callstack:\n";
    for (std::string_view line : lines) {
      while (line.ends_with('\n')) line.remove_suffix(1);
      out_ += "    " + EscapeWhole(line) + '\n';
    }
  }

  const Index& index_;
  Uses uses_;
  OpId op_;
  size_t block_;
  std::string out_;
};

}  // namespace

std::string OpDetail(const Index& index, OpId op) { return DetailWriter(index, op).Write(); }

}  // namespace pdquant
