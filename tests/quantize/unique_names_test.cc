#include "quantize/unique_names.h"

#include <gtest/gtest.h>

#include <string>

#include "support/program_builder.h"
#include "support/programs.h"

namespace pdquant {
namespace {

TEST(UniqueNames, NumbersWhatIsTaken) {
  const Program program = testing::Load(testing::BuildProgram("mul X=x Y=w : Out=y\nmul X=y Y=w_2 : Out=z"));
  const Index index(program);
  UniqueNames names(index);
  EXPECT_EQ(names.New("v"), "v");
  EXPECT_EQ(names.New("w"), "w_1");
  EXPECT_EQ(names.New("w"), "w_3");  // the program has w_2
  EXPECT_EQ(names.New("w_4"), "w_4");
  EXPECT_EQ(names.New("w"), "w_5");
  EXPECT_EQ(names.New("w_2"), "w_2_1");
  EXPECT_EQ(names.New("w_2_1"), "w_2_1_1");
}

}  // namespace
}  // namespace pdquant
