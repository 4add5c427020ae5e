// The rules of quantization for what a pass made in a program without quantize ops: all there is of it was made, so
// nothing else has to be read.
#include <cmath>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/escape.h"
#include "check/made.h"
#include "check/rules.h"
#include "ops/fake_ops.h"
#include "ops/op_table.h"

namespace pdquant {
namespace {

// The single argument of a slot; empty where there is none, or where there are several.
std::string_view ArgumentOf(const OpView& op, bool output, std::string_view slot) {
  std::string_view found;
  size_t count = 0;
  const auto look = [&](const SlotView& view) {
    if (view.name() != slot) return;
    view.ForEachArgument([&](std::string_view name) {
      found = name;
      ++count;
    });
  };
  output ? op.ForEachOutput(look) : op.ForEachInput(look);
  return count == 1 ? found : std::string_view();
}

// Recomputed copies of a variable end in ".subprog_N".
std::string_view BaseOf(std::string_view name) { return name.substr(0, name.find(".subprog_")); }

class MadeQuantization {
 public:
  MadeQuantization(const Index& index, const Edits& edits, Findings* findings)
      : index_(index), edits_(edits), findings_(findings) {}

  void Check() {
    for (const Edits::MadeMessage& op : edits_.made_ops()) NoteQuantize(op);
    for (const Edits::MadeMessage& op : edits_.made_ops()) CheckDequantize(op);
    for (const Edits::MadeMessage& op : edits_.made_ops()) CheckUsed(op);
    if (integers_.empty()) return;
    NoteOperands();
    for (OpId op = 0; op < index_.program().op_count() && !operands_.empty(); ++op) CheckOp(op);
  }

 private:
  static constexpr OpId kSeveral = UINT32_MAX;

  struct Integer {
    std::string_view source;
    std::string_view scale;
    int32_t bits = 0;
    bool scaled_back = false;
  };
  // What an op reads in an edited slot: the slot, and the variable whose rounded form it is.
  using Operand = std::pair<std::string_view, std::string_view>;

  void Error(const Edits::MadeMessage& op, const char* code, std::string text) {
    Place place;
    place.block = static_cast<int32_t>(op.block);
    place.op_type = OpView(op.message).type();
    place.part = "a new op";
    findings_->Error(code, std::move(place), std::move(text));
  }

  void NoteQuantize(const Edits::MadeMessage& made) {
    const OpView op(made.message);
    const FakeOp* fake = FindFakeOp(op.type());
    if (fake == nullptr || fake->role != FakeRole::kQuantize) return;
    const auto bits = op.attr(kBitLength);
    integers_[ArgumentOf(op, true, fake->output)] = {ArgumentOf(op, false, "X"), ArgumentOf(op, true, fake->new_scale),
                                                     bits ? bits->AsInt().value_or(0) : 0};
  }

  void CheckDequantize(const Edits::MadeMessage& made) {
    const OpView op(made.message);
    const FakeOp* fake = FindFakeOp(op.type());
    if (fake == nullptr || fake->role != FakeRole::kDequantize) return;
    const auto found = integers_.find(ArgumentOf(op, false, "X"));
    if (found == integers_.end()) return Error(made, "quant-pair", "a pass scales back what no op quantized");
    Integer& integer = found->second;
    if (integer.scaled_back) Error(made, "quant-pair", "a pass scales a value back twice");
    integer.scaled_back = true;
    rounded_[ArgumentOf(op, true, fake->output)] = integer.source;
    if (ArgumentOf(op, false, fake->scale) != integer.scale)
      Error(made, "quant-pair", "a pass scales back by another scale than it quantized with");
    const auto range = op.attr("max_range");
    if (!range || !range->AsFloat()) return;
    if (*range->AsFloat() != std::exp2(static_cast<float>(integer.bits - 1)) - 1)
      Error(made, "quant-pair", "a pass scales back by other bits than it quantized with");
  }

