#include "report/report.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include "report/escape_formats.h"

namespace pdquant {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Json = nlohmann::json;

using Writer = bool (*)(const Report&, const TextSink&);

std::string Write(Writer write, const Report& report) {
  std::string text;
  EXPECT_TRUE(write(report, [&](std::string_view piece) {
    text += piece;
    return true;
  }));
  return text;
}

Place OpPlace() {
  Place place;
  place.block = 0;
  place.op = 39;
  place.op_type = "conv2d";
  place.part = "input 'Filter'";
  place.variable = "w\x1b\xff";
  return place;
}

class ReportTest : public ::testing::Test {
 protected:
  ReportTest() {
    report_.command = "check";
    report_.exit_code = 1;
    report_.summary = "'m': 1 error, 1 warning";
    findings_.Warning("no-version", {}, "no version");
    findings_.Error("undeclared-variable", OpPlace(), "is not there", "export it again");
    report_.inputs.push_back({"a dir/m,:%\n.pb",
                              &findings_,
                              {{"undeclared-variable", Level::kError, "a name is declared nowhere", "Declare it."},
                               {"sub-block", Level::kError, "a block is not there", "Make it."}}});
  }

  Findings findings_;
  Report report_;
};

TEST_F(ReportTest, Json) {
  const Json json = Json::parse(Write(WriteJsonReport, report_));
  EXPECT_EQ(json["schema"], "pdquant-check-report");
  EXPECT_EQ(json["errors"], 1);
  EXPECT_EQ(json["warnings"], 1);
  ASSERT_EQ(json["findings"].size(), 2U);
  EXPECT_EQ(json["findings"][0]["place"], Json::object());
  const Json expected = {
      {"code", "undeclared-variable"},
      {"level", "error"},
      {"file", "a dir/m,:%\n.pb"},
      {"place",
       {{"block", 0}, {"op", 39}, {"op_type", "conv2d"}, {"part", "input 'Filter'"}, {"variable", "w\x1b\\xff"}}},
      {"text", "is not there"},
      {"hint", "export it again"}};
  EXPECT_EQ(json["findings"][1], expected);
}

TEST_F(ReportTest, GithubHasTheSummaryFirstAndTheWorstNext) {
  EXPECT_EQ(Write(WriteGithubReport, report_),
            "::error title=pdquant check::'m': 1 error, 1 warning\n"
            "::error file=a dir/m%2C%3A%25%0A.pb,title=undeclared-variable::block 0, op 39 'conv2d', input 'Filter', "
            "variable 'w\\x1b\\xff': is not there; export it again\n"
            "::warning file=a dir/m%2C%3A%25%0A.pb,title=no-version::no version\n");
}

TEST_F(ReportTest, GithubHasTenLinesAtMost) {
  for (int i = 0; i < 30; ++i) findings_.Error("sub-block", {}, "again");
  const std::string text = Write(WriteGithubReport, report_);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 10);
  EXPECT_THAT(text, Not(HasSubstr("::warning")));
}

TEST_F(ReportTest, Sarif) {
  const Json json = Json::parse(Write(WriteSarifReport, report_));
  EXPECT_EQ(json["version"], "2.1.0");
  const Json& run = json["runs"][0];
  const Json& rules = run["tool"]["driver"]["rules"];
  ASSERT_EQ(rules.size(), 3U);  // two that were looked at, and one that came up
  EXPECT_EQ(rules[0]["help"]["text"], "Declare it.");
  EXPECT_EQ(rules[2]["id"], "no-version");
  const Json& result = run["results"][1];
  EXPECT_EQ(result["ruleId"], "undeclared-variable");
  EXPECT_EQ(result["ruleIndex"], 0);
  EXPECT_EQ(result["level"], "error");
  const Json& location = result["locations"][0];
  EXPECT_EQ(location["physicalLocation"]["artifactLocation"]["uri"], "a%20dir/m%2C%3A%25%0A.pb");
  EXPECT_EQ(location["logicalLocations"][0]["fullyQualifiedName"], "block 0/op 39/input 'Filter'/variable w\x1b\\xff");
  EXPECT_EQ(run["results"][0]["locations"][0]["logicalLocations"][0]["name"], "program");
}

