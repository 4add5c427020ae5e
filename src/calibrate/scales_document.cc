#include "calibrate/scales_document.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/escape.h"
#include "base/shortest_text.h"
#include "base/words.h"
#include "model/scales_file.h"
#include "paddle/calibration/calibration_words.h"
#include "report/escape_formats.h"
#include "report/json_document.h"

namespace pdquant {
namespace {

using Json = JsonDocument::Json;

constexpr std::array<std::pair<std::string_view, ScaleAlgorithm>, 5> kWords = {
    {{calibration_words::kAbsMax, ScaleAlgorithm::kAbsMax},
     {calibration_words::kAverage, ScaleAlgorithm::kAverage},
     {"percentile", ScaleAlgorithm::kPercentile},
     {"kl", ScaleAlgorithm::kKl},
     {calibration_words::kMeanSquare, ScaleAlgorithm::kMse}}};

// A scales file names variables as they are; what isn't UTF-8 can't be a name in JSON.
std::string KeyOf(const std::string& name) { return IsUtf8(name) ? name : NameText(name); }

}  // namespace

std::string_view WordOf(ScaleAlgorithm algorithm) { return kWords[static_cast<size_t>(algorithm)].first; }

std::optional<ScaleAlgorithm> FindAlgorithm(std::string_view word) {
  const auto* found = std::find_if(kWords.begin(), kWords.end(), [&](const auto& row) { return row.first == word; });
  return found == kWords.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string_view> AlgorithmWords() { return WordsOf(kWords, &decltype(kWords)::value_type::first); }

std::string ScalesJson(const ScalesDocument& document) {
  Json json = {{"algorithm", WordOf(document.algorithm)}};
  if (document.algorithm == ScaleAlgorithm::kPercentile) json["share"] = document.share;
  json["batches"] = document.rows;
  json["scales"] = Json::object();
  for (const CalibratedScale& scale : document.scales) {
    if (scale.threshold) json["scales"][KeyOf(scale.name)] = *scale.threshold;
  }
  if (!NeedsHistograms(document.algorithm)) {
    json["ranges"] = Json::object();
    for (const CalibratedScale& scale : document.scales) {
      if (scale.threshold) json["ranges"][KeyOf(scale.name)] = {ShortestDouble(scale.min), ShortestDouble(scale.max)};
    }
  }
  std::string text;
  const TextSink sink = AppendTo(&text);
  JsonDocument(kScalesSchema, json, sink).End();
  return text;
}

std::string ScalesText(const ScalesDocument& document, size_t limit) {
  std::string text;
  const size_t shown = std::min(limit, document.scales.size());
  for (const CalibratedScale& scale : document.scales.first(shown)) {
    text += "  " + Quote(scale.name);
    text += scale.threshold ? fmt::format(": {:.9g}", *scale.threshold) : ": none";
    if (scale.threshold && !NeedsHistograms(document.algorithm))
      text += fmt::format(", {:.9g} to {:.9g}", scale.min, scale.max);
    text += "\n";
  }
  if (shown < document.scales.size())
    text += fmt::format("  and {} more; --all shows them\n", document.scales.size() - shown);
  return text;
}

}  // namespace pdquant
