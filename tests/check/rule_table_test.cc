#include "check/rule_table.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <regex>
#include <set>

#include "support/programs.h"

namespace pdquant {
namespace {

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

}  // namespace
}  // namespace pdquant
