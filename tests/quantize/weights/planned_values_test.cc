// What the passes see of parameters that earlier passes plan.
#include "quantize/weights/planned_values.h"

#include <gtest/gtest.h>

#include "pdquant/framework.pb.h"

namespace pdquant {
namespace {

// A file in which each parameter is of another type than those that are made.
class DoublesOnly : public ParameterValues {
 public:
  Result<std::vector<float>> MaxAbs(std::string_view, int32_t) override { return BadInput("no float32"); }
  Result<bool> AllIntegers(std::string_view) override { return BadInput("no float32"); }
  Result<std::vector<float>> Read(std::string_view, size_t) override { return BadInput("no float32"); }
  Result<int32_t> StoredType(std::string_view) override { return proto::VarType::FP64; }
  Result<std::vector<int64_t>> StoredDims(std::string_view) override { return std::vector<int64_t>{1}; }
};

int32_t TypeOf(ParameterPlan::How how, bool as_integers = false, int32_t bits = 8) {
  DoublesOnly stored;
  ParameterPlan plan;
  plan.how = how;
  plan.source = "source";
  plan.bits = bits;
  plan.as_integers = as_integers;
  const ParameterPlans plans = {{"made", plan}};
  const Result<int32_t> type = PlannedValues(&stored, &plans).StoredType("made");
  return type.ok() ? *type : -1;
}

TEST(PlannedValues, StoredTypeIsThatWhichIsWritten) {
  using How = ParameterPlan::How;
  EXPECT_EQ(TypeOf(How::kConstant), proto::VarType::FP32);
  EXPECT_EQ(TypeOf(How::kConstant, true), proto::VarType::INT32);
  EXPECT_EQ(TypeOf(How::kQuantize), proto::VarType::FP32);
  EXPECT_EQ(TypeOf(How::kQuantize, true), proto::VarType::INT8);
  EXPECT_EQ(TypeOf(How::kToInteger, true, 16), proto::VarType::INT16);
  EXPECT_EQ(TypeOf(How::kToFloat), proto::VarType::FP32);
  EXPECT_EQ(TypeOf(How::kCopy), proto::VarType::FP64);
}

}  // namespace
}  // namespace pdquant
