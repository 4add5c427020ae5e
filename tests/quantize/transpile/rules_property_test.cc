// Whatever the rules say, a program computes the same when nothing is rounded, and undo brings it back.
#include <gmock/gmock.h>

#include <array>

#include "quantize/freeze/model_rewrite.h"
#include "quantize/rules/rule_words.h"
#include "quantize/rules/rules_file.h"
#include "quantize/transpile/transpile_testing.h"
#include "support/interpreter.h"
#include "support/quantized_structure.h"
#include "support/random_program.h"

namespace pdquant {
namespace {

using ::testing::IsEmpty;
using testing::Transpile;
using testing::Transpiled;

SelectionRules RulesOf(uint32_t number) {
  constexpr std::array<const char*, 4> kTypes = {"+scale,+elementwise_add", "scale,mul", "elementwise_add", "*"};
  constexpr std::array<const char*, 5> kFiles = {
      "",
      "[[rule]]\nvariable = '*1'\nactivation-bits = 4\nweight-bits = 5\n",
      "[[rule]]\nvariable-regex = 't[0-4]'\nkeep = 'float'\n[[rule]]\nvariable = 'x*'\nactivation-bits = 3\n",
      "[[rule]]\nblock = 1\nkeep = 'float'\n[[rule]]\nop = 2\nactivation-bits = 6\n",
      "[[rule]]\ntype = 'mul'\nvariable = 'w0'\nweight-bits = 2\n[[rule]]\nblock = 0\n"
      "activation-quantize-type = 'moving_average_abs_max'\n",
  };
  RuleWords words;
  if (number % 5 != 0) words.op_types = {kTypes[number % kTypes.size()]};
  words.products = number % 3 == 0;
  if (number % 7 == 1) words.skip = {"w1", "type:scale"};
  if (number % 7 == 2) words.only = {"t*"};
  SelectionRules rules = *RulesOfWords(words);
  const SelectionRules more = *ReadRules(*TomlFile::Parse("r.toml", kFiles[number % kFiles.size()]));
  rules.insert(rules.end(), more.begin(), more.end());
  return rules;
}

std::vector<std::string> CheckFindings(const std::string& bytes) {
  Findings findings;
  const Program program = testing::Load(bytes, &findings);
  CheckProgram(Index(program), &findings);
  std::vector<std::string> texts;
  for (const Finding& finding : findings.all()) {
    if (finding.code != "unwritten-result") texts.push_back(ToString(finding.place) + ": " + finding.text);
  }
  return texts;
}

TEST(RulesPropertyTest, RandomPrograms) {
  size_t pairs = 0;
  size_t kept = 0;
  for (uint32_t seed = 0; seed < 600; ++seed) {
    SCOPED_TRACE(seed);
    const proto::ProgramDesc program = testing::RandomProgram(testing::RandomBytes(seed, 400));
    const std::string bytes = program.SerializeAsString();
    TranspileOptions options;
    options.rules = RulesOf(seed);
    const Transpiled result = Transpile(bytes, nullptr, options);
    ASSERT_TRUE(result.status.ok()) << result.status.message();
    EXPECT_THAT(CheckFindings(result.main), IsEmpty());
    const proto::ProgramDesc after = testing::ParseMessage(result.main);
    EXPECT_THAT(testing::ListProblems(after), IsEmpty());
    EXPECT_TRUE(testing::Interpret(after, 2).trace == testing::Interpret(program, 2).trace);
    EXPECT_EQ(testing::Interpret(after, 2).undefined, 0);
    if (result.outcome == Outcome::kChanged) {
      Findings findings;
      const Result<RewrittenModel> undone =
          RewriteModel({ModelRewrite::kUndo}, testing::Load(result.main), nullptr, &findings);
      ASSERT_TRUE(undone.ok()) << undone.status().message();
      EXPECT_TRUE(undone->program.bytes() == bytes);
    }
    if (::testing::Test::HasFailure()) FAIL() << program.DebugString();
    pairs += result.report.pairs.size();
    kept += result.report.kept.size();
  }
  EXPECT_GT(pairs, 5000U);
  EXPECT_GT(kept, 1000U);
}

}  // namespace
}  // namespace pdquant
