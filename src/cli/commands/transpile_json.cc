#include "cli/commands/transpile_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "check/rules.h"
#include "cli/shell/shortest_text.h"
#include "cli/shell/version.h"
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

class ReportWriter {
 public:
  ReportWriter(const Report& report, const Index& index) : report_(report), index_(index) {}

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

}  // namespace

std::string TranspileReportJson(const TranspileReport& report, const Index& index, const TranspileOptions& options,
                                bool startup_given) {
  const Json head = {{"schema", "pdquant-transpile-report"},
                     {"version", 1},
                     {"pdquant", Version()},
                     {"options", OptionsJson(options)},
                     {"changed", report.changed()},
                     {"has_backward", report.has_backward},
                     {"startup_given", startup_given},
                     {"counts", CountsJson(report)}};
  std::string text = head.dump(2);
  text.resize(text.size() - std::string_view("\n}").size());
  const ReportWriter writer(report, index);
  writer.AppendList("pairs", report.pairs, &text);
  writer.AppendList("rewires", report.rewires, &text);
  writer.AppendList("kept", report.kept, &text);
  writer.AppendList("initializations", report.initializations, &text);
  return text + "\n}\n";
}

}  // namespace pdquant
