// Paddle's ops that quantize, dequantize, do both, or look at what is quantized: which slots hold what.
#ifndef PDQUANT_PADDLE_QUANTIZATION_OPS_H_
#define PDQUANT_PADDLE_QUANTIZATION_OPS_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "ir/index.h"

namespace pdquant {

// The axis of a scale that is one for the whole tensor; otherwise a scale has an element for each index along its axis.
inline constexpr int32_t kWholeTensor = -1;

enum class QuantizationRole : uint8_t {
  kQuantize,    // gives integers
  kDequantize,  // scales integers, or their products, back
  kRound,       // both in one op
  kObserve,     // finds a scale, and passes its operand on as it is
};

enum class QuantizationForm : uint8_t {
  kLegacy,     // of Paddle 1.x: fake_quantize_* in front of fake_dequantize_*
  kFused,      // of Paddle 2.x: fake_quantize_dequantize_*
  kLinear,     // of Paddle 2.x and ONNX: quantize_linear, dequantize_linear
  kAmbiguous,  // by the type alone: of Paddle-Lite's mobile form, whose slots the row has, or oneDNN's
};

struct QuantizationOp {
  std::string_view type;
  QuantizationRole role;
  QuantizationForm form;
  bool per_channel;            // has a scale for each channel, in any case (a linear op says so in quant_axis)
  std::string_view operand;    // the slot of the operand
  std::string_view output;     // the slot of the result
  std::string_view scale;      // the slot of the scale that is read; empty where the op finds its scale itself
  std::string_view new_scale;  // the slot of the scale that is written; empty where there is none
  std::string_view bits;       // the attribute with the number of bits, or a list of such numbers; empty without one

  bool linear() const { return form == QuantizationForm::kLinear; }
  // Takes its scale from the data at every run: abs_max.
  bool dynamic() const { return role != QuantizationRole::kDequantize && scale.empty(); }
};

// The ops of the pairs, and those that round.
namespace op_types {
inline constexpr std::string_view kQuantizeAbsMax = "fake_quantize_abs_max";
inline constexpr std::string_view kQuantizeRange = "fake_quantize_range_abs_max";
inline constexpr std::string_view kQuantizeMovingAverage = "fake_quantize_moving_average_abs_max";
inline constexpr std::string_view kDequantizeMaxAbs = "fake_dequantize_max_abs";
inline constexpr std::string_view kQuantizeChannels = "fake_channel_wise_quantize_abs_max";
inline constexpr std::string_view kDequantizeChannels = "fake_channel_wise_dequantize_max_abs";
inline constexpr std::string_view kRoundAbsMax = "fake_quantize_dequantize_abs_max";
inline constexpr std::string_view kRoundMovingAverage = "fake_quantize_dequantize_moving_average_abs_max";
inline constexpr std::string_view kRoundChannels = "fake_channel_wise_quantize_dequantize_abs_max";
inline constexpr std::string_view kQuantizeLinear = "quantize_linear";
inline constexpr std::string_view kDequantizeLinear = "dequantize_linear";
inline constexpr std::string_view kObserveMovingAverage = "moving_average_abs_max_scale";
}  // namespace op_types

std::span<const QuantizationOp> QuantizationOps();
// The row of an op that quantizes, dequantizes or does both; null for other ops, and for those whose meaning is
// ambiguous.
const QuantizationOp* FindQuantizationOp(std::string_view type);
// The row of an op of Paddle-Lite's mobile form (TransformForMobilePass of Paddle 1.x), which its slots tell; null for
// other ops.
const QuantizationOp* FindMobileOp(const Index& index, OpId op);
// The row of an op that only follows a scale; null for other ops.
const QuantizationOp* FindObserver(std::string_view type);
// Whether an op quantizes, dequantizes or does both, the ambiguous ones too.
bool IsQuantizationOp(std::string_view type);
// Whether FindQuantizationOp knows some op of the program: quick, whatever its size.
bool HasQuantizationOps(const Index& index);
// Whether some op has the type of one of the mobile form.
bool HasAmbiguousOps(const Index& index);

}  // namespace pdquant

#endif  // PDQUANT_PADDLE_QUANTIZATION_OPS_H_
