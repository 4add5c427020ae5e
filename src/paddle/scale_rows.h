// The rows of the scale kinds: a table for each form.
#ifndef PDQUANT_PADDLE_SCALE_ROWS_H_
#define PDQUANT_PADDLE_SCALE_ROWS_H_

#include <span>

#include "paddle/scale_kinds.h"

namespace pdquant {

std::span<const ScaleKind> LegacyScaleRows();
std::span<const ScaleKind> FusedScaleRows();
std::span<const ScaleKind> LinearScaleRows();

}  // namespace pdquant

#endif  // PDQUANT_PADDLE_SCALE_ROWS_H_
