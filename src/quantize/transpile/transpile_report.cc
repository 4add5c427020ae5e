#include "quantize/transpile/transpile_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "base/escape.h"
#include "base/shortest_text.h"
#include "base/words.h"
#include "paddle/data_types.h"
#include "report/escape_formats.h"
#include "report/json_document.h"

namespace pdquant {
namespace {

using Json = JsonDocument::Json;
using Report = TranspileReport;

Json OptionsJson(const TranspileOptions& options) {
  return {{"weight_bits", options.weight_bits},
          {"activation_bits", options.activation_bits},
          {"weight_quantize_type", options.weight_scale().word},
          {"activation_quantize_type", options.activation_scale().word},
          {"form", WordOf(options.form)},
          {"window_size", options.window_size},
          {"moving_rate", ShortestDouble(options.moving_rate)},
          {"unbiased_start", options.unbiased_start},
          {"out_scales", options.out_scales},
          {"for_test", options.for_test}};
}

uint64_t Sum(const Report::Counts& counts) {
  uint64_t sum = 0;
  for (const auto& [type, count] : counts) sum += count;
  return sum;
}

Json OperandJson(const ReportOperand& operand) {
  return {{"block", operand.block},
          {"op", operand.op},
          {"type", NameText(operand.op_type)},
          {"slot", NameText(operand.slot)},
          {"variable", NameText(operand.variable)}};
}

Json CountsJson(const Report& report) {
  const auto weights =
      std::count_if(report.pairs.begin(), report.pairs.end(), [](const Report::Pair& pair) { return pair.is_weight; });
  return {{"quantized_ops", Sum(report.quantized_ops)},
          {"activation_ops", Sum(report.activation_ops)},
          {"gradient_ops", Sum(report.gradient_ops)},
          {"weight_pairs", weights},
          {"activation_pairs", static_cast<int64_t>(report.pairs.size()) - weights},
          {"out_scales", report.out_scales},
          {"rewires", report.rewires.size()},
          {"kept", report.kept.size()},
          {"initializations", report.initializations.size()},
          {"removed_ops", report.removed_ops},
          {"removed_variables", report.removed_variables},
          {"removed_blocks", report.removed_blocks},
          {"test_ops", report.test_ops}};
}

class JsonWriter {
 public:
  explicit JsonWriter(const Report& report) : report_(report) {}

  Json ToJson(const Report::Pair& pair) const {
    return {{"first_reader", OperandJson(pair.first_reader)},
            {"before_op", pair.before},
            {"kind", pair.is_weight ? "weight" : "activation"},
            {"bits", pair.bits},
            {"quantize_type", pair.scale_kind->word},
            {"quantized", NameText(pair.names.quantized)},
            {"dequantized", NameText(pair.names.dequantized)},
            {"scale", NameText(pair.names.scale)},
            {"why", pair.why},
            {"rule", RuleJson(pair.rule)}};
  }

  Json ToJson(const Report::Rewire& rewire) const {
    return {{"operand", OperandJson(rewire.operand)},
            {"reads", NameText(report_.pairs[rewire.pair].names.dequantized)},
            {"pair", rewire.pair},
            {"gradient", rewire.gradient},
            {"rule", RuleJson(rewire.rule)}};
  }

  Json ToJson(const Report::Kept& kept) const {
    return {{"operand", OperandJson(kept.operand)}, {"why", kept.why}, {"rule", RuleJson(kept.rule)}};
  }

  Json ToJson(const Report::Initialization& init) const {
    Json json = {{"variable", NameText(init.variable)}, {"data_type", DataTypeWord(init.data_type)}};
    json["shape"] = Json::array({init.size});
    json["value"] = ShortestDouble(init.value);
    return json;
  }

  template <typename T>
  void AddList(const char* name, const std::vector<T>& items, JsonDocument* document) const {
    document->BeginList(name);
    for (const T& item : items) document->Add(ToJson(item));
    document->EndList();
  }

 private:
  std::string RuleJson(uint32_t rule) const { return NameText(report_.rules[rule]); }

