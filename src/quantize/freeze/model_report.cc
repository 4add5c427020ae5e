#include "quantize/freeze/model_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/escape.h"
#include "base/shortest_text.h"
#include "base/words.h"
#include "report/escape_formats.h"
#include "report/json_document.h"

namespace pdquant {
namespace {

using Json = JsonDocument::Json;

constexpr double kPercent = 100;

double Share(uint64_t part, uint64_t count) {
  return count == 0 ? 0 : static_cast<double>(part) / static_cast<double>(count);
}

// The value of the whole tensor, or what those of its channels reach from and to.
template <typename T>
std::string RangeText(std::string_view what, const std::vector<T>& values, int32_t axis) {
  if (axis == kWholeTensor) return fmt::format(", {} {:.9g}", what, values[0]);
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  return fmt::format(", {} {}s of axis {}, {:.9g} to {:.9g}", values.size(), what, axis, *least, *most);
}

std::string WeightText(const WeightLine& line) {
  std::string text = fmt::format("  {} [{}]: {} -> {}, {} -> {} bytes", Quote(line.name), fmt::join(line.dims, ", "),
                                 line.from_type, line.to_type, line.from_bytes, line.to_bytes);
  if (line.bits != 0) text += fmt::format(", {} bits", line.bits);
  if (!line.scales.values.empty()) {
    text += RangeText("scale", line.scales.values, line.scales.axis);
  } else if (!line.steps.empty()) {
    text += RangeText("step", line.steps, line.scales.axis);
  }
  if (line.has_float_weight) {
    const auto sqnr = line.error.SqnrDb();
    text += sqnr ? fmt::format(", SQNR {:.2f} dB", *sqnr) : std::string(", no noise");
    text += fmt::format(", largest error {:.3g}", line.error.largest);
    if (const auto& worst = line.worst_channel)
      text += fmt::format(", worst channel {} (SQNR {:.2f} dB)", worst->index, worst->sqnr_db);
  }
  text += fmt::format(", zeros {:.2f} %", kPercent * Share(line.error.zeros, line.error.count));
  text += fmt::format(", saturated {:.2f} %", kPercent * Share(line.error.saturated, line.error.count));
  return text + "\n";
}

// What of a model is on integers now.
struct Coverage {
  uint64_t products = 0;
  uint64_t quantized = 0;
  double multiply_adds = 0;
  double integer_multiply_adds = 0;
  uint64_t weight_bytes = 0;
  uint64_t integer_weight_bytes = 0;

