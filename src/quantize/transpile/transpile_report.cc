#include "quantize/transpile/transpile_report.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <utility>

#include "base/counted.h"
#include "base/escape.h"
#include "base/finding.h"
#include "base/shortest_text.h"
#include "base/version.h"
#include "check/rules.h"
#include "report/escape_formats.h"

namespace pdquant {
namespace {

using Json = nlohmann::ordered_json;
using Report = TranspileReport;

Json OptionsJson(const TranspileOptions& options) {
  return {{"weight_bits", options.weight_bits},
          {"activation_bits", options.activation_bits},
          {"weight_quantize_type", options.weight_quantize_type->word},
          {"activation_quantize_type", options.activation_quantize_type->word},
          {"window_size", options.window_size},
          {"moving_rate", ShortestDouble(options.moving_rate)},
          {"for_test", options.for_test}};
}

Json CountsJson(const Report& report) {
  std::set<OpId> ops[2];
  for (const Report::Rewire& rewire : report.rewires) ops[rewire.gradient ? 1 : 0].insert(rewire.operand.op);
  const auto weights =
      std::count_if(report.pairs.begin(), report.pairs.end(), [](const Report::Pair& pair) { return pair.is_weight; });
  return {{"quantized_ops", ops[0].size()},
          {"gradient_ops", ops[1].size()},
          {"weight_pairs", weights},
          {"activation_pairs", static_cast<int64_t>(report.pairs.size()) - weights},
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
  JsonWriter(const Report& report, const Index& index) : report_(report), index_(index) {}

  Json OperandJson(const Report::Operand& operand) const {
    const Place place = PlaceOfOp(index_, operand.op);
    Json json = {{"block", place.block}, {"op", place.op}, {"type", NameText(place.op_type)}};
    json["slot"] = operand.slot == kNoName ? "" : NameText(index_.name(operand.slot));
    json["variable"] = operand.variable == kNoVar ? "" : NameText(index_.name(index_.var_name(operand.variable)));
    return json;
  }

  Json ToJson(const Report::Pair& pair) const {
    return {{"first_reader", OperandJson(pair.first_reader)},
            {"before_op", PlaceOfOp(index_, pair.before).op},
            {"kind", pair.is_weight ? "weight" : "activation"},
            {"bits", pair.bits},
            {"quantize_type", pair.scale_kind->word},
            {"quantized", NameText(pair.names.quantized)},
            {"dequantized", NameText(pair.names.dequantized)},
            {"scale", NameText(pair.names.scale)},
            {"why", pair.why}};
  }

  Json ToJson(const Report::Rewire& rewire) const {
    return {{"operand", OperandJson(rewire.operand)},
            {"reads", NameText(report_.pairs[rewire.pair].names.dequantized)},
            {"pair", rewire.pair},
            {"gradient", rewire.gradient}};
  }

  Json ToJson(const Report::Kept& kept) const { return {{"operand", OperandJson(kept.operand)}, {"why", kept.why}}; }

  Json ToJson(const Report::Initialization& init) const {
    Json json = {{"variable", NameText(init.variable)}, {"data_type", init.is_counter ? "int64" : "float32"}};
    json["shape"] = Json::array({init.size});
    json["value"] = ShortestDouble(init.value);
    return json;
  }

  // A member of the outermost object: a list with a line for each item, made one by one, as there may be millions.
  template <typename T>
  void AppendList(const char* name, const std::vector<T>& items, std::string* out) const {
    *out += std::string(",\n  \"") + name + "\": [";
    const char* separator = "\n    ";
    for (const T& item : items) {
      *out += separator + ToJson(item).dump();
      separator = ",\n    ";
    }
    *out += items.empty() ? "]" : "\n  ]";
  }

 private:
  const Report& report_;
  const Index& index_;
};

class SummaryWriter {
 public:
  SummaryWriter(const Report& report, const Index& index, const SummaryStyle& style)
      : report_(report), index_(index), style_(style) {}

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

  std::string At(const Report::Operand& operand) const {
    Place place = PlaceOfOp(index_, operand.op);
    if (operand.slot != kNoName) place.part = "input " + Quote(index_.name(operand.slot));
    if (operand.variable != kNoVar) place.variable = index_.name(index_.var_name(operand.variable));
    return ToString(place);
  }

  // "1 conv2d, 2 mul", by type in byte order.
  std::string ByType(const std::set<OpId>& ops) const {
    std::map<std::string_view, size_t> counts;
    for (const OpId op : ops) ++counts[index_.type(op)];
    std::string text;
    for (const auto& [type, count] : counts) {
      text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + Escape(type);
    }
    return text;
  }

  std::set<OpId> RewiredOps(bool gradient) const {
    std::set<OpId> ops;
    for (const Report::Rewire& rewire : report_.rewires) {
      if (rewire.gradient == gradient) ops.insert(rewire.operand.op);
    }
    return ops;
  }

  void Headline() {
    out_ += NameOfInput(style_.program) + ": ";
    const std::set<OpId> ops = RewiredOps(false);
    if (ops.empty()) {
      out_ += report_.changed() ? "nothing to quantize\n" : "nothing to quantize: it stays the same bytes\n";
    } else {
      out_ += Counted(ops.size(), "op") + (style_.plan ? " to quantize: " : " quantized: ") + ByType(ops) + "\n";
    }
    if (!report_.has_backward) Line("no backward found: the program is taken as it is");
  }

  // "3 pairs for weights (8 bits, abs_max)": a pass makes all pairs of a kind alike.
  void PairsOfKind(bool is_weight) {
    const auto of_kind = [=](const Report::Pair& pair) { return pair.is_weight == is_weight; };
    const auto first = std::find_if(report_.pairs.begin(), report_.pairs.end(), of_kind);
    if (first == report_.pairs.end()) return;
    const auto count = std::count_if(report_.pairs.begin(), report_.pairs.end(), of_kind);
    Line(Counted(static_cast<uint64_t>(count), "quantize-dequantize pair") + " for " +
         (is_weight ? "weights" : "activations") + ": " + std::to_string(first->bits) + " bits, " +
         std::string(first->scale_kind->word));
  }

  void Pairs() {
    PairsOfKind(true);
    PairsOfKind(false);
    if (!style_.plan) return;
    List(report_.pairs, [this](const Report::Pair& pair) {
      std::string text = At(pair.first_reader) + ": " + Quote(pair.names.dequantized) + ", scale " +
                         Quote(pair.names.scale) + ", before op " + std::to_string(PlaceOfOp(index_, pair.before).op);
      if (pair.why[0] != '\0') text += std::string("; ") + pair.why;
      return text;
    });
  }

  void Operands() {
    const std::set<OpId> gradients = RewiredOps(true);
    if (!gradients.empty()) Line(Counted(gradients.size(), "gradient op") + " rewired: " + ByType(gradients));
    if (!style_.plan || report_.rewires.empty()) return;
    Line(Counted(report_.rewires.size(), "operand") + " to rewire:");
    List(report_.rewires, [this](const Report::Rewire& rewire) {
      return At(rewire.operand) + ": reads " + Quote(report_.pairs[rewire.pair].names.dequantized);
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
    List(report_.kept, [this](const Report::Kept& kept) { return At(kept.operand) + ": " + kept.why; });
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
      return Quote(init.variable) + ": " + (init.is_counter ? "int64" : "float32") + "[" + std::to_string(init.size) +
             "] of " + ShortestText(init.value);
    });
  }

  const Report& report_;
  const Index& index_;
  const SummaryStyle& style_;
  std::string out_;
};

}  // namespace

std::string TranspileReportJson(const TranspileReport& report, const Index& index, const TranspileOptions& options,
                                bool startup_given) {
  const Json head = {{"schema", "pdquant-transpile-report"}, {"version", 1},
                     {"pdquant", kPdquantVersion},           {"options", OptionsJson(options)},
                     {"changed", report.changed()},          {"has_backward", report.has_backward},
                     {"startup_given", startup_given},       {"counts", CountsJson(report)}};
  std::string text = head.dump(2);
  text.resize(text.size() - std::string_view("\n}").size());
  const JsonWriter writer(report, index);
  writer.AppendList("pairs", report.pairs, &text);
  writer.AppendList("rewires", report.rewires, &text);
  writer.AppendList("kept", report.kept, &text);
  writer.AppendList("initializations", report.initializations, &text);
  return text + "\n}\n";
}

std::string TranspileSummary(const TranspileReport& report, const Index& index, const SummaryStyle& style) {
  return SummaryWriter(report, index, style).Write();
}

}  // namespace pdquant
