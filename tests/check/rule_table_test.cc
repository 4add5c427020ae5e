#include "check/rule_table.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

#include "support/programs.h"

namespace pdquant {
namespace {

constexpr char kPage[] = PDQUANT_SOURCE "/docs/reference/messages.md";

std::string RowsOf(RuleGroup group) {
  std::string rows = "\n| code | level | |\n|---|---|---|\n";
  for (const Rule& rule : Rules()) {
    if (rule.group != group) continue;
    const std::string level = rule.level == Level::kError     ? "error"
                              : rule.level == Level::kWarning ? "warning"
                                                              : "note";
    rows += "| `" + std::string(rule.code) + "` | " + level + " | " + std::string(rule.summary) + " |\n";
  }
  return rows;
}

TEST(RuleTable, EveryRuleIsWhole) {
  std::set<std::string_view> codes;
  for (const Rule& rule : Rules()) {
    EXPECT_TRUE(codes.insert(rule.code).second) << rule.code << " comes twice";
    EXPECT_FALSE(rule.summary.empty() || rule.summary.ends_with('.')) << rule.code;
    EXPECT_TRUE(rule.why.ends_with('.')) << rule.code;
    EXPECT_FALSE(rule.example.empty()) << rule.code;
    EXPECT_EQ(FindRule(rule.code), &rule);
  }
  EXPECT_EQ(FindRule("nothing"), nullptr);
}

// The codes in the sources, as they are handed to Findings.
TEST(RuleTable, HasEveryCodeThatTheLibrariesUse) {
  const std::regex call(R"re((Error|Warning|Note|Add|fail)\(\s*"([a-z]+(-[a-z]+)+)"\s*,)re");
  size_t found = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(PDQUANT_SOURCE "/src")) {
    if (entry.path().extension() != ".cc") continue;
    const std::string text = testing::ReadFile(entry.path().string());
    for (std::sregex_iterator match(text.begin(), text.end(), call), end; match != end; ++match, ++found) {
      EXPECT_NE(FindRule((*match)[2].str()), nullptr) << entry.path() << ": " << (*match)[2];
    }
  }
  EXPECT_GT(found, 40U);
}

// The page has the table, a group under each heading. PDQUANT_UPDATE=1 in the environment writes it there, and fails.
TEST(RuleTable, IsInThePageOfMessages) {
  const std::string page = testing::ReadFile(kPage);
  std::string expected = page;
  for (const auto& [group, heading] : {std::pair(RuleGroup::kProgram, "### Of any program"),
                                       {RuleGroup::kQuantization, "### Of a quantized program"},
                                       {RuleGroup::kParameters, "### Of parameters"},
                                       {RuleGroup::kTarget, "### Of a runtime"},
                                       {RuleGroup::kPir, "### Of a program of Paddle 3"},
                                       {RuleGroup::kImport, "### Of an import"},
                                       {RuleGroup::kRewrite, "### Of a rewrite"},
                                       {RuleGroup::kRun, "### Of any command"}}) {
    const size_t at = expected.find(std::string(heading) + "\n");
    ASSERT_NE(at, std::string::npos) << heading;
    const size_t begin = expected.find("\n| code |", at);
    const size_t end = expected.find("\n\n", begin);
    ASSERT_NE(end, std::string::npos) << heading;
    expected.replace(begin, end + 1 - begin, RowsOf(group));
  }
  if (std::getenv("PDQUANT_UPDATE") != nullptr) std::ofstream(kPage) << expected;
  EXPECT_EQ(page, expected) << "PDQUANT_UPDATE=1 rewrites the page";
}

}  // namespace
}  // namespace pdquant
