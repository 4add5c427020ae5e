#include "quantize/weights/parameter_values.h"

#include <gmock/gmock.h>

#include "pdquant/framework.pb.h"

namespace pdquant {
namespace {

using ::testing::HasSubstr;

// A parameter of that shape.
class Stored : public ParameterValues {
 public:
  explicit Stored(std::vector<int64_t> dims) : dims_(std::move(dims)) {}

  Result<std::vector<float>> MaxAbs(std::string_view, int32_t) override { return BadInput("not asked"); }
  Result<bool> AllIntegers(std::string_view) override { return false; }
  Result<std::vector<float>> Read(std::string_view, size_t) override { return BadInput("not asked"); }
  Result<int32_t> StoredType(std::string_view) override { return proto::VarType::FP32; }
  Result<std::vector<int64_t>> StoredDims(std::string_view) override { return dims_; }

 private:
  std::vector<int64_t> dims_;
};

std::string CountOrWhyNot(std::vector<int64_t> dims, int32_t axis) {
  const Result<size_t> count = Stored(std::move(dims)).CountAlong("w", axis);
  return count.ok() ? std::to_string(*count) : count.status().message();
}

TEST(ParameterValuesTest, CountsAlongAnAxis) {
  EXPECT_EQ(CountOrWhyNot({3, 4}, 0), "3");
  EXPECT_EQ(CountOrWhyNot({3, 4}, 1), "4");
  EXPECT_EQ(CountOrWhyNot({3, 4}, kWholeTensor), "12");
  EXPECT_EQ(CountOrWhyNot({}, kWholeTensor), "1");
  EXPECT_THAT(CountOrWhyNot({3, 4}, 2), HasSubstr("'w' has no axis 2"));
  EXPECT_THAT(CountOrWhyNot({3, 4}, kFirstTwoAxes), HasSubstr("'w' has no axis -2"));
  EXPECT_THAT(CountOrWhyNot({3, 0}, 0), HasSubstr("'w' has no elements, and so no channels"));
  EXPECT_THAT(CountOrWhyNot({int64_t{1} << 25U}, 0), HasSubstr("'w' has 33554432 channels, more than 16777216"));
}

}  // namespace
}  // namespace pdquant
