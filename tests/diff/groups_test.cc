// What quantizing ops explain of the changes of other ops.
#include <gmock/gmock.h>

#include "diff/diff_testing.h"
#include "support/program_builder.h"

namespace pdquant::testing {
namespace {

constexpr char kQuantize[] = "fake_quantize_abs_max X=x : Out=xq OutScale=s\n";

// How many changes of ops that stay have a line of their own.
size_t OwnLines(const proto::ProgramDesc& a, const proto::ProgramDesc& b) {
  const Compared compared(a, b);
  const auto& changes = compared.diff().changes();
  return static_cast<size_t>(std::count_if(changes.begin(), changes.end(), [](const Change& change) {
    return change.what == Change::What::kOp && change.changed && change.leader == kNoChange;
  }));
}

size_t OwnLinesBothWays(const proto::ProgramDesc& a, const proto::ProgramDesc& b) {
  const size_t there = OwnLines(a, b);
  EXPECT_EQ(there, OwnLines(b, a));
  return there;
}

// The rest of the attribute that lists the variables is a change that the quantize op doesn't explain.
TEST(GroupsTest, TheRestOfAnAttribute) {
  const auto set = [](const std::string& name, int number, proto::OpDesc* op) {
    proto::OpDesc::Attr* attr = op->add_attrs();
    attr->set_name("op_role_var");
    attr->set_type(proto::STRINGS);
    attr->add_strings(name);
    attr->set_i(number);
  };
  proto::ProgramDesc a = BuildProgram("mul X=x : Out=y");
  set("x", 5, a.mutable_blocks(0)->mutable_ops(0));
  const proto::ProgramDesc base = BuildProgram(kQuantize + std::string("mul X=xq : Out=y"));
  proto::ProgramDesc same = base;
  set("xq", 5, same.mutable_blocks(0)->mutable_ops(1));
  EXPECT_EQ(OwnLinesBothWays(a, same), 0U);
  proto::ProgramDesc other = base;
  set("xq", 6, other.mutable_blocks(0)->mutable_ops(1));
  EXPECT_EQ(OwnLinesBothWays(a, other), 1U);
}

// Who reads a variable before it is quantized reads something else.
TEST(GroupsTest, MadeTooLate) {
  const proto::ProgramDesc a = BuildProgram("mul X=x : Out=y");
  const std::string reader = "mul X=xq : Out=y\n";
  EXPECT_EQ(OwnLinesBothWays(a, BuildProgram(kQuantize + reader)), 0U);
  EXPECT_EQ(OwnLinesBothWays(a, BuildProgram(reader + kQuantize)), 1U);
}

}  // namespace
}  // namespace pdquant::testing
