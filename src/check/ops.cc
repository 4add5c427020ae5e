#include <algorithm>
#include <string>
#include <vector>

#include "analysis/control_flow.h"
#include "base/escape.h"
#include "check/rules.h"
#include "paddle/names.h"
#include "paddle/quantization_ops.h"

namespace pdquant {
namespace {

constexpr int32_t kFewestBits = 2;
constexpr int32_t kMostBits = 16;

// A gradient block may read a gradient that is declared nowhere: recurrent_grad links it at run time. And the gradient
// op of a control op may name one: while_grad lists the gradients of variables of its body among those of its outputs,
// and skips what isn't there.
bool IsLinkedAtRunTime(const Index& index, size_t block, OpId op, std::string_view name) {
  return name.ends_with(kGradientSuffix) &&
         (index.program().block(block).forward >= 0 || IsControlGradient(index.type(op)));
}

void CheckBits(const Index& index, OpId op, Findings* findings) {
  const auto report = [&](std::string_view attribute, int32_t bits) {
    if (bits >= kFewestBits && bits <= kMostBits) return;
    Place place = PlaceOfOp(index, op);
    place.part = "attribute " + Quote(attribute);
    findings->Error("bit-length", place, "a bit length of " + std::to_string(bits), "it has to be 2 to 16");
  };
  index.program().op(op).ForEachAttr([&](const AttrView& attr) {
    if (attr.name() == attributes::kBitLength) {
      if (const auto bits = attr.AsInt()) report(attributes::kBitLength, *bits);
    } else if (attr.name() == attributes::kQuantBits) {
      for (const int32_t bits : attr.AsInts()) report(attributes::kQuantBits, bits);
    }
  });
}

class OpRules {
 public:
  OpRules(const Index& index, Findings* findings)
      : index_(index),
        findings_(findings),
        empty_(index.names().Find(kEmptyVariable)),
        owned_(index.program().blocks().size()) {
    for (const BlockReference& reference : index.block_references()) {
      const auto block = static_cast<size_t>(reference.block);
      if (block < owned_.size()) owned_[block] = true;
    }
  }

  void Check(size_t block, OpId op) {
    if (index_.type(op).empty())
      findings_->Error("empty-name", PlaceOfOp(index_, op), "the op's type is empty",
                       "the file is damaged: export it again");
    for (const Argument& argument : index_.inputs(op)) CheckArgument(block, op, argument, true);
    for (const Argument& argument : index_.outputs(op)) CheckArgument(block, op, argument, false);
    if (IsQuantizationOp(index_.type(op))) CheckBits(index_, op, findings_);
  }

 private:
  void CheckArgument(size_t block, OpId op, const Argument& argument, bool input) {
    if (argument.name == empty_ || index_.Lookup(block, argument.name) != kNoVar) return;
    const std::string_view name = index_.name(argument.name);
    if (input && IsLinkedAtRunTime(index_, block, op, name)) return;
    if (IsLeftOver(block, argument.name)) return;
    Place place = PlaceOfOp(index_, op);
    place.part = (input ? "input " : "output ") + Quote(index_.name(argument.slot));
    place.variable = name;
    if (name.empty()) {
      findings_->Error("empty-name", place, "an argument with an empty name", "the file is damaged: export it again");
    } else {
      findings_->Error("undeclared-variable", place, "no visible block declares the variable",
                       "the program was cut or edited: export it again");
    }
  }

  // A second backward that goes through a loop leaves a gradient block that nothing runs, and whose gradients only the
  // first one's block declares.
  bool IsLeftOver(size_t block, NameId name) const {
    return !owned_[block] && index_.program().block(block).forward >= 0 &&
           index_.name(name).ends_with(kGradientSuffix) && index_.FirstDeclaration(name) != kNoVar;
  }

  const Index& index_;
  Findings* findings_;
  NameId empty_;
  std::vector<bool> owned_;  // by block: an op runs it
};

}  // namespace

void CheckOps(const Index& index, Findings* findings) {
  OpRules rules(index, findings);
  const Program& program = index.program();
  for (size_t b = 0; b < program.blocks().size(); ++b) {
    const Block& block = program.block(b);
    for (uint32_t i = 0; i < block.op_count; ++i) rules.Check(b, block.first_op + i);
  }
  for (const VarReference& reference : index.var_references()) {
    if (index.Lookup(program.BlockOfOp(reference.op), reference.name) != kNoVar) continue;
    Place place = PlaceOfOp(index, reference.op);
    place.part = "attribute " + Quote(index.name(reference.attribute));
    place.variable = index.name(reference.name);
    findings->Error("undeclared-variable", place, "no visible block declares the variable",
                    "the program was cut or edited: export it again");
  }
}

}  // namespace pdquant
