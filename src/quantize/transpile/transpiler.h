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

#include <tsl/robin_map.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "analysis/block_stack.h"
#include "analysis/control_flow.h"
#include "analysis/gradient_match.h"
#include "analysis/value_numbers.h"
#include "analysis/weights.h"
#include "paddle/quantizable_ops.h"
#include "quantize/options.h"
#include "quantize/pass.h"
#include "quantize/transpile/control_lists.h"
#include "quantize/transpile/pair_maker.h"
#include "quantize/transpile/test_form.h"
#include "quantize/transpile/transpile_report.h"

namespace pdquant {

class Transpiler {
 public:
  Transpiler(const PassContext& context, const TranspileOptions& options, TranspileReport* report);

  // Queues all edits. What stands against the rewrite goes to the findings.
  void Run();

 private:
  // A variable's value in the block where its pair stands.
  struct ValueKey {
    VarId var;
    uint32_t value;
    uint32_t block;
    bool backward;  // made for a backward op: goes with the backward
    bool operator==(const ValueKey&) const = default;
  };
  struct ValueKeyHash {
    size_t operator()(const ValueKey& key) const;
  };
  struct Pair {
    VarId var;
    uint32_t value;
    bool backward;
    PairRequest request;
    FormValue form;
  };
  struct Operand {
    NameId slot;
    NameId name;
    VarId var;
  };

  // The walk.
  void Walk(uint32_t root);
  void Visit(uint32_t block, OpId op);
  void Enter(uint32_t block);
  void Leave();
  bool RefuseInUnknown(OpId op);
  void FinishOp(OpId op);
  std::vector<Operand> OperandsOf(uint32_t block, OpId op, const QuantizableOp& kind) const;

  // Forward ops.
  void QuantizeOperands(uint32_t block, OpId op, const QuantizableOp& kind);
  std::optional<uint32_t> PairForReader(uint32_t block, OpId op, const Operand& operand);
  bool RefuseUndeclared(OpId op, const Operand& operand);
  std::optional<uint32_t> PairBehindCast(OpId op, const Operand& operand);
  bool HasFloatReader(VarId var);
  // Whether the walk is in a block that no op runs.
  bool InOrphan() const { return open_.root().block != 0; }

  // Backward ops.
  void RewireGradient(uint32_t block, OpId op, const QuantizableOp& kind);
  std::optional<uint32_t> PairForGradient(uint32_t block, OpId op, const Operand& operand, uint32_t forward_pair);

  // Pairs.
  std::optional<uint32_t> FindPair(VarId var, uint32_t value, uint32_t block, bool backward_reader) const;
  // A pair that the innermost block sees and that has the value read there, whichever time its bodies run.
  std::optional<uint32_t> FindOpenPair(VarId var, uint32_t value, bool backward_reader) const;
  // For blocks that nothing runs: a pair of a block around, by parent_idx.
  std::optional<uint32_t> FindPairAround(VarId var, uint32_t value, uint32_t block, bool backward_reader) const;
  void OpenPair(uint32_t pair);
  void ClosePairs(size_t level);
  uint32_t MakePair(const Operand& operand, OpId op, OpId served, const Position& position, bool is_weight,
                    const ScaleKind& scale_kind, const char* why);
  void NameInLists(uint32_t pair, uint32_t reader_block);
  void Rewire(OpId op, const Operand& operand, uint32_t pair, bool gradient);
  std::string WhyNotQuantized(VarId var) const;
  void Keep(OpId op, const Operand& operand, std::string why);

  bool IsBackward(OpId op) const;
  std::string_view NameOf(VarId var) const { return index_.name(index_.var_name(var)); }

  const PassContext& context_;
  const TranspileOptions& options_;
  TranspileReport* report_;
  const Index& index_;
  ControlFlow flow_;
  Parameters parameters_;
  ValueNumbers values_;
  GradientMatch forward_ops_;
  PairMaker maker_;
  ControlLists lists_;
  std::optional<TestForm> test_form_;

  BlockStack open_;
  std::vector<Pair> pairs_;
  tsl::robin_map<ValueKey, uint32_t, ValueKeyHash> pair_of_value_;
  std::unordered_map<ValueKey, std::vector<uint32_t>, ValueKeyHash>
      open_pairs_;                                     // those in open bodies, by variable and value
  std::vector<std::vector<uint32_t>> pairs_of_level_;  // those in open bodies
  std::vector<bool> quantized_;                        // by variable: some value of it has a pair
  std::unordered_map<OpId, uint32_t> cast_value_;      // by cast of a parameter: the value that it read
  std::unordered_map<OpId, uint32_t> cast_pair_;       // by cast of a parameter: the pair that it reads now
  std::optional<std::vector<bool>>
      float_read_;  // by variable: an op that isn't quantized reads it; made when first asked for

  // Of the op that is visited.
  std::vector<uint32_t> new_pairs_;  // that stand in front of it
  std::vector<Edits::FieldEdit> field_edits_;
  struct Replacement {
    NameId slot;
    NameId from;
    uint32_t pair;
  };
  std::vector<Replacement> replacements_;
  std::map<OpId, std::vector<Edits::FieldEdit>> control_edits_;  // of control ops, whose lists may still grow
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_TRANSPILE_TRANSPILER_H_
