#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/escape.h"
#include "base/words.h"
#include "pir/import/import.h"
#include "report/escape_formats.h"
#include "report/json_document.h"

namespace pdquant {
namespace {

using Json = JsonDocument::Json;

uint64_t Sum(const std::map<std::string, uint64_t>& counts) {
  uint64_t sum = 0;
  for (const auto& [name, count] : counts) sum += count;
  return sum;
}

std::string Names(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + Quote(name);
  return text.empty() ? "none" : text;
}

Json NamesJson(const std::vector<std::string>& names) {
  Json json = Json::array();
  for (const std::string& name : names) json.push_back(NameText(name));
  return json;
}

Json CountsJson(const std::map<std::string, uint64_t>& counts) {
  Json json = Json::array();
  for (const auto& [name, count] : counts) json.push_back({{"type", NameText(name)}, {"count", count}});
  return json;
}

}  // namespace

std::string ImportSummary(const ImportReport& report, std::string_view model) {
  const pir::Imported& imported = *report.imported;
  return NameOfInput(model) + ": " + Counted(Sum(imported.from), "op") + " of PIR -> " +
         Counted(Sum(imported.to), "op") + " of a ProgramDesc, " + Counted(report.parameters, "parameter") +
         " as they are\n  inputs: " + Names(imported.inputs) + "\n  outputs: " + Names(imported.outputs) + "\n";
}

std::string ImportReportJson(const ImportReport& report) {
  Json json = {{"command", "import"}, {"file_version", report.file_version}, {"parameters", report.parameters}};
  json["inputs"] = NamesJson(report.imported->inputs);
  json["outputs"] = NamesJson(report.imported->outputs);
  json["from"] = CountsJson(report.imported->from);
  json["to"] = CountsJson(report.imported->to);
  std::string text;
  const TextSink sink = AppendTo(&text);
  JsonDocument("pdquant-import-report", json, sink).End();
  return text;
}

}  // namespace pdquant
