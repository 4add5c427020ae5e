#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "diff/diff_report.h"
#include "diff/diff_text.h"
#include "report/escape_formats.h"
#include "report/json_document.h"
#include "text/op_text.h"

namespace pdquant {
namespace {

using Json = JsonDocument::Json;
using What = Change::What;

Json EachJson(const ChangeCounts::Each& counts) {
  return {{"inserted", counts.inserted}, {"removed", counts.removed}, {"changed", counts.changed}};
}

// In the order of Change::What and of Difference::Part.
constexpr std::array<std::string_view, 5> kWhatWords = {"program", "renames", "block", "op", "variable"};
constexpr std::array<std::string_view, 6> kPartWords = {"type", "input", "output", "attribute", "field", "unknown"};

Json TextOrNull(const std::optional<std::string>& text) { return text ? Json(*text) : Json(); }

Json DifferenceJson(const Difference& difference) {
  Json json = {{"part", kPartWords[static_cast<size_t>(difference.part)]}, {"name", NameText(difference.name)}};
  if (difference.position >= 0) json["position"] = difference.position;
  json["from"] = TextOrNull(difference.from);
  json["to"] = TextOrNull(difference.to);
  return json;
}

// Where a change is on one side; null where the side doesn't have it.
Json SideJson(const ComparedProgram& side, const Change& change, uint32_t number) {
  if (number == kNoPartner) return {};
  const Program& program = side.program();
  if (change.what == What::kOp) {
    const size_t block = program.BlockOfOp(number);
    std::string text;
    AppendOpLine(side.index(), number, &text);
    return {{"block", block},
            {"block_label", side.labels().label(block)},
            {"op", number - program.block(block).first_op},
            {"type", NameText(side.index().type(number))},
            {"text", text.substr(text.find(' ') + 1)}};
  }
  if (change.what == What::kVar) {
    const size_t block = program.BlockOfVar(number);
    std::string type;
    AppendVarType(program.var(number), &type);
    return {{"block", block},
            {"block_label", side.labels().label(block)},
            {"name", NameText(side.index().name(side.index().var_name(number)))},
            {"type", type}};
  }
  return {{"block", number}, {"block_label", side.labels().label(number)}};
}

Json ChangeJson(const ProgramDiff& diff, size_t number) {
  const Change& change = diff.changes()[number];
  Json json = {{"id", number},
               {"what", kWhatWords[static_cast<size_t>(change.what)]},
               {"inserted", change.inserted()},
               {"removed", change.removed()},
               {"changed", change.changed},
               {"moved", change.moved}};
  if (change.moved) json["with_effect"] = change.with_effect;
  json["follows_from"] = change.leader == kNoChange ? Json() : Json(change.leader);
  if (change.what != What::kProgram && change.what != What::kRenames) {
    json["a"] = SideJson(diff.a(), change, change.a);
    json["b"] = SideJson(diff.b(), change, change.b);
  }
  Json differences = Json::array();
  for (const Difference& difference : diff.Differences(change)) differences.push_back(DifferenceJson(difference));
  json["differences"] = std::move(differences);
  return json;
}

Json NumberOrText(double value) { return std::isfinite(value) ? Json(value) : Json(value > 0 ? "inf" : "nan"); }

Json TensorJson(const TensorChange& change) {
  Json json = {{"number", change.number}};
  json["name_a"] = change.name_a.empty() ? Json() : Json(NameText(change.name_a));
  json["name_b"] = change.name_b.empty() ? Json() : Json(NameText(change.name_b));
  json["type_a"] = TextOrNull(change.type_a);
  json["type_b"] = TextOrNull(change.type_b);
  json["lod_differs"] = change.lod_differs;
  json["values"] = change.values;
  json["differing"] = change.differing;
  json["nan_on_one_side"] = change.one_nan;
  if (change.has_largest) {
    json["largest"] = {{"difference", NumberOrText(change.largest)},
                       {"index", change.where},
                       {"a", change.value_a},
                       {"b", change.value_b}};
    json["mean_difference"] = NumberOrText(change.mean);
  }
  return json;
}

// Everything but the lists.
Json FieldsJson(const DiffResult& result) {
  Json json = {{"a", NameText(result.paths[0])},
               {"b", NameText(result.paths[1])},
               {"equal", result.equal()},
               {"summary", result.Summary()}};
  if (result.program != nullptr) {
    const ChangeCounts& counts = result.program->counts();
    Json ops = EachJson(counts.ops);
    ops["moved"] = counts.moved;
    ops["moved_with_effect"] = counts.moved_with_effect;
    Json vars = EachJson(counts.vars);
    vars["renamed"] = counts.renamed;
    json["ops"] = std::move(ops);
    json["variables"] = std::move(vars);
    json["blocks"] = EachJson(counts.blocks);
    json["program_facts"] = counts.program_properties;
  }
  if (result.compared_tensors)
    json["tensors"] = {{"compared", result.tensors}, {"differing", result.tensor_changes.size()}};
  return json;
}

}  // namespace

bool WriteDiffJson(const DiffResult& result, const TextSink& sink) {
  JsonDocument document("pdquant-diff", FieldsJson(result), sink);
  if (const ProgramDiff* diff = result.program.get()) {
    document.BeginList("renames");
    for (const auto& [a, b] : diff->matching().renames) {
      if (diff->counts().renamed == 0) break;
      const Json entry = {{"from", NameText(diff->a().index().name(a))}, {"to", NameText(diff->b().index().name(b))}};
      if (!document.Add(entry)) return false;
    }
    document.EndList();
    document.BeginList("changes");
    for (size_t i = 0; i < diff->changes().size(); ++i) {
      if (!document.Add(ChangeJson(*diff, i))) return false;
    }
    document.EndList();
  }
  if (result.compared_tensors) {
    document.BeginList("tensor_changes");
    for (const TensorChange& change : result.tensor_changes) {
      if (!document.Add(TensorJson(change))) return false;
    }
    document.EndList();
  }
  return document.End();
}

}  // namespace pdquant
