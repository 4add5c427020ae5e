#include "quantize/observe/observed_values.h"

#include <gmock/gmock.h>

#include "support/program_builder.h"
#include "support/programs.h"

namespace pdquant::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct Found {
  std::vector<std::string> values;  // "NAME in BLOCK, behind TYPE", "…, before TYPE"
  std::vector<std::string> left_out;
};

Found FindIn(std::string_view text) {
  const Program program = Load(BuildProgram(text));
  const Index index(program);
  Findings findings;
  const ObservedValues found = FindObservedValues(index, DefaultRules(DefaultSelection::kProducts), &findings);
  Found told;
  for (const ObservedValue& value : found.values) {
    told.values.push_back(index.NameOf(value.var) + " in " + std::to_string(value.block) +
                          (value.behind ? ", behind " : ", before ") + std::string(index.type(value.op)));
    EXPECT_EQ(program.BlockOfOp(value.op), value.block);
  }
  for (const auto& left_out : found.left_out) told.left_out.push_back(ToString(left_out.place) + ": " + left_out.why);
  return told;
}

// h is what the loop carries: products read it in each turn, and behind the loop.
TEST(ObservedValues, OfALoopAreMeasuredInEachTurn) {
  const Found found = FindIn(R"(
    var x float32[-1,8] need_check_feed
    var w float32[8,8] persistable
    var c bool[1]
    mul X=x Y=w : Out=h
    while X=h,w Condition=c : Out=h,c StepScopes=s | sub_block=block:1
    mul X=h Y=w : Out=y
    fetch X=y : Out=fetch | col=0
    block 0
    mul X=h Y=w : Out=g
    relu X=g : Out=r
    assign X=r : Out=h
  )");
  EXPECT_THAT(found.values, ElementsAre("x in 0, before mul", "h in 1, before mul", "g in 1, behind mul",
                                        "r in 1, behind relu", "h in 0, before mul", "y in 0, behind mul"));
  EXPECT_THAT(found.left_out, IsEmpty());
}

// Each branch measures what it reads, since it may be the only one that runs.
TEST(ObservedValues, OfBranchesAreMeasuredWhereTheyAreRead) {
  const Found found = FindIn(R"(
    var x float32[-1,8] need_check_feed
    var w float32[8,8] persistable
    var c bool[1]
    var a float32[-1,8]
    conditional_block Cond=c Input=x,w : Out=a Scope=s | sub_block=block:1 is_scalar_condition=true
    conditional_block Cond=c Input=x,a,w : Out=b Scope=t | sub_block=block:2 is_scalar_condition=true
    fetch X=x : Out=fetch | col=0
    block 0
    mul X=x Y=w : Out=a
    block 0
    mul X=x Y=w : Out=p
    mul X=a Y=w : Out=q
  )");
  EXPECT_THAT(found.values, ElementsAre("x in 1, before mul", "x in 2, before mul", "p in 2, behind mul",
                                        "a in 2, before mul", "q in 2, behind mul"));
  EXPECT_THAT(found.left_out, IsEmpty());
}

TEST(ObservedValues, ThatTheMainBlockReadsTooAreMeasuredThere) {
  const Found found = FindIn(R"(
    var x float32[-1,8] need_check_feed
    var w float32[8,8] persistable
    var c bool[1]
    var a float32[-1,8]
    conditional_block Cond=c Input=x,w : Out=a Scope=s | sub_block=block:1 is_scalar_condition=true
    mul X=x Y=w : Out=b
    conditional_block Cond=c Input=x,w : Out=d Scope=t | sub_block=block:2 is_scalar_condition=true
    fetch X=b : Out=fetch | col=0
    block 0
    mul X=x Y=w : Out=a
    block 0
    mul X=x Y=w : Out=d
  )");
  EXPECT_THAT(found.values,
              ElementsAre("a in 1, behind mul", "x in 0, before mul", "b in 0, behind mul", "d in 2, behind mul"));
}

