// A walk over a program's ops that knows, at each op, which values are quantized.
//
//   simulated:  x ─> quantize ─> integer ─> dequantize ─> rounded ─> op
//   frozen:     x ─> quantize ─> integer ─> op ─> product ─> dequantize ─> float
#ifndef PDQUANT_ANALYSIS_QUANTIZED_WALK_H_
#define PDQUANT_ANALYSIS_QUANTIZED_WALK_H_

#include <cstdint>
#include <vector>

#include "ir/index.h"
#include "paddle/quantization_ops.h"

namespace pdquant {

enum class ValueKind : uint8_t {
  kFloat,
  kInteger,  // of a quantize op
  kRounded,  // a float that went through quantize and dequantize
  kProduct,  // of an op that read integers: to be scaled back
};

// What a variable holds at some place of the program.
struct HeldValue {
  ValueKind kind = ValueKind::kFloat;
  OpId made_by = kNoOp;   // the quantize op, or the op that did both; of a product the op that made it
  VarId source = kNoVar;  // what was quantized; of a product the first integer that went in
  VarId scale = kNoVar;   // with which scale
};

class QuantizedWalk {
 public:
  // Block after block, as the program has them. A program that breaks rules is walked as far as it makes sense.
  // Where `reads_mobile` is set, the ops of Paddle-Lite's mobile form are taken for what they are, too.
  explicit QuantizedWalk(const Index& index, bool reads_mobile = false);

  // Goes to the next op; false at the end.
  bool Next();

  OpId op() const { return op_; }
  size_t block() const { return block_; }
  // What the op is; null where it doesn't quantize.
  const QuantizationOp* quantization() const { return quantization_; }
  // A value that the op reads, as it is before the op.
  const HeldValue& ValueOf(NameId name) const;
  // Whether the op computes with quantized values: it reads some, and neither quantizes nor runs a block.
  bool ComputesQuantized() const;
  // Whether the op has a block: then its arguments only say what the block uses.
  bool RunsBlock() const { return owners_[op_]; }
  // Whether the op is a quantize_linear or dequantize_linear that only looks at what goes through.
  bool Observes() const;

 private:
  void SetResults();
  HeldValue ResultOfQuantization() const;
  HeldValue ResultOfOther() const;

  const Index& index_;
  bool reads_mobile_;
  std::vector<const QuantizationOp*> by_name_;
  std::vector<bool> owners_;       // by op
  std::vector<HeldValue> values_;  // by variable
  HeldValue float_;
  size_t block_ = 0;
  OpId op_ = kNoOp;
  const QuantizationOp* quantization_ = nullptr;
};

}  // namespace pdquant

#endif  // PDQUANT_ANALYSIS_QUANTIZED_WALK_H_