  explicit Coverage(const RewrittenModel& model) {
    for (const OpOutcome& op : model.ops) {
      if (!op.is_product) continue;
      ++products;
      multiply_adds += op.multiply_adds;
      weight_bytes += op.weight_bytes;
      if (!op.quantized) continue;
      ++quantized;
      integer_multiply_adds += op.multiply_adds;
      integer_weight_bytes += op.weight_bytes;
    }
  }
};

std::string CoverageText(const RewrittenModel& model) {
  const Coverage coverage(model);
  std::string text = fmt::format("{} of {} quantized", coverage.quantized, Counted(coverage.products, "product"));
  if (coverage.multiply_adds > 0)
    text += fmt::format(", {:.1f} % of the multiply-adds",
                        kPercent * coverage.integer_multiply_adds / coverage.multiply_adds);
  if (coverage.weight_bytes > 0)
    text += fmt::format(", {:.1f} % of their weights' bytes",
                        kPercent * Share(coverage.integer_weight_bytes, coverage.weight_bytes));
  return text;
}

std::string Headline(const ModelReport& report) {
  const uint64_t weights = report.weights->size();
  uint64_t from = 0;
  uint64_t to = 0;
  for (const WeightLine& line : *report.weights) {
    from += line.from_bytes;
    to += line.to_bytes;
  }
  switch (report.rewrite) {
    case ModelRewrite::kFreeze:
      return Counted(report.model->frozen_ops, "op") + " frozen, " + Counted(weights, "weight") + " quantized";
    case ModelRewrite::kWeights:
      return Counted(report.model->frozen_ops, "op") + " with weights stored as integers, " +
             fmt::format("{} -> {} bytes", from, to);
    case ModelRewrite::kConvert:
      return "converted, " + Counted(weights, "weight") + fmt::format(" of {} -> {} bytes", from, to);
    case ModelRewrite::kInt8:
      return Counted(weights, "weight") + fmt::format(" stored as integers, {} -> {} bytes", from, to);
    case ModelRewrite::kQuantize:
      return CoverageText(*report.model) +
             (report.model->folded == 0 ? "" : ", " + std::to_string(report.model->folded) + " batch_norm folded") +
             "; " + Counted(weights, "weight") + fmt::format(" rounded, {} -> {} bytes", from, to);
    case ModelRewrite::kUndo:
      break;
  }
  return "back to float, " + Counted(weights, "weight") + " computed from integers";
}

// A number as JSON; null where there is none, or where it isn't finite.
Json Number(std::optional<double> value) { return value && std::isfinite(*value) ? Json(*value) : Json(nullptr); }

// The number of the whole tensor, or an array with that of each channel; null where none is known.
template <typename T, typename ToDouble>
Json NumbersJson(const std::vector<T>& values, int32_t axis, const ToDouble& to_double) {
  if (values.empty()) return nullptr;
  if (axis == kWholeTensor) return Number(to_double(values[0]));
  Json json = Json::array();
  for (const T value : values) json.push_back(Number(to_double(value)));
  return json;
}

Json WorstChannelJson(const std::optional<WorstChannel>& worst) {
  if (!worst) return nullptr;
  return {{"index", worst->index}, {"sqnr_db", Number(worst->sqnr_db)}};
}

Json WeightJson(const WeightLine& line) {
  Json json = {{"name", NameText(line.name)}, {"source", NameText(line.source)}, {"shape", line.dims}};
  json["from"] = {{"type", line.from_type}, {"bytes", line.from_bytes}};
  json["to"] = {{"type", line.to_type}, {"bytes", line.to_bytes}};
  json["bits"] = line.bits == 0 ? Json(nullptr) : Json(line.bits);
  json["scale"] = NumbersJson(line.scales.values, line.scales.axis, ShortestDouble);
  json["step"] = NumbersJson(line.steps, line.scales.axis, [](double step) { return step; });
  if (line.scales.axis != kWholeTensor) json["axis"] = line.scales.axis;
  json["sqnr_db"] = line.has_float_weight ? Number(line.error.SqnrDb()) : Json(nullptr);
  json["largest_error"] = line.has_float_weight ? Number(ShortestDouble(line.error.largest)) : Json(nullptr);
  if (line.scales.axis != kWholeTensor) json["worst_channel"] = WorstChannelJson(line.worst_channel);
  json["zeros"] = Share(line.error.zeros, line.error.count);
  json["saturated"] = Share(line.error.saturated, line.error.count);
  return json;
}

Json OpJson(const OpOutcome& op) {
  return {{"block", op.place.block},        {"op", op.place.op}, {"type", NameText(op.place.op_type)},
          {"quantized", op.quantized},      {"why", op.why},     {"multiply_adds", op.multiply_adds},
          {"weight_bytes", op.weight_bytes}};
}

void AddOps(const RewrittenModel& model, Json* json) {
  const Coverage coverage(model);
  (*json)["products"] = {{"all", coverage.products}, {"quantized", coverage.quantized}};
  (*json)["multiply_adds"] = {{"all", coverage.multiply_adds}, {"integers", coverage.integer_multiply_adds}};
  (*json)["weight_bytes"] = {{"all", coverage.weight_bytes}, {"quantized", coverage.integer_weight_bytes}};
  (*json)["folded_batch_norms"] = model.folded;
  (*json)["ops"] = Json::array();
  for (const OpOutcome& op : model.ops) (*json)["ops"].push_back(OpJson(op));
}

// The ops that aren't on integers, and why.
std::string FloatOpsText(const RewrittenModel& model, size_t limit) {
  std::string text;
  size_t left = 0;
  for (const OpOutcome& op : model.ops) {
    if (op.quantized) continue;
    if (++left <= limit) text += "  not quantized: " + ToString(op.place) + ": " + op.why + "\n";
  }
  if (left > limit) text += fmt::format("  and {} more ops not quantized; --all shows them\n", left - limit);
  return text;
}

}  // namespace

std::string ModelSummary(const ModelReport& report, std::string_view model, size_t limit) {
  std::string text = NameOfInput(model) + ": " + Headline(report) + "\n";
  const size_t shown = std::min(limit, report.weights->size());
  for (size_t i = 0; i < shown; ++i) text += WeightText((*report.weights)[i]);
  if (shown < report.weights->size())
    text += fmt::format("  and {} more; --all shows them\n", report.weights->size() - shown);
  if (report.rewrite == ModelRewrite::kQuantize) return text + FloatOpsText(*report.model, limit);
  const auto& kept = report.model->kept;
  const char* left = report.rewrite != ModelRewrite::kWeights ? "simulated" : "in float";
  for (size_t i = 0; i < std::min(limit, kept.size()); ++i)
    text += std::string("  left ") + left + ": " + ToString(kept[i].place) + ": " + kept[i].why + "\n";
  if (kept.size() > limit)
    text += fmt::format("  and {} more ops left {}; --all shows them\n", kept.size() - limit, left);
  return text;
}

std::string ModelReportJson(const ModelReport& report) {
  Json json = {{"command", ToString(report.rewrite)}};
  json["frozen_ops"] = report.model->frozen_ops;
  json["weights"] = Json::array();
  for (const WeightLine& line : *report.weights) json["weights"].push_back(WeightJson(line));
  json["kept"] = Json::array();
  for (const KeptOp& kept : report.model->kept) {
    json["kept"].push_back({{"block", kept.place.block},
                            {"op", kept.place.op},
                            {"type", NameText(kept.place.op_type)},
                            {"why", kept.why}});
  }
  if (report.rewrite == ModelRewrite::kQuantize) AddOps(*report.model, &json);
  std::string text;
  const TextSink sink = AppendTo(&text);
  JsonDocument("pdquant-model-report", json, sink).End();
  return text;
}

}  // namespace pdquant
