// Ops that several passes write.
#ifndef PDQUANT_QUANTIZE_FORMS_OP_TEMPLATES_H_
#define PDQUANT_QUANTIZE_FORMS_OP_TEMPLATES_H_

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "ir/edit/builder.h"
#include "ir/index.h"
#include "paddle/scale_kinds.h"
#include "quantize/options.h"

namespace pdquant {

struct FormValue;

// The role and device that a new op takes from the op that it serves.
struct ServedOp {
  int32_t role = 0;
  std::string_view device;
};
ServedOp Serving(const Index& index, OpId op);

// The attributes that every op of Paddle 1.8 has.
void AddCommonAttrs(const ServedOp& served, OpBuilder* op);

// Starts `op` anew as an op of a scale. In the test form the slots of variables that only training needs are left out.
void BuildScaleOp(const ScaleOp& scale_op, const FormValue& value, const TranspileOptions& options,
                  const ServedOp& served, OpBuilder* op);

// Starts `op` anew as fill_constant of a dense tensor of shape [size]; `data_type` is FP32, INT32 or INT64.
void BuildFillConstant(std::string_view variable, int32_t data_type, int64_t size, float value, OpBuilder* op);

// Starts `op` anew as fake_dequantize_max_abs: out = x · scale / max_range.
void BuildDequantize(std::string_view x, std::string_view scale, std::string_view out, float max_range,
                     const ServedOp& served, OpBuilder* op);

// Starts `op` anew as fake_channel_wise_dequantize_max_abs of a product whose channels lie along `axis`: out[c] =
// x[c] · scales[0][c] · scales[1] / (R of bits[0] · R of bits[1]). Without a second scale, which is then empty, `axis`
// is 0 or 1. `weight_axis` is the axis of the op's weight, as Paddle's own programs say it beside two scales.
void BuildDequantizeProduct(std::string_view x, const std::array<std::string, 2>& scales, std::string_view out,
                            std::span<const int32_t> bits, int32_t axis, int32_t weight_axis, const ServedOp& served,
                            OpBuilder* op);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_FORMS_OP_TEMPLATES_H_
