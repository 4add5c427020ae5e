#include "quantize/weights/product_channels.h"

#include <cstdint>
#include <string>
#include <vector>

#include "base/escape.h"
#include "paddle/batch_norm.h"
#include "paddle/data_types.h"

namespace pdquant {

Result<size_t> GroupsOfChannels(const Index& index, OpId op, const QuantizableOperand& operand, std::string_view weight,
                                size_t channels, ParameterValues* values) {
  if (!IsConvolution(index.type(op)) || operand.channel_axis != 1 || channels == 0) return 1;
  const auto groups = static_cast<size_t>(GroupsOf(index, op));
  if (groups == 1) return groups;
  const Result<std::vector<int64_t>> dims = values->StoredDims(weight);
  if (!dims.ok()) return dims.status();
  // Each channel of each group has values of its own: so the scales are never more than the file's values.
  const auto elements = ElementCount(*dims);
  if (!elements || groups > *elements / channels)
    return BadInput(Quote(weight) + " has too few values for " + std::to_string(channels) + " channels in each of " +
                    std::to_string(groups) + " groups");
  if (groups > kMostChannels / channels)
    return BadInput(Quote(weight) + " has more than " + std::to_string(kMostChannels) + " channels in all groups");
  return groups;
}

}  // namespace pdquant
