// The rewrite behind the pass `transpile`: a walk through the program in the order in which it runs.
//
// The promise is "the same program, rounded": each quantizable op, forward or backward, reads the dequantized form of
// the value that it would read in float at its place. A pair (quantize, dequantize) belongs to one value of one
// variable and stands in one block:
//   - in the outermost block, from the variable's own inwards, such that no body between it and the reader writes the
//     variable: a weight of the main program is quantized once, in front of the loop that reads it;
//   - an activation moves out of a body only where its value surely exists outside.
// A backward op reads a variable's present value, as in Paddle. If that is the one its forward op read, it shares the
// forward op's pair; if it was overwritten since, by an optimizer too, it gets a pair of the present value.
#ifndef PDQUANT_QUANTIZE_TRANSPILE_TRANSPILER_H_
#define PDQUANT_QUANTIZE_TRANSPILE_TRANSPILER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/block_stack.h"
#include "analysis/control_flow.h"
#include "analysis/gradient_match.h"
#include "analysis/value_numbers.h"
#include "paddle/quantizable_ops.h"
#include "quantize/options.h"
#include "quantize/pass.h"
#include "quantize/selection.h"
#include "quantize/transpile/cast_sources.h"
#include "quantize/transpile/control_lists.h"
#include "quantize/transpile/pair_maker.h"
#include "quantize/transpile/pair_table.h"
#include "quantize/transpile/same_values.h"
#include "quantize/transpile/test_form.h"
#include "quantize/transpile/transpile_report.h"

namespace pdquant {

class Transpiler {
 public:
  Transpiler(const PassContext& context, const TranspileOptions& options, TranspileReport* report);

  // Queues all edits. What stands against the rewrite goes to the findings.
  void Run();

 private:
  struct Operand {
    NameId slot;
    NameId name;
    VarId var;
    const QuantizableOperand* row;
  };
  static constexpr uint32_t kNoPair = UINT32_MAX;
  // What became of an operand.
  struct Chosen {
    NameId slot;
    NameId name;
    uint32_t pair = kNoPair;  // whose dequantized variable is read; kNoPair where it was left in float
    uint32_t rule = 0;        // that decided
  };

  // The walk.
  void Walk(uint32_t root);
  void Visit(uint32_t block, OpId op);
  void Enter(uint32_t block);
  void Leave();
  // Whether the op is in a block of a control op that isn't known: it stays in float, as its gradient op does there.
  bool LeaveInUnknown(uint32_t block, OpId op, const QuantizableOp& kind);
  void FinishOp(OpId op);
  void FinishControlOps();
  std::vector<Operand> OperandsOf(uint32_t block, OpId op, const QuantizableOp& kind) const;

  // Forward ops.
  void VisitForward(uint32_t block, OpId op, const QuantizableOp& kind);
  void LeaveFloat(uint32_t block, OpId op, const QuantizableOp& kind, const OpChoice& choice);
  void QuantizeOperands(uint32_t block, OpId op, const QuantizableOp& kind, const OpChoice& choice, ForwardOp* forward);
  Chosen PairForReader(uint32_t block, OpId op, const Operand& operand, const OpChoice& of_op);
  uint32_t SharedPair(uint32_t block, OpId op, const Operand& operand, OperandChoice* choice);
  uint32_t NewPair(uint32_t block, OpId op, const Operand& operand, OperandChoice choice);
  std::optional<uint32_t> PairBehindCast(const Operand& operand, OpId reader, const OpChoice& of_op);
  void NoteOp(OpId op, const OpChoice& choice, uint32_t rounded, uint32_t all, size_t first_operand);
  void FollowOutput(uint32_t block, OpId op, const QuantizableOp& kind);
  void SayOutScale(OpId op, const QuantizableOp& kind, VarId output);
  bool RefuseUndeclared(OpId op, const Operand& operand);
  void Keep(OpId op, const Operand& operand, const OperandChoice& choice);
  // Whether the walk is in a block that no op runs.
  bool InOrphan() const { return open_.root().block != 0; }

  // Backward ops.
  void VisitGradient(uint32_t block, OpId op, const QuantizableOp& kind);
  // `forward` is null where no forward op matches.
  void RewireGradient(uint32_t block, OpId op, const QuantizableOp& kind, const ForwardOp* forward);
  const Chosen* ChosenBy(const ForwardOp& forward, const Operand& operand, size_t* next) const;
  // `by_forward` is what became of the operand of the forward op; null where that one hasn't it. `of_op` gives the
  // choice for the forward op.
  Chosen PairForGradient(uint32_t block, OpId op, const Operand& operand, const Chosen* by_forward,
                         const std::function<const OpChoice&()>& of_op);

  // What a reader takes for the value that it reads: the numbers that a pair for it may have, the best first.
  std::vector<uint32_t> NumbersFor(OpId reader, const Operand& operand) const;
  uint32_t MakePair(const Operand& operand, OpId op, OpId served, const Position& position,
                    const OperandChoice& choice);
  void NameInLists(uint32_t pair, uint32_t reader_block);
  void Rewire(OpId op, const Operand& operand, const Chosen& chosen, bool gradient);

  bool IsBackward(OpId op) const;
  ReportOperand Describe(OpId op, const Operand& operand) const;
  Place PlaceOf(OpId op, const Operand& operand) const;

  // The same where nothing would ever train the scale.
  void TakeScaleOfStep(OperandChoice* choice) const;
  static Rounding RoundingOf(const OperandChoice& choice) { return {choice.scale_kind, choice.bits, choice.axis}; }

  const PassContext& context_;
  const TranspileOptions& options_;
  TranspileReport* report_;
  const Index& index_;
  ControlFlow flow_;
  OpSelection selection_;
  ValueNumbers values_;
  SameValues same_values_;
  CastSources casts_;
  GradientMatch forward_ops_;
  PairMaker maker_;
  ControlLists lists_;
  std::optional<TestForm> test_form_;
  BlockStack open_;
  PairTable pairs_;
  std::vector<Chosen> chosen_;  // for the operands of the forward ops (ForwardOp::first_operand)

  // Of the op that is visited.
  std::vector<uint32_t> new_pairs_;  // that stand in front of it
  std::vector<Edits::FieldEdit> field_edits_;
  struct Replacement {
    NameId slot;
    NameId from;
    uint32_t pair;
  };
  std::vector<Replacement> replacements_;
  uint32_t followed_ = 0;                                        // outputs whose scale is followed
  std::map<OpId, std::vector<Edits::FieldEdit>> control_edits_;  // of control ops, whose lists may still grow
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_TRANSPILE_TRANSPILER_H_
