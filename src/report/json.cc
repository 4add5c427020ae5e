#include <nlohmann/json.hpp>

#include "report/escape_formats.h"
#include "report/json_document.h"
#include "report/report.h"

namespace pdquant {
namespace {

using Json = JsonDocument::Json;

// Only what is known.
Json PlaceJson(const Place& place) {
  Json json = Json::object();
  if (place.block >= 0) json["block"] = place.block;
  if (place.op >= 0) json["op"] = place.op;
  if (!place.op_type.empty()) json["op_type"] = NameText(place.op_type);
  if (!place.part.empty()) json["part"] = place.part;
  if (!place.variable.empty()) json["variable"] = NameText(place.variable);
  if (!place.path.empty()) json["field"] = place.path;
  if (place.offset >= 0) json["offset"] = place.offset;
  return json;
}

Json FindingJson(std::string_view path, const Finding& finding) {
  Json json = {{"code", finding.code},
               {"level", WordFor(finding.level)},
               {"file", NameText(path)},
               {"place", PlaceJson(finding.place)},
               {"text", finding.text}};
  if (!finding.hint.empty()) json["hint"] = finding.hint;
  return json;
}

}  // namespace

bool WriteJsonReport(const Report& report, const TextSink& sink) {
  JsonDocument document("pdquant-" + std::string(report.command) + "-report",
                        {{"exit_code", report.exit_code},
                         {"summary", report.summary},
                         {"errors", report.count(Level::kError)},
                         {"warnings", report.count(Level::kWarning)},
                         {"notes", report.count(Level::kNote)}},
                        sink);
  document.BeginList("findings");
  for (const ReportInput& input : report.inputs) {
    for (const Finding& finding : input.findings->all()) {
      if (!document.Add(FindingJson(input.path, finding))) return false;
    }
  }
  document.EndList();
  return document.End();
}

}  // namespace pdquant
