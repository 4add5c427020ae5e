#include "diff/comparer.h"

#include <gmock/gmock.h>

#include "diff/diff_testing.h"
#include "support/program_builder.h"

namespace pdquant::testing {
namespace {

using ::testing::ElementsAre;

// The names of what differs in the one op that changes, which don't depend on which program comes first.
std::vector<std::string> ChangesOf(const proto::ProgramDesc& a, const proto::ProgramDesc& b,
                                   const DiffOptions& options) {
  const auto names = [&](const proto::ProgramDesc& first, const proto::ProgramDesc& second) {
    const Compared compared(first, second, options);
    std::vector<std::string> found;
    for (const Change& change : compared.diff().changes()) {
      for (const Difference& difference : compared.diff().Differences(change)) found.push_back(difference.name);
    }
    return found;
  };
  EXPECT_EQ(names(a, b), names(b, a));
  return names(a, b);
}

DiffOptions Ignore(std::vector<std::string> patterns) {
  DiffOptions options;
  options.ignore = IgnoreRules(std::move(patterns));
  return options;
}

// An op may become one of another type: a rule for either type covers it.
TEST(ComparerTest, RulesForATypeThatChanges) {
  const proto::ProgramDesc a = BuildProgram("relu X=x : Out=y | k=1");
  const proto::ProgramDesc b = BuildProgram("gelu X=x : Out=y | k=2");
  EXPECT_THAT(ChangesOf(a, b, Ignore({})), ElementsAre("type", "k"));
  EXPECT_THAT(ChangesOf(a, b, Ignore({"relu.k"})), ElementsAre("type"));
  EXPECT_THAT(ChangesOf(a, b, Ignore({"gelu.k"})), ElementsAre("type"));
}

// Where only one of two ops runs a block, the order of what both read counts, whichever comes first.
TEST(ComparerTest, OnlyOneRunsABlock) {
  DiffOptions options = DefaultOptions();
  options.ignore_names = true;
  const proto::ProgramDesc a = BuildProgram("while X=x,y : Out=z | sub_block=block:1\nblock 0");
  const proto::ProgramDesc b = BuildProgram("while X=y,x : Out=z");
  EXPECT_THAT(ChangesOf(a, b, options), ElementsAre("X", "X", "sub_block"));
}

TEST(ComparerTest, UnknownFieldsOfTheProgram) {
  const proto::ProgramDesc a = BuildProgram("relu X=x : Out=y");
  const std::string bytes = a.SerializeAsString();
  // Field 1000 of the program, and of its op_version_map.
  for (const std::string& unknown : {std::string("\xc0\x3e\x07"), std::string("\x2a\x03\xc0\x3e\x07")}) {
    EXPECT_FALSE(Compared(bytes, bytes + unknown, Ignore({})).equal());
    EXPECT_TRUE(Compared(bytes, bytes + unknown, Ignore({"unknown"})).equal());
    EXPECT_TRUE(Compared(bytes + unknown, bytes, Ignore({"unknown"})).equal());
  }
}

}  // namespace
}  // namespace pdquant::testing
