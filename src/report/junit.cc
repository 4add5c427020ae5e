#include <map>
#include <pugixml.hpp>
#include <vector>

#include "base/words.h"
#include "report/escape_formats.h"
#include "report/report.h"

namespace pdquant {
namespace {

class Writer : public pugi::xml_writer {
 public:
  explicit Writer(std::string* text) : text_(text) {}
  void write(const void* data, size_t size) override { text_->append(static_cast<const char*>(data), size); }

 private:
  std::string* text_;
};

void Set(pugi::xml_node node, const char* name, std::string_view text) {
  node.append_attribute(name).set_value(XmlText(text).c_str());
}

void SetNumber(pugi::xml_node node, const char* name, size_t number) {
  node.append_attribute(name).set_value(std::to_string(number).c_str());
}

// What one input says to one rule.
struct Case {
  size_t errors = 0;
  std::string first;  // of those that are kept
  std::string failure;
  std::string output;
};

std::string FileOf(std::string_view path) { return path == "-" ? "standard input" : std::string(path); }

}  // namespace

bool WriteJunitReport(const Report& report, const TextSink& sink) {
  pugi::xml_document document;
  pugi::xml_node declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version").set_value("1.0");
  declaration.append_attribute("encoding").set_value("UTF-8");
  pugi::xml_node suite = document.append_child("testsuite");
  const std::string suite_name = "pdquant " + std::string(report.command);
  size_t tests = 0;
  size_t failures = 0;
  Set(suite, "name", suite_name);
  pugi::xml_attribute tests_attribute = suite.append_attribute("tests");
  pugi::xml_attribute failures_attribute = suite.append_attribute("failures");
  SetNumber(suite, "errors", 0);
  for (const ReportInput& input : report.inputs) {
    std::vector<std::string_view> order;
    std::map<std::string_view, Case> cases;
    const auto case_of = [&](std::string_view code) -> Case& {
      const auto [found, added] = cases.try_emplace(code);
      if (added) order.push_back(code);
      return found->second;
    };
    for (const ReportRule& rule : input.rules) case_of(rule.code);
    for (const Finding& finding : input.findings->all()) {
      Case& of = case_of(finding.code);
      const std::string line = XmlText(LineOf(finding)) + "\n";
      if (finding.level != Level::kError) {
        of.output += std::string(WordFor(finding.level)) + ": " + line;
      } else {
        if (of.errors++ == 0) of.first = line.substr(0, line.size() - 1);
        of.failure += line;
      }
    }
    for (const Level level : {Level::kError, Level::kWarning, Level::kNote}) {
      for (const auto& [code, count] : input.findings->left_out(level)) {
        Case& of = case_of(code);
        if (level == Level::kError) of.errors += count;
        (level == Level::kError ? of.failure : of.output) += "and " + Counted(count, WordFor(level)) + " more\n";
      }
    }
    for (const std::string_view code : order) {
      const Case& of = cases[code];
      pugi::xml_node node = suite.append_child("testcase");
      ++tests;
      Set(node, "classname", FileOf(input.path));
      Set(node, "name", code);
      if (of.errors != 0) {
        ++failures;
        pugi::xml_node failure = node.append_child("failure");
        std::string message = of.first.empty() ? Counted(of.errors, "error") : of.first;
        if (message == of.first && of.errors > 1) message += ", and " + std::to_string(of.errors - 1) + " more";
        failure.append_attribute("message").set_value(message.c_str());
        Set(failure, "type", code);
        failure.append_child(pugi::node_pcdata).set_value(of.failure.c_str());
      }
      if (!of.output.empty())
        node.append_child("system-out").append_child(pugi::node_pcdata).set_value(of.output.c_str());
    }
  }
  tests_attribute.set_value(std::to_string(tests).c_str());
  failures_attribute.set_value(std::to_string(failures).c_str());
  suite.append_child("system-out").append_child(pugi::node_pcdata).set_value(XmlText(report.summary).c_str());
  std::string text;
  Writer writer(&text);
  document.save(writer, "  ", pugi::format_default, pugi::encoding_utf8);
  return sink(text);
}

}  // namespace pdquant
