#include "base/nearest.h"

#include <gmock/gmock.h>

namespace pdquant {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::array<std::string_view, 4> kNames = {"fc_0.w_0", "fc_10.w_0", "conv2d_0.w_0", "fc_0.b_0"};

TEST(NearestTest, FewestChangesFirst) {
  EXPECT_THAT(NearestNames("fc_0.w0", kNames, 2), ElementsAre("fc_0.w_0", "fc_0.b_0"));
  EXPECT_THAT(NearestNames("conv2d.w_0", kNames, 1), ElementsAre("conv2d_0.w_0"));
  EXPECT_THAT(NearestNames("x", {}, 3), IsEmpty());
}

// `*` costs nothing whatever it stands for, `?` stands for one character.
TEST(NearestTest, Wildcards) {
  EXPECT_THAT(NearestNames("conv*.w_1", kNames, 1), ElementsAre("conv2d_0.w_0"));
  EXPECT_THAT(NearestNames("fc_??.w_0", kNames, 1), ElementsAre("fc_10.w_0"));
}

TEST(NearestTest, EqualDistanceInByteOrder) {
  constexpr std::array<std::string_view, 3> kAlike = {"c", "a", "b"};
  EXPECT_THAT(NearestNames("x", kAlike, 2), ElementsAre("a", "b"));
}

TEST(NearestTest, Text) {
  EXPECT_EQ(SayNearest({}), "");
  constexpr std::array<std::string_view, 2> kTwo = {"a", "b\n"};
  EXPECT_EQ(SayNearest(std::span(kTwo).first(1)), "; the nearest is 'a'");
  EXPECT_EQ(SayNearest(kTwo), "; the nearest are 'a', 'b\\n'");
}

}  // namespace
}  // namespace pdquant
