// Paddle's ops that quantize, dequantize, or do both: which slots hold what.
#ifndef PDQUANT_PADDLE_QUANTIZATION_OPS_H_
#define PDQUANT_PADDLE_QUANTIZATION_OPS_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "ir/index.h"

namespace pdquant {

enum class FakeRole : uint8_t {
  kQuantize,    // gives integers
  kDequantize,  // scales integers, or their products, back
  kRound,       // both in one op
};

struct FakeOp {
  std::string_view type;
  FakeRole role;
  bool linear;                 // of Paddle 2.x's ONNX form: quantize_linear, dequantize_linear
  bool per_channel;            // has a scale for each channel
  std::string_view output;     // the slot of the result; that of the operand is X
  std::string_view scale;      // the slot of the scale that is read; empty where the op finds its scale itself
  std::string_view new_scale;  // the slot of the scale that is written; empty where there is none

  // Takes its scale from the data at every run: abs_max.
  bool dynamic() const { return role != FakeRole::kDequantize && scale.empty(); }
};

std::span<const FakeOp> FakeOps();
// Null for other ops, and for `quantize` and `dequantize`, which mean different things in different Paddles.
const FakeOp* FindFakeOp(std::string_view type);

// Whether some op is in the table: quick, whatever the size of the program.
bool HasFakeOps(const Index& index);

// The single argument of a slot; kNoName where the slot has none or several.
NameId SingleArgument(const Index& index, std::span<const Argument> arguments, std::string_view slot);

}  // namespace pdquant

#endif  // PDQUANT_PADDLE_QUANTIZATION_OPS_H_
