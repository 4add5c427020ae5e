// The walk over the ops, and who imports which.
#include <algorithm>
#include <array>
#include <utility>

#include "base/escape.h"
#include "base/find_row.h"
#include "paddle/import/import_names.h"
#include "pir/import/handlers.h"
#include "pir/program.h"

namespace pdquant::pir {
namespace {

using NamedAdjust = std::pair<std::string_view, Adjust>;
using NamedHandler = std::pair<std::string_view, Handler>;

// Words of the column `how`: what is done beyond the row,
constexpr NamedAdjust kAdjusts[] = {
    {"arange", AdjustArange},
    {"batch_norm", AdjustBatchNorm},
    {op_types::kCast, AdjustCast},  // the one word that is a name of Paddle, too: src/paddle spells it
    {"deformable", AdjustDeformable},
    {"interp", AdjustInterpolation},
    {"dropout", AdjustTestMode},
    {"einsum", AdjustEinsum},
    {"one_hot", AdjustOneHot},
    {"quantization", AdjustQuantize},
    {"reduce", AdjustReduce},
    {"fill", AdjustFill},
    {"int32_shape", AdjustShape},
    {"rnn", AdjustTestMode},
    {"set_value", AdjustSetValue},
    {"slice", AdjustSlice},
    {"strided_slice", AdjustStridedSlice},
};
// and instead of it.
constexpr NamedHandler kHandlers[] = {
    {"array_length", ImportArrayLength},
    {"array_read", ImportArrayRead},
    {"array_to_tensor", ImportArrayToTensor},
    {"array_write", ImportArrayWrite},
    {"constant", ImportConstant},
    {"create_array", ImportCreateArray},
    {"data", ImportData},
    {"fetch", ImportFetch},
    {"select_input", ImportSelect},
    {"shape64", ImportShape64},
    {"values", ImportValues},
};
constexpr NamedHandler kBuiltin[] = {
    {kParameterOp, ImportParameter},
    {kCombineOp, ImportCombine},
    {kSplitOp, ImportSplit},
    {kListItemOp, ImportListItem},
};

template <typename Entry, size_t kSize>
auto Find(const Entry (&entries)[kSize], std::string_view name) -> decltype(entries[0].second) {
  const Entry* found = FindRow(entries, &Entry::first, name);
  return found == nullptr ? nullptr : found->second;
}

// Whether an op has the regions that its kind needs; where it hasn't, CheckStructure said so.
bool HasBlocks(const Program& program, const Op& op, size_t count) {
  const auto regions = program.RegionsOf(op);
  if (regions.size() != count) return false;
  return std::all_of(regions.begin(), regions.end(), [&](RegionId region) {
    const auto& blocks = program.regions[region].blocks;
    if (blocks.size() != 1) return false;
    const OpId last = program.LastOp(program.blocks[blocks[0]]);
    return last != kNone && program.text(program.ops[last].name) == kYieldOp;
  });
}

// An optimizer's op is given the parameter first that it changes.
bool ChangesParameter(const Program& program, const Op& op) {
  const auto operands = program.OperandsOf(op);
  return program.text(op.name).ends_with('_') && !operands.empty() && program.IsParameter(operands[0].value);
}

std::string WhyNot(const Program& program, const Op& op) {
  const std::string_view name = program.text(op.name);
  if (name.starts_with("3.")) return "is an op of the user's own, which no ProgramDesc has";
  if (name.starts_with("4.")) return "is an op of distributed training";
  if (name.find(kGradientOpSuffix) != std::string_view::npos || ChangesParameter(program, op))
    return "is an op of training: export the program for inference";
  return "is an op that has no known counterpart in a ProgramDesc";
}

}  // namespace

void Blocks::Import(BlockId block, uint32_t into) {
  const Range ops = context_->program.blocks[block].ops;
  for (OpId i = ops.begin; i < ops.end; i = context_->program.ops[i].end) {
    if (context_->program.text(context_->program.ops[i].name) != kYieldOp) ImportOp(i, into);
  }
}

void Blocks::ImportOp(OpId id, uint32_t into) {
  const Op& op = context_->program.ops[id];
  const std::string_view name = context_->program.text(op.name);
  const PirOp* row = FindPirOp(OperatorName(name));
  OpImport import(context_, id, into, row);
  if (op.is_damaged) {
    context_->is_refused = true;
  } else if (row != nullptr) {
    ImportOperator(&import);
  } else if (const Handler handler = Find(kBuiltin, name)) {
    handler(&import);
  } else {
    import.Refuse("import-op", WhyNot(context_->program, op));
  }
  context_->is_refused = context_->is_refused || import.is_refused();
  for (ValueId i = op.results.begin; i < op.results.end; ++i) {
    ValueState& state = context_->states[i];
    if (state.kind == ValueState::Kind::kUnknown && (import.is_refused() || op.is_damaged))
      state.kind = ValueState::Kind::kLost;
  }
}

void Blocks::ImportOperator(OpImport* op) {
  const Op& pir_op = op->op();
  const PirOp& row = op->row();
  if (!row.is_verified && !context_->options.allow_unverified) {
    return op->Refuse("import-unverified",
                      "its counterpart " + Quote(row.legacy.empty() ? row.name : row.legacy) +
                          " is known, but no run of Paddle has shown that both compute the same",
                      "--allow-unverified takes it");
  }
  const std::string_view name = context_->program.text(pir_op.name);
  const bool is_if = name == kIfOp;
  if (is_if || name == kWhileOp) {
    if (!HasBlocks(context_->program, pir_op, is_if ? 2 : 1) ||
        (!is_if && (pir_op.operands.size() == 0 || pir_op.results.size() != pir_op.operands.size() - 1))) {
      context_->is_refused = true;
      for (size_t i = 0; i < op->result_count(); ++i) op->ResultState(i).kind = ValueState::Kind::kLost;
      return;
    }
    return is_if ? ImportIf(op, this) : ImportWhile(op, this);
  }
  if (const Handler handler = Find(kHandlers, row.how)) return handler(op);
  ImportByRow(op, Find(kAdjusts, row.how));
}

}  // namespace pdquant::pir
