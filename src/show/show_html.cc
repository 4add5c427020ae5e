#include <nlohmann/json.hpp>

#include "report/escape_formats.h"
#include "report/json_document.h"
#include "show/html_page.h"
#include "show/renderers.h"
#include "show/summary.h"
#include "show/view_document.h"

namespace pdquant {
namespace {

using Json = JsonDocument::Json;

constexpr int kDeepest = 8;  // a report is no deeper than that

bool IsText(const Json& row, const char* name) { return row.contains(name) && row[name].is_string(); }
bool IsNumberOrNull(const Json& row, const char* name) {
  return row.contains(name) && (row[name].is_number() || row[name].is_null());
}

// What the page reads, and nothing else.
bool TakeWeight(const Json& row, Json* weights) {
  if (!row.is_object() || !IsText(row, "name") || !IsText(row, "source")) return false;
  Json taken = {{"name", row["name"]}, {"source", row["source"]}};
  for (const char* name : {"sqnr_db", "largest_error", "bits"}) {
    if (!IsNumberOrNull(row, name)) return false;
    taken[name] = row[name];
  }
  for (const char* name : {"from", "to"}) {
    if (!row.contains(name) || !row[name].is_object() || !IsText(row[name], "type")) return false;
    taken[name] = {{"type", row[name]["type"]}};
  }
  weights->push_back(std::move(taken));
  return true;
}

bool TakeKept(const Json& row, Json* kept) {
  if (!row.is_object() || !IsText(row, "why")) return false;
  Json taken = {{"why", row["why"]}};
  for (const char* name : {"block", "op"}) {
    if (!row.contains(name) || !row[name].is_number_unsigned()) return false;
    taken[name] = row[name];
  }
  kept->push_back(std::move(taken));
  return true;
}

template <typename Take>
bool TakeAll(const Json& report, const char* list, const Take& take, Json* into) {
  if (!report.contains(list) || !report[list].is_array()) return false;
  for (const Json& row : report[list]) {
    if (!take(row, &(*into)[list])) return false;
  }
  return true;
}

}  // namespace

Status WriteShowHtml(const Index& index, const ShowHtmlOptions& options, const TextSink& sink) {
  HtmlPage page(sink);
  ViewOptions view;
  view.title = TitleOfInput(options.path);
  view.parameters = options.parameters;
  Status status = WriteViewDocument(index, view, page.Begin("program"));
  if (!status.ok()) return status;
  page.End();
  if (!options.overlay.empty()) {
    page.Begin("overlay")(options.overlay);
    page.End();
  }
  page.Finish();
  return {};
}

Result<std::string> ReadOverlay(std::string_view report) {
  // Depth is bounded: what JSON libraries do with a deep value is recursion.
  const Json::parser_callback_t bounded = [](int depth, Json::parse_event_t, Json&) { return depth < kDeepest; };
  const Json json = Json::parse(report, bounded, /*allow_exceptions=*/false);
  const Status wrong = BadInput("no report of freeze, int8 or undo (schema pdquant-model-report, version 1)");
  if (!json.is_object() || json.value("schema", Json()) != "pdquant-model-report" || json.value("version", Json()) != 1)
    return wrong;
  Json overlay = {{"weights", Json::array()}, {"kept", Json::array()}};
  if (!TakeAll(json, "weights", TakeWeight, &overlay) || !TakeAll(json, "kept", TakeKept, &overlay)) return wrong;
  return overlay.dump();
}

bool WriteModelsHtml(std::span<const ShownModel> models, const TextSink& sink) {
  HtmlPage page(sink);
  JsonDocument document("pdquant-models", Json::object(), page.Begin("models"));
  document.BeginList("models");
  for (const ShownModel& model : models) {
    if (!document.Add({{"title", NameText(TitleOfInput(model.path))},
                       {"summary", SummaryJson(*model.index, Summarize(*model.index))}}))
      return false;
  }
  document.EndList();
  document.End();
  page.End();
  return page.Finish();
}

}  // namespace pdquant
