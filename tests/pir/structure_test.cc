#include <gmock/gmock.h>

#include "pir/pir_testing.h"
#include "pir/reader.h"

namespace pdquant::testing {
namespace {

using ::testing::HasSubstr;

std::string Reasons(std::string_view lines) {
  const ImportResult result = ImportText(lines);
  EXPECT_FALSE(result.program);
  return result.reasons;
}

TEST(PirStructure, ValuesHaveNumbersOfTheirOwn) {
  EXPECT_THAT(Reasons("%0:f32[1] = data x\nfetch 0 %0"), HasSubstr("a result has the number %0"));
  EXPECT_THAT(Reasons("%-3:f32[1] = data x\nfetch 0 %-3"), HasSubstr("a result has the number %-3"));
  EXPECT_THAT(Reasons("%1:f32[1] = data x\n%1:f32[1] = 1.relu %1\nfetch 0 %1"),
              HasSubstr("%1 is defined a second time"));
  EXPECT_THAT(Reasons("%2:f32[1] = 1.relu %1\n%1:f32[1] = data x\nfetch 0 %2"),
              HasSubstr("%1 is used before it is defined"));
}

// A value of one branch isn't there in the other, nor behind both.
TEST(PirStructure, ValuesEndWithTheirBlock) {
  constexpr std::string_view kOther = R"(
    %1:bool[1] = data c
    %2:f32[1] = data x
    %3:f32[1] = 1.if %1 {
      %4:f32[1] = 1.relu %2
      2.yield %4
    } {
      2.yield %4
    }
    fetch 0 %3)";
  EXPECT_THAT(Reasons(kOther), HasSubstr("the operand %4 is defined in another block, where it ends"));
  constexpr std::string_view kBehind = R"(
    %1:bool[1] = data c
    %2:f32[1] = data x
    %3:f32[1] = 1.if %1 {
      %4:f32[1] = 1.relu %2
      2.yield %4
    } {
      2.yield %2
    }
    %5:f32[1] = 1.relu %4
    fetch 0 %5)";
  EXPECT_THAT(Reasons(kBehind), HasSubstr("the operand %4 is defined in another block, where it ends"));
}

TEST(PirStructure, BlocksEndWithAYield) {
  constexpr std::string_view kMissing = R"(
    %1:bool[1] = data c
    %3:f32[1] = 1.if %1 {
      %4:f32[1] = 1.relu %1
    } {
      2.yield %1
    }
    fetch 0 %3)";
  EXPECT_THAT(Reasons(kMissing), HasSubstr("a block doesn't end with a yield"));
  EXPECT_THAT(Reasons("%1:f32[1] = data x\n2.yield %1\nfetch 0 %1"), HasSubstr("a yield in the main block"));
  constexpr std::string_view kNotLast = R"(
    %1:bool[1] = data c
    %3:bool[1] = 1.if %1 {
      2.yield %1
      2.yield %1
    } {
      2.yield %1
    }
    fetch 0 %3)";
  EXPECT_THAT(Reasons(kNotLast), HasSubstr("a yield that isn't the last op of its block"));
}

TEST(PirStructure, RegionsAreThoseOfTheOp) {
  EXPECT_THAT(Reasons("%1:bool[1] = data c\n%2:bool[1] = 1.if %1 {\n2.yield %1\n}\nfetch 0 %2"),
              HasSubstr("has 1 region in the place of two"));
  EXPECT_THAT(Reasons("%1:f32[1] = data x\n%2:f32[1] = 1.relu %1 {\n2.yield %1\n}\nfetch 0 %2"),
              HasSubstr("the op has regions, which only if and while may have"));
  EXPECT_THAT(
      Reasons("%1:bool[1] = data c\n%2:f32[1] = data x\n%3:f32[1] = 1.while %1 %2 {\n2.yield %1 %2\n}\nfetch 0 %3"),
      HasSubstr("as many operands behind its condition as arguments and results"));
}

TEST(PirStructure, ListsHaveTheirMembers) {
  EXPECT_THAT(Reasons("%1:f32[2] = data x\n%2:list(f32[2]) = 0.combine %1 %1\nfetch 0 %1"),
              HasSubstr("a list of 1 member is made of 2 operands"));
  EXPECT_THAT(Reasons("%1:f32[2] = data x\n%2:f32[2] = 0.split %1\nfetch 0 %2"), HasSubstr("its operand is no list"));
  EXPECT_THAT(Reasons("%1:f32[2] = data x\n%2:list(f32[2]) = 0.combine %1\n%3:f32[2] = 1.relu %2\nfetch 0 %3"),
              HasSubstr("operand 0 is a list, and has to be a tensor"));
}

// Paddle multiplies all dimensions of what it flattens; no other number below -1 is one of its own.
TEST(PirStructure, AnUnknownDimensionMayBeMultiplied) {
  const auto lines = [](const std::string& dim) {
    return "%1:f32[-1,6] = data x\n%2:f32[" + dim + "] = 1.abs %1\n%3:f32[-1] = 1.relu %2\nfetch 0 %3";
  };
  EXPECT_TRUE(ImportText(lines("-6")).program);
  EXPECT_THAT(Reasons(lines("-5")), HasSubstr("the operand %2 has the dimension -5; -1 stands for any"));
}

TEST(PirStructure, NamesAreTheirOwn) {
  EXPECT_THAT(Reasons("%1:f32[1] = data x\n%2:f32[1] = data x\nfetch 0 %1\nfetch 1 %2"),
              HasSubstr("an input with a name that another parameter or input has: 'x'"));
  // An input of Paddle's translator of older programs.
  EXPECT_THAT(Reasons("%1:f32[1] = data x\n%2:f32[1] = 1.feed | name=str:x col=i32:1\nfetch 0 %1\nfetch 1 %2"),
              HasSubstr("an input with a name that another parameter or input has: 'x'"));
  EXPECT_THAT(Reasons("%1:f32[1] = 1.feed | name=str: col=i32:0\nfetch 0 %1"), HasSubstr("an input without a name"));
}

TEST(PirStructure, NamesHoldNoZeroByte) {
  const std::string name = R"(name=json:{"#":"0.a_str","D":"a\u0000b"} col=i32:0)";
  EXPECT_THAT(Reasons("%1:f32[1] = 1.feed | " + name + "\nfetch 0 %1"),
              HasSubstr("an input whose name holds a zero byte: 'a\\x00b'"));
  EXPECT_THAT(Reasons("%1:f32[1] = data x\n1.fetch %1 | " + name),
              HasSubstr("an output whose name holds a zero byte: 'a\\x00b'"));
}

// All of it is told in one run.
TEST(PirStructure, TellsEverything) {
  const std::string reasons = Reasons(R"(
    %1:f32[1] = data x
    %1:f32[1] = data x
    %3:f32[1] = 1.relu %9
    %4:f32[1] = 1.relu_grad %1
    %5:f32[1] = 1.rely %1
    fetch 0 %3)");
  for (const char* text : {"%1 is defined a second time", "another parameter or input has", "%9 is defined nowhere",
                           "an op of training", "'pd_op.rely': is an op that has no known counterpart"}) {
    EXPECT_THAT(reasons, HasSubstr(text));
  }
}

}  // namespace
}  // namespace pdquant::testing
