#include <algorithm>
#include <span>
#include <unordered_set>
#include <vector>

#include "analysis/quantized_walk.h"
#include "analysis/uses.h"
#include "base/escape.h"
#include "paddle/names.h"
#include "paddle/op_role.h"
#include "show/renderers.h"
#include "text/field_text.h"
#include "text/op_text.h"

namespace pdquant {
namespace {

void AppendRole(const Index& index, OpId op, std::string* out) {
  switch (PartOf(index, op)) {
    case OpPart::kBackward:
      *out += " [backward]";
      break;
    case OpPart::kOptimizer:
      *out += " [optimizer]";
      break;
    case OpPart::kLearningRate:
      *out += " [learning rate]";
      break;
    case OpPart::kForward:
      break;
  }
  const int32_t role = index.op(op).role;
  if (role > 0 && (role & kRoleLoss) != 0) *out += " [loss]";
}

constexpr size_t kMostUsers = 8;

// Of a slot or a type, which comes again with each argument: without its middle where it is very long.
void AppendRepeated(std::string_view name, std::string* out) {
  constexpr size_t kLongest = 200;
  if (name.size() > kLongest) {
    *out += ShortName(name);
  } else {
    AppendName(name, out);
  }
}

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
    AppendRepeated(index_.type(op), &text);
    return text;
  }

  // "0:3 mul, 0:7 sum, and 4 more"
  std::string NamesOfOps(std::span<const OpId> ops) const {
    std::string text;
    size_t count = 0;
    for (size_t i = 0; i < ops.size(); ++i) {
      if (i != 0 && ops[i] == ops[i - 1]) continue;
      if (count++ < kMostUsers) text += (count == 1 ? "" : ", ") + NameOfOp(ops[i]);
    }
    if (count > kMostUsers) text += ", and " + std::to_string(count - kMostUsers) + " more";
    return text;
  }

  void Slots(const char* word, std::span<const Argument> arguments, bool is_input) {
    for (const Argument& argument : arguments) {
      out_ += std::string("  ") + word + ' ';
      AppendRepeated(index_.name(argument.slot), &out_);
      out_ += ": ";
      const VarId var = index_.Lookup(block_, argument.name);
      if (var == kNoVar) {
        AppendName(index_.name(argument.name), &out_);
        out_ += index_.name(argument.name) == kEmptyVariable ? " (no variable)\n" : " (declared nowhere)\n";
        continue;
      }
      // An op may name a variable as often as it likes, whose line may be as long as the program.
      if (!(is_input ? read_ : written_).insert(var).second) {
        AppendName(index_.name(argument.name), &out_);
        out_ += ", as above\n";
        continue;
      }
      AppendVarLine(index_, var, &out_);
      const size_t declared = index_.program().BlockOfVar(var);
      if (declared != block_) out_ += ", of block " + std::to_string(declared);
      out_ += '\n' + (is_input ? Writers(var) : Readers(var));
    }
  }

  // The last op before this one that writes the variable, and those that write it later.
  std::string Writers(VarId var) const {
    const auto writers = uses_.writers(var);
    const auto later = std::lower_bound(writers.begin(), writers.end(), op_);
    std::string text;
    if (later != writers.begin()) {
      text = "      made by " + NameOfOp(*(later - 1)) + '\n';
    } else {
      text = index_.persistable(var) ? "      made by no op before: its value is stored\n"
                                     : "      made by no op before\n";
    }
    const std::span<const OpId> overwriters(later, writers.end());
    if (!overwriters.empty()) text += "      written later by " + NamesOfOps(overwriters) + '\n';
    return text;
  }

  std::string Readers(VarId var) const {
    const auto readers = uses_.readers(var);
    if (readers.empty()) return "      read by no op\n";
    return "      read by " + NamesOfOps(readers) + '\n';
  }

  void Attributes() {
    const BlockLabels labels(index_);
    const std::vector<NamedAttribute> attributes = SortedAttributes(index_.program().op(op_));
    for (const auto& [name, attr] : attributes) {
      if (name == attributes::kOpCallStack) continue;
      out_ += "  attr ";
      AppendName(name, &out_);
      out_ += ": ";
      AppendAttribute(attr, labels, &out_);
      for (const int32_t block : attr.AsBlocks()) out_ += ", block " + std::to_string(block);
      out_ += '\n';
    }
    for (const auto& [name, attr] : attributes) {
      if (name == attributes::kOpCallStack) CallStack(attr);
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
  std::unordered_set<VarId> read_;  // those that are written out
  std::unordered_set<VarId> written_;
  std::string out_;
};

}  // namespace

bool ListOps(const Index& index, const TextSink& sink) {
  TextBuffer buffer(sink);
  for (QuantizedWalk walk(index, true); walk.Next();) {
    AppendOpLine(index, walk.op(), buffer.text());
    AppendRole(index, walk.op(), buffer.text());
    if (walk.ComputesQuantized()) *buffer.text() += " [quantized]";
    *buffer.text() += '\n';
    if (!buffer.Flow()) return false;
  }
  return buffer.Flush();
}

bool ListVars(const Index& index, const TextSink& sink) {
  TextBuffer buffer(sink);
  const Program& program = index.program();
  for (size_t b = 0; b < program.blocks().size(); ++b) {
    const Block& block = program.block(b);
    for (VarId var = block.first_var; var < block.first_var + block.var_count; ++var) {
      *buffer.text() += std::to_string(b) + ' ';
      AppendVarLine(index, var, buffer.text());
      *buffer.text() += '\n';
      if (!buffer.Flow()) return false;
    }
  }
  return buffer.Flush();
}

std::string OpDetail(const Index& index, OpId op) { return DetailWriter(index, op).Write(); }

}  // namespace pdquant
