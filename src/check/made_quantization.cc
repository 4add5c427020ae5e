// The rules of quantization for what a pass made in a program without quantize ops: all there is of it was made, so
// nothing else has to be read.
#include <tsl/robin_map.h>

#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analysis/gradient_match.h"
#include "base/escape.h"
#include "check/made.h"
#include "check/rules.h"
#include "ir/name_table.h"
#include "paddle/names.h"
#include "paddle/op_role.h"
#include "paddle/quantizable_ops.h"
#include "paddle/quantization_ops.h"

namespace pdquant {
namespace {

// What is said of one op that quantizes or scales back.
struct MadeFake {
  const Edits::MadeMessage* op;
  const QuantizationOp* kind;
  std::string_view input;   // of slot X
  std::string_view output;  // of the slot that the table names, as `scale` is
  std::string_view scale;
  std::optional<AttrView> bits;
  std::optional<AttrView> max_range;
  bool estimates = false;  // finds a scale only: an op of the optimizer's role
};

MadeFake ReadFake(const Edits::MadeMessage& made, const QuantizationOp& kind) {
  MadeFake fake = {&made, &kind, {}, {}, {}, {}, {}, false};
  const OpView op(made.message);
  const bool quantizes = kind.role == QuantizationRole::kQuantize;
  op.ForEachInput([&](const SlotView& slot) {
    const std::string_view name = slot.name();
    if (name == kind.operand) fake.input = slot.single_argument();
    // A linear op in test form has no other scale.
    if (name == kind.scale && (!quantizes || kind.linear())) fake.scale = slot.single_argument();
  });
  op.ForEachOutput([&](const SlotView& slot) {
    const std::string_view name = slot.name();
    if (name == kind.output) fake.output = slot.single_argument();
    if (quantizes && name == kind.new_scale) fake.scale = slot.single_argument();
  });
  const auto role = op.attr(attributes::kOpRole);
  fake.estimates = role && role->AsInt() == kRoleOptimize;
  fake.bits = quantizes ? op.attr(attributes::kBitLength) : std::nullopt;
  fake.max_range = quantizes ? std::nullopt : op.attr(attributes::kMaxRange);
  return fake;
}

class MadeQuantization {
 public:
  MadeQuantization(const Index& index, const Edits& edits, Findings* findings)
      : index_(index), edits_(edits), findings_(findings), match_(index) {}

  void Check() {
    std::vector<MadeFake> quantizes;
    std::vector<MadeFake> dequantizes;
    for (const Edits::MadeMessage& made : edits_.made_ops()) {
      const QuantizationOp* kind = FindQuantizationOp(OpView(made.message).type());
      if (kind == nullptr) continue;
      const MadeFake fake = ReadFake(made, *kind);
      if (kind->role == QuantizationRole::kQuantize && !fake.estimates) quantizes.push_back(fake);
      if (kind->role == QuantizationRole::kDequantize) dequantizes.push_back(fake);
      if (kind->role == QuantizationRole::kRound) rounded_[fake.output] = fake.input;
    }
    integers_.reserve(quantizes.size());
    rounded_.reserve(dequantizes.size());
    for (const MadeFake& op : quantizes) NoteQuantize(op);
    for (const MadeFake& op : dequantizes) CheckDequantize(op);
    for (const MadeFake& op : quantizes) CheckUsed(op);
    if (rounded_.empty()) return;
    NoteOperands();
    for (OpId op = 0; op < index_.program().op_count() && !operands_.empty(); ++op) CheckOp(op);
  }

 private:
  struct Integer {
    std::string_view source;
    std::string_view scale;
    int32_t bits = 0;
    bool scaled_back = false;
  };
  // What an op reads in an edited slot: the slot, and the variable whose rounded form it is.
  using Operand = std::pair<std::string_view, std::string_view>;

  void Error(const MadeFake& op, const char* code, std::string text) {
    Place place;
    place.block = static_cast<int32_t>(op.op->block);
    place.op_type = op.kind->type;
    place.part = "a new op";
    findings_->Error(code, std::move(place), std::move(text));
  }

  void NoteQuantize(const MadeFake& op) {
    integers_[op.output] = {op.input, op.scale, op.bits ? op.bits->AsInt().value_or(0) : 0};
  }

  void CheckDequantize(const MadeFake& op) {
    const auto found = integers_.find(op.input);
    if (found == integers_.end()) return Error(op, "quant-pair", "a pass scales back what no op quantized");
    Integer& integer = found.value();
    if (integer.scaled_back) Error(op, "quant-pair", "a pass scales a value back twice");
    integer.scaled_back = true;
    rounded_[op.output] = integer.source;
    if (op.scale != integer.scale)
      Error(op, "quant-pair", "a pass scales back by another scale than it quantized with");
    const auto range = op.max_range ? op.max_range->AsFloat() : std::nullopt;
    if (range && *range != std::exp2(static_cast<float>(integer.bits - 1)) - 1)
      Error(op, "quant-pair", "a pass scales back by other bits than it quantized with");
  }

  void CheckUsed(const MadeFake& op) {
    if (!integers_.at(op.output).scaled_back)
      Error(op, "quant-pair", "a pass quantizes a value that nothing scales back");
    if (rounded_.contains(op.input) || integers_.contains(op.input))
      Error(op, "quant-twice", "a pass quantizes " + Quote(op.input) + ", which it quantized already");
  }

  void NoteOperands() {
    for (const Edits::EditedField& edited : edits_.edited_fields()) {
      FieldReader reader(edited.field);
      Field field;
      if (!reader.Next(&field) || !field.Is(1, WireType::kBytes)) continue;
      const SlotView slot(field.bytes);
      slot.ForEachArgument([&](std::string_view name) {
        const auto rounded = rounded_.find(name);
        if (rounded != rounded_.end())
          operands_[edited.op].emplace_back(slot.name(), VariableOfRecomputed(rounded->second));
      });
    }
  }

  // A backward op that reads a rounded form does so where its forward op does. One that reads none may be removed.
  void CheckOp(OpId op) {
    const auto block = static_cast<uint32_t>(index_.program().BlockOfOp(op));
    if (const QuantizableOp* kind = FindQuantizable(index_.type(op))) return match_.Add(block, *kind, {op});
    const auto operands = operands_.find(op);
    if (operands == operands_.end()) return;
    const QuantizableOp* kind = FindQuantizableOfFirstGradient(index_.type(op));
    if (kind == nullptr) return;
    const OpId forward = match_.FindByOutput(block, op, *kind);
    const auto reads = forward == kNoOp ? operands_.end() : operands_.find(forward);
    if (reads == operands_.end()) return;
    for (const Operand& operand : reads->second) {
      if (kind->OperandIn(operand.first) && index_.Input(op, operand.first) != kNoName)
        CheckReads(op, operand, operands->second);
    }
  }

  void CheckReads(OpId op, const Operand& operand, const std::vector<Operand>& backward) {
    for (const Operand& read : backward) {
      if (read == operand) return;
    }
    findings_->Error("quant-backward", PlaceOfOp(index_, op, "input " + Quote(operand.first), operand.second),
                     "a pass made the forward op read the quantized form, and this op not");
  }

  const Index& index_;
  const Edits& edits_;
  Findings* findings_;
  NameMap<Integer> integers_;          // by name
  NameMap<std::string_view> rounded_;  // what was quantized, by name
  tsl::robin_map<OpId, std::vector<Operand>> operands_;
  GradientMatch match_;
};

}  // namespace

void CheckMadeQuantization(const Index& index, const Edits& edits, Findings* findings) {
  MadeQuantization(index, edits, findings).Check();
}

}  // namespace pdquant