  const Report& report_;
};

class SummaryWriter {
 public:
  SummaryWriter(const Report& report, const SummaryStyle& style) : report_(report), style_(style) {}

  std::string Write() {
    Headline();
    Pairs();
    Operands();
    TestForm();
    Kept();
    Initializations();
    return std::move(out_);
  }

 private:
  void Line(const std::string& text) { out_ += "  " + text + "\n"; }

  // The first entries of a list, and how many there are more.
  template <typename T, typename F>
  void List(const std::vector<T>& items, F&& text_of) {
    const size_t shown = std::min(items.size(), style_.list_limit);
    for (size_t i = 0; i < shown; ++i) Line("  " + text_of(items[i]));
    if (shown < items.size()) Line("  and " + std::to_string(items.size() - shown) + " more; --all shows them");
  }

  static std::string At(const ReportOperand& operand) {
    Place place = PlaceOf(operand);
    place.part = "input " + Quote(operand.slot);
    return ToString(place);
  }

  // "1 conv2d, 2 mul", by type in byte order.
  static std::string ByType(const Report::Counts& counts) {
    std::string text;
    for (const auto& [type, count] : counts) {
      text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + Escape(type);
    }
    return text;
  }

  // Products of which only a part is rounded are no success: they are said apart.
  void Headline() {
    const std::string of_products = " of " + Counted(report_.products, "product");
    std::string headline = "nothing to quantize";
    if (report_.products != 0) {
      headline =
          std::to_string(Sum(report_.quantized_ops)) + of_products + (style_.plan ? " to quantize" : " quantized");
    }
    if (!report_.quantized_ops.empty()) {
      headline += ": " + ByType(report_.quantized_ops);
    } else if (!report_.changed()) {
      headline += ": it stays the same bytes";
    }
    out_ += NameOfInput(style_.program) + ": " + headline + "\n";
    if (report_.weights_only != 0) Line(std::to_string(report_.weights_only) + of_products + ": weights only");
    if (report_.partly != 0) Line(std::to_string(report_.partly) + of_products + ": some operands only");
    if (!report_.has_backward) Line("no backward found: the program is taken as it is");
  }

  // "3 pairs for weights: 8 bits, abs_max": a line for each way in which they are quantized.
  void PairsOfKind(bool is_weight) {
    struct Way {
      int32_t bits;
      const ScaleKind* scale_kind;
      uint64_t count;
    };
    std::vector<Way> ways;
    for (const Report::Pair& pair : report_.pairs) {
      if (pair.is_weight != is_weight) continue;
      const auto found = std::find_if(ways.begin(), ways.end(), [&](const Way& way) {
        return way.bits == pair.bits && way.scale_kind == pair.scale_kind;
      });
      if (found != ways.end()) {
        ++found->count;
      } else {
        ways.push_back({pair.bits, pair.scale_kind, 1});
      }
    }
    for (const Way& way : ways) {
      Line(Counted(way.count, "quantize-dequantize pair") + " for " + (is_weight ? "weights" : "activations") + ": " +
           std::to_string(way.bits) + " bits, " + std::string(way.scale_kind->word));
    }
  }

  void Pairs() {
    PairsOfKind(true);
    PairsOfKind(false);
    if (report_.out_scales != 0)
      Line(Counted(static_cast<uint64_t>(report_.out_scales), "scale") + " of outputs followed");
    if (!style_.plan) return;
    List(report_.pairs, [](const Report::Pair& pair) {
      std::string text = At(pair.first_reader) + ": " + Quote(pair.names.dequantized) + ", scale " +
                         Quote(pair.names.scale) + ", before op " + std::to_string(pair.before);
      if (!pair.why.empty()) text += "; " + pair.why;
      return text;
    });
  }