TEST_F(ReportTest, Junit) {
  const std::string text = Write(WriteJunitReport, report_);
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(text.c_str()));
  const pugi::xml_node suite = document.child("testsuite");
  EXPECT_EQ(suite.attribute("tests").as_int(), 3);
  EXPECT_EQ(suite.attribute("failures").as_int(), 1);
  const pugi::xml_node broken = suite.find_child_by_attribute("name", "undeclared-variable");
  EXPECT_STREQ(broken.child("failure").attribute("message").value(),
               "block 0, op 39 'conv2d', input 'Filter', variable 'w\\x1b\\xff': is not there; export it again");
  EXPECT_STREQ(broken.attribute("classname").value(), "a dir/m,:%\\n.pb");
  EXPECT_FALSE(suite.find_child_by_attribute("name", "sub-block").first_child());
  EXPECT_STREQ(suite.find_child_by_attribute("name", "no-version").child("system-out").text().get(),
               "warning: no version\n");
  EXPECT_THAT(text, StartsWith("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"));
}

// What isn't kept of very many findings is counted all the same, for each rule.
TEST_F(ReportTest, MoreThanIsKept) {
  Findings findings(2);
  for (int i = 0; i < 5; ++i) findings.Error("sub-block", {}, "again");
  for (int i = 0; i < 3; ++i) findings.Error("undeclared-variable", {}, "too late");
  for (int i = 0; i < 4; ++i) findings.Warning("no-version", {}, "no version");
  report_.inputs[0].findings = &findings;
  const std::string text = Write(WriteJunitReport, report_);
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(text.c_str()));
  const pugi::xml_node suite = document.child("testsuite");
  const auto failure = [&](const char* rule) { return suite.find_child_by_attribute("name", rule).child("failure"); };
  EXPECT_STREQ(failure("sub-block").attribute("message").value(), "again, and 4 more");
  EXPECT_STREQ(failure("sub-block").text().get(), "again\nagain\nand 3 errors more\n");
  EXPECT_STREQ(failure("undeclared-variable").attribute("message").value(), "3 errors");
  EXPECT_STREQ(suite.find_child_by_attribute("name", "no-version").child("system-out").text().get(),
               "warning: no version\nwarning: no version\nand 2 warnings more\n");
  const Json run = Json::parse(Write(WriteSarifReport, report_))["runs"][0];
  EXPECT_EQ(run["results"].size(), 4U);
  const Json& notifications = run["invocations"][0]["toolExecutionNotifications"];
  ASSERT_EQ(notifications.size(), 2U);
  EXPECT_EQ(notifications[0]["level"], "error");
  EXPECT_EQ(notifications[0]["message"]["text"], "6 errors more, left out of the results");
  EXPECT_EQ(notifications[1]["message"]["text"], "2 warnings more, left out of the results");
}

TEST_F(ReportTest, StandardInput) {
  report_.inputs[0].path = "-";
  EXPECT_THAT(Write(WriteGithubReport, report_), HasSubstr("\n::error title=undeclared-variable::"));
  const Json json = Json::parse(Write(WriteSarifReport, report_));
  EXPECT_EQ(json["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "stdin");
}

TEST(EscapeFormats, Uri) {
  EXPECT_EQ(UriOfPath("/a b/\xc3\xa4"), "file:///a%20b/%C3%A4");
  EXPECT_EQ(UriOfPath("a:b"), "a%3Ab");
}

TEST(EscapeFormats, XmlHoldsNoControlCharacters) { EXPECT_EQ(XmlText(std::string("a\0\x08<", 4)), "a\\x00\\x08<"); }

}  // namespace
}  // namespace pdquant
