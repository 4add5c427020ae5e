#include "quantize/weights/parameter_values.h"

#include "base/escape.h"
#include "paddle/data_types.h"

namespace pdquant {

Result<size_t> ParameterValues::CountAlong(std::string_view name, int32_t axis) {
  const Result<std::vector<int64_t>> dims = StoredDims(name);
  if (!dims.ok()) return dims.status();
  const auto elements = ElementCount(*dims);
  if (axis != kWholeTensor && (axis < 0 || static_cast<size_t>(axis) >= dims->size()))
    return BadInput(Quote(name) + " has no axis " + std::to_string(axis));
  // Without elements it may claim any number of channels.
  if (!elements || *elements == 0) return BadInput(Quote(name) + " has no elements, and so no channels");
  const uint64_t count = axis == kWholeTensor ? *elements : static_cast<uint64_t>((*dims)[static_cast<size_t>(axis)]);
  if (count > kMostChannels)
    return BadInput(Quote(name) + " has " + std::to_string(count) + " channels, more than " +
                    std::to_string(kMostChannels));
  return static_cast<size_t>(count);
}

}  // namespace pdquant
