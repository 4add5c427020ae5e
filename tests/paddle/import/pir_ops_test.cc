#include "paddle/import/pir_ops.h"

#include <gmock/gmock.h>

#include <set>

#include "paddle/import/program_defaults.h"

namespace pdquant {
namespace {

TEST(PirOps, RowsAreSortedAndWhole) {
  const auto& ops = PirOps();
  EXPECT_EQ(ops.size(), 268U);
  for (size_t i = 1; i < ops.size(); ++i) EXPECT_LT(ops[i - 1].name, ops[i].name);
  for (const PirOp& op : ops) {
    EXPECT_EQ(FindPirOp(op.name), &op);
    // An op has a counterpart, or somebody who imports it by hand.
    EXPECT_TRUE(!op.legacy.empty() || !op.how.empty()) << op.name;
    EXPECT_TRUE(!op.overwrites || op.name.ends_with('_')) << op.name;
    std::set<std::string_view> names;
    for (const PirAttribute& attribute : op.attributes) EXPECT_TRUE(names.insert(attribute.name).second) << op.name;
  }
  EXPECT_EQ(FindPirOp("relu7"), nullptr);
}

TEST(PirOps, CellsAreRead) {
  const PirOp* slice = FindPirOp("slice");
  ASSERT_NE(slice, nullptr);
  EXPECT_EQ(slice->how, "slice");
  ASSERT_EQ(slice->operands.size(), 3U);
  EXPECT_EQ(slice->operands[1].attribute, "starts");
  EXPECT_EQ(slice->operands[1].type, AttributeType::kInts);
  EXPECT_EQ(slice->operands[1].slot, "StartsTensor");
  EXPECT_EQ(slice->operands[1].list_slot, "StartsTensorList");
  const PirOp* round = FindPirOp("round");
  ASSERT_NE(round, nullptr);
  EXPECT_EQ(round->attributes.at(0).use, PirAttribute::Use::kFixed);
  EXPECT_EQ(round->attributes.at(0).value, "0");
  EXPECT_TRUE(FindPirOp("max_pool2d_with_index")->attributes.at(1).may_be_missing);
  EXPECT_EQ(FindPirOp("set_value_")->overwrites, 0U);
}

TEST(DefaultAttributes, AreThoseOfPaddle) {
  bool has_groups = false;
  for (const TableAttribute& attribute : DefaultAttributes("conv2d")) {
    if (attribute.name == "groups") has_groups = attribute.integers.at(0) == 1;
    EXPECT_TRUE(attribute.name != "strides" || attribute.integers == (std::vector<int64_t>{1, 1}));
  }
  EXPECT_TRUE(has_groups);
  EXPECT_TRUE(DefaultAttributes("no such op").empty());
}

}  // namespace
}  // namespace pdquant
