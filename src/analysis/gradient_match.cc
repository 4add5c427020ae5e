#include "analysis/gradient_match.h"

#include <algorithm>
#include <string>
#include <utility>

#include "paddle/names.h"

namespace pdquant {
namespace {

size_t Mix(size_t hash, uint64_t value) { return (hash ^ value) * 0x9E3779B97F4A7C15U; }

}  // namespace

size_t GradientMatch::KeyHash::operator()(const Key& key) const {
  size_t hash = Mix(key.block, reinterpret_cast<uintptr_t>(key.kind));
  hash = Mix(hash, static_cast<uint64_t>(key.operands[0]) << 32U | key.operands[1]);
  hash = Mix(hash, key.output);
  return hash ^ hash >> 29U;
}

std::array<NameId, kMostOperands> GradientMatch::OperandsOf(OpId op, const QuantizableOp& kind) const {
  std::array<NameId, kMostOperands> operands = {kNoName, kNoName};
  for (size_t i = 0; i < kind.operands().size(); ++i) {
    const NameId slot = index_.names().Find(kind.operands()[i].slot);
    for (const Argument& argument : index_.inputs(op)) {
      if (argument.slot == slot) operands[i] = argument.name;
    }
  }
  return operands;
}

NameId GradientMatch::OutputBehind(OpId gradient, const QuantizableOp& kind) const {
  const NameId slot = index_.names().Find(GradientSlot(kind.output));
  if (slot == kNoName) return kNoName;
  for (const Argument& argument : index_.inputs(gradient)) {
    if (argument.slot != slot) continue;
    const std::string_view name = index_.name(argument.name);
    return IsGradientName(name) ? index_.names().Find(VariableOfGradient(name)) : kNoName;
  }
  return kNoName;
}

void GradientMatch::Add(uint32_t block, const QuantizableOp& kind, const ForwardOp& op) {
  NoteOutput(block, kind, op.op);
  Key key = {block, &kind, OperandsOf(op.op, kind), kNoName};
  ops_[key] = op;
  const NameId slot = index_.names().Find(kind.output);
  for (const Argument& argument : index_.outputs(op.op)) {
    if (argument.slot != slot) continue;
    key.output = argument.name;
    ops_[key] = op;
  }
  if (!kind.takes_weights()) AddParts(key, op);
}

// Some gradient ops read but one operand, or know the op by its output alone.
void GradientMatch::AddParts(Key key, const ForwardOp& op) {
  const std::array<NameId, kMostOperands> operands = std::exchange(key.operands, {kNoName, kNoName});
  if (key.output != kNoName) ops_[key] = op;
  key.output = kNoName;
  for (size_t i = 0; i < operands.size(); ++i) {
    if (operands[i] == kNoName) continue;
    key.operands[i] = operands[i];
    ops_[key] = op;
    key.operands[i] = kNoName;
  }
}

void GradientMatch::NoteOutput(uint32_t block, const QuantizableOp& kind, OpId op) {
  const NameId output = index_.Output(op, kind.output);
  const VarId var = output == kNoName ? kNoVar : index_.Lookup(block, output);
  if (var == kNoVar) return;
  const bool whole =
      std::all_of(kind.operands().begin(), kind.operands().end(),
                  [&](const QuantizableOperand& operand) { return index_.Input(op, operand.slot) != kNoName; });
  const auto [entry, first] = by_output_.try_emplace(var, op);
  if (!first || !whole) entry.value() = kNoOp;
}

OpId GradientMatch::FindByOutput(uint32_t block, OpId gradient, const QuantizableOp& kind) const {
  const NameId output = OutputBehind(gradient, kind);
  const VarId var = output == kNoName ? kNoVar : index_.Lookup(block, output);
  const auto found = var == kNoVar ? by_output_.end() : by_output_.find(var);
  if (found == by_output_.end() || found->second == kNoOp || index_.type(found->second) != kind.type) return kNoOp;
  return found->second;
}

const ForwardOp* GradientMatch::FindKey(Key key) const {
  for (const int32_t block : index_.VisibleBlocks(key.block)) {
    key.block = static_cast<uint32_t>(block);
    const auto found = ops_.find(key);
    if (found != ops_.end()) return &found->second;
  }
  return nullptr;
}

const ForwardOp* GradientMatch::Find(uint32_t block, OpId gradient, const QuantizableOp& kind) const {
  Key key = {block, &kind, OperandsOf(gradient, kind), OutputBehind(gradient, kind)};
  if (key.output != kNoName) {
    if (const ForwardOp* found = FindKey(key)) return found;
    if (!kind.takes_weights()) {
      Key by_output = key;
      by_output.operands = {kNoName, kNoName};
      if (const ForwardOp* found = FindKey(by_output)) return found;
    }
    key.output = kNoName;
  }
  return FindKey(key);
}

}  // namespace pdquant