  void Operands() {
    if (!report_.activation_ops.empty()) {
      Line(Counted(Sum(report_.activation_ops), "op") + " without weights " + (style_.plan ? "to read" : "read") +
           " rounded activations: " + ByType(report_.activation_ops));
    }
    if (!report_.gradient_ops.empty())
      Line(Counted(Sum(report_.gradient_ops), "gradient op") + " rewired: " + ByType(report_.gradient_ops));
    if (!style_.plan || report_.rewires.empty()) return;
    Line(Counted(report_.rewires.size(), "operand") + " to rewire:");
    List(report_.rewires, [this](const Report::Rewire& rewire) {
      return At(rewire.operand) + ": reads " + Quote(report_.pairs[rewire.pair].names.dequantized) + ", by " +
             Escape(report_.rules[rewire.rule]);
    });
  }

  void TestForm() {
    if (report_.removed_ops + report_.removed_variables + report_.removed_blocks + report_.test_ops == 0) return;
    Line("test form: " + Counted(static_cast<uint64_t>(report_.removed_ops), "op") + ", " +
         Counted(static_cast<uint64_t>(report_.removed_variables), "variable") + " and " +
         Counted(static_cast<uint64_t>(report_.removed_blocks), "block") + " removed, is_test set on " +
         Counted(static_cast<uint64_t>(report_.test_ops), "op"));
  }

  void Kept() {
    if (report_.kept.empty()) return;
    Line(Counted(report_.kept.size(), "operand") + " left in float:");
    List(report_.kept, [](const Report::Kept& kept) { return At(kept.operand) + ": " + kept.why; });
  }

  void Initializations() {
    if (report_.initializations.empty()) return;
    const std::string count = Counted(report_.initializations.size(), "variable");
    if (style_.startup_given) {
      Line(count + (style_.plan ? " to initialize" : " initialized") + " by the startup program" +
           (style_.plan ? ":" : ""));
      if (!style_.plan) return;
    } else {
      Line("no startup program was given: " + count + " to initialize before the first step:");
    }
    List(report_.initializations, [](const Report::Initialization& init) {
      return Quote(init.variable) + ": " + std::string(DataTypeWord(init.data_type)) + "[" + std::to_string(init.size) +
             "] of " + ShortestText(init.value);
    });
  }

  const Report& report_;
  const SummaryStyle& style_;
  std::string out_;
};

}  // namespace

Place PlaceOf(const ReportOperand& operand) {
  Place place = PlaceOfVariable(operand.variable);
  place.block = operand.block;
  place.op = operand.op;
  place.op_type = operand.op_type;
  return place;
}

ReportOperand DescribeOperand(const Index& index, OpId op, NameId slot, NameId variable) {
  const size_t block = index.program().BlockOfOp(op);
  return {static_cast<int32_t>(block), static_cast<int64_t>(op - index.program().block(block).first_op),
          std::string(index.type(op)), std::string(index.name(slot)), std::string(index.name(variable))};
}

void TranspileReport::CountProduct(std::string_view type, const ProductOperands& operands) {
  ++products;
  if (operands.weights + operands.activations == 0) return;
  if (operands.weights + operands.activations == operands.all) {
    ++quantized_ops[std::string(type)];
  } else {
    ++(operands.activations == 0 ? weights_only : partly);
  }
}

std::string TranspileReportJson(const TranspileReport& report, const TranspileOptions& options, bool startup_given) {
  std::string text;
  const TextSink sink = AppendTo(&text);
  JsonDocument document("pdquant-transpile-report",
                        {{"options", OptionsJson(options)},
                         {"changed", report.changed()},
                         {"has_backward", report.has_backward},
                         {"startup_given", startup_given},
                         {"counts", CountsJson(report)}},
                        sink);
  const JsonWriter writer(report);
  writer.AddList("pairs", report.pairs, &document);
  writer.AddList("rewires", report.rewires, &document);
  writer.AddList("kept", report.kept, &document);
  writer.AddList("initializations", report.initializations, &document);
  document.End();
  return text;
}

std::string TranspileSummary(const TranspileReport& report, const SummaryStyle& style) {
  return SummaryWriter(report, style).Write();
}

}  // namespace pdquant