  void CheckUsed(const Edits::MadeMessage& made) {
    const OpView op(made.message);
    const FakeOp* fake = FindFakeOp(op.type());
    if (fake == nullptr || fake->role != FakeRole::kQuantize) return;
    if (!integers_[ArgumentOf(op, true, fake->output)].scaled_back)
      Error(made, "quant-pair", "a pass quantizes a value that nothing scales back");
    const std::string_view source = ArgumentOf(op, false, "X");
    if (rounded_.contains(source) || integers_.contains(source))
      Error(made, "quant-twice", "a pass quantizes " + Quote(source) + ", which it quantized already");
  }

  void NoteOperands() {
    for (const Edits::EditedField& edited : edits_.edited_fields()) {
      FieldReader reader(edited.field);
      Field field;
      if (!reader.Next(&field) || !field.Is(1, WireType::kBytes)) continue;
      const SlotView slot(field.bytes);
      slot.ForEachArgument([&](std::string_view name) {
        const auto rounded = rounded_.find(name);
        if (rounded != rounded_.end()) operands_[edited.op].emplace_back(slot.name(), BaseOf(rounded->second));
      });
    }
  }

  // A backward op that reads a rounded form does so where its forward op does. One that reads none may be removed.
  void CheckOp(OpId op) {
    const auto operands = operands_.find(op);
    if (const QuantizableOp* kind = FindQuantizable(index_.type(op))) {
      const VarId output = Lookup(op, SingleArgument(index_, index_.outputs(op), kind->output));
      if (output == kNoVar) return;
      const auto [found, first] = forward_.try_emplace(output, op);
      if (!first) found->second = kSeveral;
      return;
    }
    if (operands == operands_.end()) return;
    const QuantizableOp* kind = FindQuantizableOfGradient(index_.type(op));
    if (kind == nullptr || index_.type(op).size() != kind->type.size() + std::string_view("_grad").size()) return;
    const auto forward = forward_.find(ForwardOutput(op, *kind));
    if (forward == forward_.end() || forward->second == kSeveral || index_.type(forward->second) != kind->type) return;
    const auto reads = operands_.find(forward->second);
    if (reads == operands_.end()) return;
    for (const Operand& operand : reads->second) {
      const bool is_operand = operand.first == kind->slots[0] || operand.first == kind->slots[1];
      if (is_operand && SingleArgument(index_, index_.inputs(op), operand.first) != kNoName)
        CheckReads(op, operand, operands->second);
    }
  }

  void CheckReads(OpId op, const Operand& operand, const std::vector<Operand>& backward) {
    for (const Operand& read : backward) {
      if (read == operand) return;
    }
    Place place = PlaceOfOp(index_, op);
    place.part = "input " + Quote(operand.first);
    place.variable = operand.second;
    findings_->Error("quant-backward", std::move(place),
                     "a pass made the forward op read the quantized form, and this op not");
  }

  VarId Lookup(OpId op, NameId name) const {
    return name == kNoName ? kNoVar : index_.Lookup(index_.program().BlockOfOp(op), name);
  }

  // The variable whose gradient the op reads: "grad/x@GRAD@RENAME…" is one of x.
  VarId ForwardOutput(OpId op, const QuantizableOp& kind) const {
    const NameId gradient =
        SingleArgument(index_, index_.inputs(op), std::string(kind.output) + std::string(kGradientSuffix));
    if (gradient == kNoName) return kNoVar;
    std::string_view name = index_.name(gradient);
    name = name.substr(0, name.find(kGradientSuffix));
    constexpr std::string_view kAgain = "grad/";
    while (name.starts_with(kAgain)) name.remove_prefix(kAgain.size());
    return Lookup(op, index_.names().Find(name));
  }

  const Index& index_;
  const Edits& edits_;
  Findings* findings_;
  std::unordered_map<std::string_view, Integer> integers_;          // by name
  std::unordered_map<std::string_view, std::string_view> rounded_;  // what was quantized, by name
  std::unordered_map<OpId, std::vector<Operand>> operands_;
  std::unordered_map<VarId, OpId> forward_;  // by output: the op that writes it, or kSeveral
};

}  // namespace

void CheckMadeQuantization(const Index& index, const Edits& edits, Findings* findings) {
  MadeQuantization(index, edits, findings).Check();
}

}  // namespace pdquant
