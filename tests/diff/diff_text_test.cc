#include "diff/diff_text.h"

#include <gmock/gmock.h>

#include "base/escape.h"
#include "diff/diff_testing.h"
#include "support/program_builder.h"

namespace pdquant::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// The heading of a block is cut between two characters, however the name begins.
TEST(DiffTextTest, HeadingsAreWholeCharacters) {
  for (const char* begin_of : {"", "a", "ab"}) {
    const std::string begin = begin_of;
    std::string name = begin;
    for (const size_t count : {84U, 200U}) {
      while (name.size() < begin.size() + 2 * count) name += "\u00f6";
      const auto program = [&](const std::string& value) {
        return BuildProgram("while : Out=" + name + " | sub_block=block:1\nblock 0\nrelu X=x : Out=y | k=" + value);
      };
      const std::string text = Compared(program("1"), program("2")).Text();
      EXPECT_THAT(text, HasSubstr("in block 'while:" + begin + "\u00f6"));
      EXPECT_TRUE(IsUtf8(text)) << text;
      EXPECT_THAT(text, Not(HasSubstr("\\x"))) << text;
    }
  }
}

// Unknown fields of a slot that comes in two parts: nothing stands before the first of them.
TEST(DiffTextTest, UnknownFieldsOfASecondPart) {
  proto::ProgramDesc a = BuildProgram("relu X=x : Out=y");
  *a.mutable_blocks(0)->mutable_ops(0)->add_inputs() = a.blocks(0).ops(0).inputs(0);
  proto::ProgramDesc b = a;
  // Field 1000.
  proto::OpDesc::Var* second = b.mutable_blocks(0)->mutable_ops(0)->mutable_inputs(1);
  second->GetReflection()->MutableUnknownFields(second)->AddVarint(1000, 7);
  EXPECT_THAT(Compared(a, b).Text(), HasSubstr("in X added: unknown 1000: varint 7"));
}

}  // namespace
}  // namespace pdquant::testing
