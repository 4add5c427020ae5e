// Scales for people, and for files: the schema pdquant.scales, which model/scales_file.h reads.
#ifndef PDQUANT_CALIBRATE_SCALES_DOCUMENT_H_
#define PDQUANT_CALIBRATE_SCALES_DOCUMENT_H_

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "calibrate/scales.h"

namespace pdquant {

struct ScalesDocument {
  ScaleAlgorithm algorithm = ScaleAlgorithm::kAbsMax;
  double share = kUsualShare;  // of kPercentile
  size_t rows = 0;
  std::span<const CalibratedScale> scales;
};

// "abs_max" and so on.
std::string_view WordOf(ScaleAlgorithm algorithm);
std::optional<ScaleAlgorithm> FindAlgorithm(std::string_view word);
// "abs_max", "avg" …
std::vector<std::string_view> AlgorithmWords();

// docs/reference/scales.schema.json describes it.
std::string ScalesJson(const ScalesDocument& document);
// A line for each variable.
std::string ScalesText(const ScalesDocument& document, size_t limit);

}  // namespace pdquant

#endif  // PDQUANT_CALIBRATE_SCALES_DOCUMENT_H_
