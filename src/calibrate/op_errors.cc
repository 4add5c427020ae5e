#include "calibrate/op_errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/escape.h"
#include "report/escape_formats.h"
#include "report/json_document.h"

namespace pdquant {
namespace {

using Json = JsonDocument::Json;

constexpr double kDecibels = 10;

bool IsFinite(const OpError& error) { return std::isfinite(error.signal) && std::isfinite(error.noise); }

double SortKey(const OpError& error) {
  if (!IsFinite(error)) return -std::numeric_limits<double>::infinity();
  return error.SqnrDb().value_or(std::numeric_limits<double>::infinity());
}

Json NumberOrNull(double number) { return std::isfinite(number) ? Json(number) : Json(nullptr); }

}  // namespace

std::optional<double> OpError::SqnrDb() const {
  if (!IsFinite(*this) || noise <= 0) return std::nullopt;
  // Of an output that is 0 in float, everything else is noise.
  return kDecibels * std::log10(std::max(signal, std::numeric_limits<double>::min()) / noise);
}

OpErrors::OpErrors(const ObservedList& list) {
  for (const ObservedList::Value& value : list.values) sums_.push_back({value.name, value.op_type, sums_.size()});
}

void OpErrors::Add(std::span<const float> row) {
  for (size_t i = 0; i < sums_.size(); ++i) {
    sums_[i].signal += static_cast<double>(row[kFingerprintSize + 2 * i]);
    sums_[i].noise += static_cast<double>(row[kFingerprintSize + 2 * i + 1]);
  }
  ++rows_;
}

std::vector<OpError> OpErrors::Ranked(Findings* findings) const {
  std::vector<OpError> ranked = sums_;
  for (OpError& error : ranked) {
    error.signal /= static_cast<double>(rows_);
    error.noise /= static_cast<double>(rows_);
    if (IsFinite(error)) continue;
    findings->Warning("bad-range", PlaceOfVariable(error.name),
                      "was NaN or infinite in some batch, in one of the programs",
                      "look at the inputs, and at what stands before the op");
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const OpError& a, const OpError& b) { return SortKey(a) < SortKey(b); });
  return ranked;
}

std::string OpErrorsJson(std::span<const OpError> errors, size_t rows) {
  std::string text;
  const TextSink sink = AppendTo(&text);
  JsonDocument document("pdquant-op-errors", {{"batches", rows}}, sink);
  document.BeginList("ops");
  for (const OpError& error : errors) {
    Json entry = {{"output", NameText(error.name)}, {"type", NameText(error.op_type)}, {"position", error.position}};
    const std::optional<double> sqnr = error.SqnrDb();
    entry["sqnr_db"] = sqnr ? Json(*sqnr) : Json(nullptr);
    entry["signal"] = NumberOrNull(error.signal);
    entry["noise"] = NumberOrNull(error.noise);
    document.Add(entry);
  }
  document.EndList();
  document.End();
  return text;
}

std::string OpErrorsText(std::span<const OpError> errors, size_t limit) {
  std::string text;
  for (const OpError& error : errors.first(std::min(limit, errors.size()))) {
    const std::optional<double> sqnr = error.SqnrDb();
    const std::string ratio = sqnr              ? fmt::format("SQNR {:.2f} dB", *sqnr)
                              : IsFinite(error) ? std::string("no noise")
                                                : std::string("not finite");
    text += fmt::format("  {} {}: {}, signal {:.3g}, noise {:.3g}\n", Escape(error.op_type), Quote(error.name), ratio,
                        error.signal, error.noise);
  }
  if (limit < errors.size()) text += fmt::format("  and {} more; --all shows them\n", errors.size() - limit);
  return text;
}

}  // namespace pdquant
