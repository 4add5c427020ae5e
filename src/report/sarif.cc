#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/version.h"
#include "base/words.h"
#include "report/escape_formats.h"
#include "report/report.h"

namespace pdquant {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<Level, 3> kLevels = {Level::kError, Level::kWarning, Level::kNote};
constexpr char kSchema[] = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

class SarifWriter {
 public:
  SarifWriter(const Report& report, const TextSink& sink) : report_(report), buffer_(sink) {
    for (const ReportInput& input : report.inputs) {
      for (const ReportRule& rule : input.rules) AddRule(rule);
      for (const Finding& finding : input.findings->all()) AddRule({finding.code, finding.level, "", ""});
      for (const Level level : kLevels) {
        for (const auto& [code, count] : input.findings->left_out(level)) AddRule({code, level, "", ""});
      }
    }
  }

  // Result by result, since there may be many.
  bool Write() {
    std::string* text = buffer_.text();
    *text = Json({{"$schema", kSchema}, {"version", "2.1.0"}}).dump(2);
    text->resize(text->rfind('\n'));
    *text += ",\n  \"runs\": [{\n    \"tool\": " + Json({{"driver", Driver()}}).dump() +
             ",\n    \"invocations\": " + Json::array({Invocation()}).dump() + ",\n    \"results\": [";
    bool first = true;
    for (const ReportInput& input : report_.inputs) {
      for (const Finding& finding : input.findings->all()) {
        *text += (first ? "\n      " : ",\n      ") + Result(input.path, finding).dump();
        first = false;
        if (!buffer_.Flow()) return false;
      }
    }
    *text += "]\n  }]\n}\n";
    return buffer_.Flush();
  }

 private:
  void AddRule(const ReportRule& rule) {
    if (number_of_.emplace(rule.code, rules_.size()).second) rules_.push_back(rule);
  }

  Json Driver() const {
    Json rules = Json::array();
    for (const ReportRule& rule : rules_) {
      Json json = {{"id", rule.code}};
      if (!rule.summary.empty()) json["shortDescription"] = {{"text", rule.summary}};
      json["help"] = {{"text", rule.help.empty() ? rule.code : rule.help}};
      json["defaultConfiguration"] = {{"level", WordFor(rule.level)}};
      rules.push_back(std::move(json));
    }
    return {{"name", "pdquant"}, {"semanticVersion", kPdquantVersion}, {"rules", std::move(rules)}};
  }

  Json Invocation() const {
    Json json = {{"executionSuccessful", report_.can_load},
                 {"exitCode", report_.exit_code},
                 {"exitCodeDescription", report_.summary}};
    for (const Level level : kLevels) {
      size_t left_out = 0;
      for (const ReportInput& input : report_.inputs) {
        for (const auto& [code, count] : input.findings->left_out(level)) left_out += count;
      }
      if (left_out == 0) continue;
      const std::string text = Counted(left_out, WordFor(level)) + " more, left out of the results";
      json["toolExecutionNotifications"].push_back({{"level", WordFor(level)}, {"message", {{"text", text}}}});
    }
    return json;
  }

  static Json Logical(std::string name, const char* kind, std::string* whole) {
    *whole += (whole->empty() ? "" : "/") + name;
    return {{"name", std::move(name)}, {"fullyQualifiedName", *whole}, {"kind", kind}};
  }

  // The innermost that is known, with all that it is in as its full name.
  static Json LogicalLocations(const Place& place) {
    std::string whole;
    Json location;
    if (place.block >= 0) location = Logical("block " + std::to_string(place.block), "module", &whole);
    if (place.op >= 0) location = Logical("op " + std::to_string(place.op), "function", &whole);
    if (!place.path.empty()) location = Logical(place.path, "member", &whole);
    if (!place.part.empty()) location = Logical(place.part, "parameter", &whole);
    if (!place.variable.empty()) location = Logical("variable " + NameText(place.variable), "variable", &whole);
    if (location.is_null()) location = Logical("program", "module", &whole);
    return Json::array({std::move(location)});
  }

  Json Result(std::string_view path, const Finding& finding) const {
    Json physical = {{"artifactLocation", {{"uri", path == "-" ? "stdin" : UriOfPath(path)}}}};
    if (finding.place.offset >= 0) physical["region"] = {{"byteOffset", finding.place.offset}};
    return {{"ruleId", finding.code},
            {"ruleIndex", number_of_.at(finding.code)},
            {"level", WordFor(finding.level)},
            {"message", {{"text", LineOf(finding)}}},
            {"locations", Json::array({{{"physicalLocation", std::move(physical)},
                                        {"logicalLocations", LogicalLocations(finding.place)}}})}};
  }

  const Report& report_;
  TextBuffer buffer_;
  std::vector<ReportRule> rules_;
  std::map<std::string_view, size_t> number_of_;
};

}  // namespace

bool WriteSarifReport(const Report& report, const TextSink& sink) { return SarifWriter(report, sink).Write(); }

}  // namespace pdquant
