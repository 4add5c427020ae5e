#include "quantize/transpile/test_form.h"

#include <optional>
#include <string>

#include "ir/edit/op_edits.h"
#include "paddle/names.h"
#include "paddle/op_role.h"

namespace pdquant {

TestForm::TestForm(const Index& index, const ControlFlow& flow)
    : index_(index),
      flow_(flow),
      kept_ops_(index.program().op_count()),
      new_number_(index.program().blocks().size(), -1) {
  const Program& program = index.program();
  std::vector<uint32_t> blocks = {0};
  new_number_[0] = 0;
  for (size_t i = 0; i < blocks.size(); ++i) {
    const Block& block = program.block(blocks[i]);
    for (OpId op = block.first_op; op < block.first_op + block.op_count; ++op) {
      if (PartOf(index, op) != OpPart::kForward) continue;
      kept_ops_[op] = true;
      for (const uint32_t body : flow.BodiesOf(op)) {
        new_number_[body] = 0;
        blocks.push_back(body);
      }
    }
  }
  int32_t next = 0;
  for (int32_t& number : new_number_) {
    if (number >= 0) number = next++;
  }
}

void TestForm::RemoveUnusedVars(Edits* edits, TranspileReport* report) const {
  const Program& program = index_.program();
  enum Use : uint8_t { kByKept = 1, kByRemoved = 2 };
  std::vector<uint8_t> use(program.var_count());
  for (size_t b = 0; b < program.blocks().size(); ++b) {
    const Block& block = program.block(b);
    for (OpId op = block.first_op; op < block.first_op + block.op_count; ++op) {
      const uint8_t flag = kept_ops_[op] ? kByKept : kByRemoved;
      for (const Argument& argument : index_.arguments(op)) {
        const VarId var = index_.Lookup(b, argument.name);
        if (var != kNoVar) use[var] = static_cast<uint8_t>(use[var] | flag);
      }
    }
  }
  for (const VarReference& reference : index_.var_references()) {
    const VarId var = index_.Lookup(program.BlockOfOp(reference.op), reference.name);
    if (var != kNoVar && kept_ops_[reference.op]) use[var] = static_cast<uint8_t>(use[var] | kByKept);
  }
  for (VarId var = 0; var < use.size(); ++var) {
    if (use[var] != kByRemoved || !KeepsBlock(program.BlockOfVar(var))) continue;
    edits->RemoveVar(var);
    ++report->removed_variables;
  }
}

void TestForm::RemoveRest(Edits* edits, TranspileReport* report) const {
  const Program& program = index_.program();
  for (OpId op = 0; op < kept_ops_.size(); ++op) {
    if (kept_ops_[op]) continue;
    ++report->removed_ops;
    if (KeepsBlock(program.BlockOfOp(op))) edits->RemoveOp(op);
  }
  if (report->removed_ops == 0) return;
  RemoveUnusedVars(edits, report);
  for (size_t b = 0; b < new_number_.size(); ++b) {
    if (!KeepsBlock(b)) {
      edits->RemoveBlock(b);
      ++report->removed_blocks;
      report->removed_variables += program.block(b).var_count;
      continue;
    }
    const Block& block = program.block(b);
    if (b == 0) continue;
    const auto renumber = [&](int32_t old, int32_t otherwise) {
      return old >= 0 && KeepsBlock(static_cast<size_t>(old)) ? new_number_[static_cast<size_t>(old)] : otherwise;
    };
    edits->SetBlockNumbers(b, new_number_[b], renumber(block.parent, new_number_[flow_.body(b).outer]),
                           block.forward == static_cast<int32_t>(b) ? -1 : renumber(block.forward, -1));
  }
}

bool TestForm::EditOp(OpId op, std::vector<Edits::FieldEdit>* edits) const {
  const OpView view = index_.program().op(op);
  for (const uint32_t body : flow_.BodiesOf(op)) {
    if (new_number_[body] != static_cast<int32_t>(body)) {
      RenumberBlocks(view, new_number_, edits);
      break;
    }
  }
  return SetBoolAttr(view, attributes::kIsTest, true, edits);
}

}  // namespace pdquant
