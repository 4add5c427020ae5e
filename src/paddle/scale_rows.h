// The rows of the scale kinds: a table for each form.
#ifndef PDQUANT_PADDLE_SCALE_ROWS_H_
#define PDQUANT_PADDLE_SCALE_ROWS_H_

#include <span>
#include <string_view>

#include "paddle/scale_kinds.h"

namespace pdquant {

std::span<const ScaleKind> LegacyScaleRows();
std::span<const ScaleKind> FusedScaleRows();
std::span<const ScaleKind> LinearScaleRows();

// V.out_scale: the scale of what an op writes.
inline constexpr std::string_view kOutScaleSuffix = ".out_scale";
// The op that only follows the scale of what an op writes, as a running average; its scale is named after that value.
const ScaleKind& OutScaleRow();

}  // namespace pdquant

#endif  // PDQUANT_PADDLE_SCALE_ROWS_H_
