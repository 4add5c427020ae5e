

#include "paddle/op_role.h"

#include <gmock/gmock.h>

#include <map>

#include "support/programs.h"

namespace pdquant {
namespace {

// The program of an op of that type, with or without a role, that writes `out` through `slot`.
OpPart PartOfOne(const std::string& type, const std::string& slot, const std::string& out, int32_t role) {
  proto::ProgramDesc message = testing::ParseText("blocks { idx: 0 parent_idx: -1 }");
  proto::OpDesc* op = message.mutable_blocks(0)->add_ops();
  op->set_type(type);
  proto::OpDesc::Var* outputs = op->add_outputs();
  outputs->set_parameter(slot);
  outputs->add_arguments(out);
  if (role >= 0) {
    proto::OpDesc::Attr* attr = op->add_attrs();
    attr->set_name("op_role");
    attr->set_type(proto::INT);
    attr->set_i(role);
  }
  const Program program = testing::Load(message);
  return PartOf(Index(program), 0);
}

TEST(OpRoleTest, TheAttributeDecides) {
  EXPECT_EQ(PartOfOne("mul", "Out", "b", 0), OpPart::kForward);
  EXPECT_EQ(PartOfOne("mul", "Out", "b", 256), OpPart::kForward);
  EXPECT_EQ(PartOfOne("sum", "Out", "b", 1), OpPart::kBackward);
  EXPECT_EQ(PartOfOne("fill_constant", "Out", "b", 257), OpPart::kBackward);
  EXPECT_EQ(PartOfOne("sgd", "ParamOut", "w", 2), OpPart::kOptimizer);
  EXPECT_EQ(PartOfOne("send", "Out", "w", 4), OpPart::kOptimizer);
  EXPECT_EQ(PartOfOne("increment", "Out", "c", 16), OpPart::kLearningRate);
  EXPECT_EQ(PartOfOne("mul_grad", "X@GRAD", "b@GRAD", 0), OpPart::kForward);
}

TEST(OpRoleTest, WithoutTheAttributeWhatTheOpWritesDecides) {
  EXPECT_EQ(PartOfOne("mul", "Out", "b", -1), OpPart::kForward);
  EXPECT_EQ(PartOfOne("scale", "Out", "b@GRAD", -1), OpPart::kBackward);
  EXPECT_EQ(PartOfOne("while_grad", "X@GRAD", "@EMPTY@", -1), OpPart::kBackward);
  EXPECT_EQ(PartOfOne("sgd", "ParamOut", "w", -1), OpPart::kOptimizer);
}

// Paddle 1.8.5 wrote the roles of this program: without them, each op is still found in its part.
TEST(OpRoleTest, ARealProgramWithoutRoles) {
  proto::ProgramDesc message = testing::ParseMessage(testing::ReadFile(testing::MainOf("mlp")));
  const auto parts = [&] {
    const Program program = testing::Load(message);
    const Index index(program);
    std::vector<OpPart> found;
    for (OpId op = 0; op < program.op_count(); ++op) found.push_back(PartOf(index, op));
    return found;
  };
  const std::vector<OpPart> with_roles = parts();
  for (proto::OpDesc& op : *message.mutable_blocks(0)->mutable_ops()) {
    auto* attrs = op.mutable_attrs();
    for (int i = attrs->size() - 1; i >= 0; --i) {
      if (attrs->Get(i).name() == "op_role") attrs->DeleteSubrange(i, 1);
    }
  }
  EXPECT_EQ(parts(), with_roles);
  EXPECT_THAT(with_roles, ::testing::Contains(OpPart::kBackward));
  EXPECT_THAT(with_roles, ::testing::Contains(OpPart::kOptimizer));
}

}  // namespace
}  // namespace pdquant
