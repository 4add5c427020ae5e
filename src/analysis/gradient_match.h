// Finds the forward op of a gradient op.
#ifndef PDQUANT_ANALYSIS_GRADIENT_MATCH_H_
#define PDQUANT_ANALYSIS_GRADIENT_MATCH_H_

#include <tsl/robin_map.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "analysis/control_flow.h"
#include "ir/index.h"
#include "paddle/quantizable_ops.h"

namespace pdquant {

// A quantizable op that the walk has passed.
struct ForwardOp {
  OpId op = kNoOp;
  // Where a rewrite keeps what became of its operands, and how many they are.
  size_t first_operand = 0;
  size_t operand_count = 0;
  bool left = false;  // the run leaves the op as it is, as it does its gradient ops
};

// For rewrites, which look at a program whose forward and backward read the same variables, and for checks, which look
// at one where they may not.
//
// A gradient op has the type of its forward op with _grad, the same arguments in the quantized slots, and as input the
// gradient of the forward op's output. The names are compared, since Paddle keeps no other link. What is not compared:
// a prefix "grad/", which a second backward puts before names, and a suffix ".subprog_N", which recompute puts behind
// those of the copies. A gradient by a name without @GRAD says nothing of the output: then the operands decide.
class GradientMatch {
 public:
  explicit GradientMatch(const Index& index) : index_(index) {}

  // An op without weights is found by a part of its operands, too, or by its output alone: its gradient op may not read
  // them all.
  void Add(uint32_t block, const QuantizableOp& kind, const ForwardOp& op);
  // The last op that matches, in `block` or a block whose variables it sees; null without one.
  const ForwardOp* Find(uint32_t block, OpId gradient, const QuantizableOp& kind) const;
  // The op of that kind that wrote the variable whose gradient the op reads, whatever both have as operands; kNoOp
  // where there is none, where there are several, or where it lacks an operand.
  OpId FindByOutput(uint32_t block, OpId gradient, const QuantizableOp& kind) const;

 private:
  // The op's name and operands, as numbers; and its output, or kNoName for a match by operands alone.
  struct Key {
    uint32_t block;
    const QuantizableOp* kind;
    std::array<NameId, kMostOperands> operands;
    NameId output;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const;
  };

  std::array<NameId, kMostOperands> OperandsOf(OpId op, const QuantizableOp& kind) const;
  void AddParts(Key key, const ForwardOp& op);
  NameId OutputBehind(OpId gradient, const QuantizableOp& kind) const;
  const ForwardOp* FindKey(Key key) const;
  void NoteOutput(uint32_t block, const QuantizableOp& kind, OpId op);

  const Index& index_;
  tsl::robin_map<Key, ForwardOp, KeyHash> ops_;
  tsl::robin_map<VarId, OpId> by_output_;  // kNoOp where several ops write it, or one that lacks an operand
};

}  // namespace pdquant

#endif  // PDQUANT_ANALYSIS_GRADIENT_MATCH_H_