// Nobody reads y: either branch may have written the value that is left. Behind them all, z is written again.
TEST(ObservedValues, TheLastValueIsThatOfEitherBranch) {
  const Found found = FindIn(R"(
    var x float32[-1,8] need_check_feed
    var w float32[8,8] persistable
    var c bool[1]
    var y float32[-1,8]
    var z float32[-1,8]
    mul X=x Y=w : Out=z
    conditional_block Cond=c Input=x,w : Out=y,z Scope=s | sub_block=block:1 is_scalar_condition=true
    conditional_block Cond=c Input=x,w : Out=y Scope=t | sub_block=block:2 is_scalar_condition=true
    mul X=x Y=w : Out=z
    fetch X=z : Out=fetch | col=0
    block 0
    mul X=x Y=w : Out=y
    mul X=x Y=w : Out=z
    block 0
    mul X=x Y=w : Out=y
    mul X=x Y=w : Out=y
  )");
  EXPECT_THAT(found.values,
              ElementsAre("x in 0, before mul", "y in 1, behind mul", "y in 2, behind mul", "z in 0, behind mul"));
}

TEST(ObservedValues, OfUnknownBodiesAreListed) {
  const Found found = FindIn(R"(
    var x float32[-1,8] need_check_feed
    var w float32[8,8] persistable
    pylayer Input=x,w : Out=y | forward_block=block:1
    fetch X=x : Out=fetch | col=0
    block 0
    mul X=x Y=w : Out=y
  )");
  EXPECT_THAT(found.values, IsEmpty());
  ASSERT_THAT(found.left_out, SizeIs(2));
  EXPECT_THAT(found.left_out[0], HasSubstr("from where nothing can be handed on to the main block"));
}

TEST(ObservedValues, OfBodiesTooDeepAreListed) {
  std::string text =
      "var x float32[-1,8] need_check_feed\nvar w float32[8,8] persistable\nvar c bool[1]\n"
      "fetch X=x : Out=fetch | col=0\n";
  for (int depth = 1; depth <= 10; ++depth) {
    text += "mul X=x Y=w : Out=y" + std::to_string(depth) + "\n";
    text += "conditional_block Cond=c Input=x,w : Out=z Scope=s | sub_block=block:" + std::to_string(depth) +
            " is_scalar_condition=true\nblock " + std::to_string(depth - 1) + "\n";
  }
  const Found found = FindIn(text + "assign X=x : Out=z\n");
  // x, and what is written in the main block and in 8 bodies; the outputs of the others.
  EXPECT_THAT(found.values, SizeIs(10));
  ASSERT_THAT(found.left_out, SizeIs(1));
  EXPECT_THAT(found.left_out[0], HasSubstr("more than 8 blocks deep"));
}

// The lists of a loop and of its gradient op have to agree.
TEST(ObservedValues, OfBodiesWithABackwardAreListed) {
  const Found found = FindIn(R"(
    var x float32[-1,8] need_check_feed
    var w float32[8,8] persistable
    var c bool[1]
    while X=x,w Condition=c : Out=y,c StepScopes=s | sub_block=block:1
    while_grad X=x,w Out=y StepScopes=s : X@GRAD=x@GRAD,w@GRAD | sub_block=block:2
    fetch X=x : Out=fetch | col=0
    block 0
    tanh X=x : Out=t
    mul X=t Y=w : Out=y
    block 0 1
    mul_grad X=t Y=w Out@GRAD=y@GRAD : X@GRAD=t@GRAD Y@GRAD=w@GRAD
  )");
  EXPECT_THAT(found.values, IsEmpty());
  ASSERT_THAT(found.left_out, SizeIs(2));
  EXPECT_THAT(found.left_out[0], HasSubstr("op 0 'while' runs, which has a backward or is one"));
}

}  // namespace
}  // namespace pdquant::testing
