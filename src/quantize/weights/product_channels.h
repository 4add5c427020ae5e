// How many channels a product has, by those of its weight.
#ifndef PDQUANT_QUANTIZE_WEIGHTS_PRODUCT_CHANNELS_H_
#define PDQUANT_QUANTIZE_WEIGHTS_PRODUCT_CHANNELS_H_

#include <cstddef>
#include <string_view>

#include "base/status.h"
#include "ir/index.h"
#include "paddle/quantizable_ops.h"
#include "quantize/weights/parameter_values.h"

namespace pdquant {

// How many times the channels of `weight`, that many, lie in the product of `op`, which reads it as `operand`: once but
// in a transposed convolution, whose filter has the channels of one group along its second axis. The shape that a
// product is declared with is a hint, and no input of this. Errors: kBadInput where the filter is too small for so many
// groups, or the product has more than kMostChannels; those of StoredDims.
Result<size_t> GroupsOfChannels(const Index& index, OpId op, const QuantizableOperand& operand, std::string_view weight,
                                size_t channels, ParameterValues* values);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_WEIGHTS_PRODUCT_CHANNELS_H_
