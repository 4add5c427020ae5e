#include "pir/import/tensors.h"

#include <gmock/gmock.h>

#include "pir/pir_testing.h"

namespace pdquant::testing {
namespace {

using ::testing::HasSubstr;

constexpr char kReadAfterwards[] = "which is read afterwards";

// The reasons why a program is refused that overwrites what `lines` make; empty where it isn't.
std::string Reasons(const std::string& lines) {
  const std::string inputs = "%1:f32[2] = data x\n%2:f32[2] = 1.relu %1\n";
  return ImportText(inputs + lines).reasons;
}

// Of a whole list that an op reads, each member is read.
TEST(PirTensors, AMemberOfAListIsReadWithTheList) {
  const std::string list = "%3:list(f32[2],f32[2]) = 0.combine %1 %2\n";
  const std::string axis = "%8:i32[1] = 1.full | shape=ints:1 value=i32:0 dtype=dtype:int32 place=place:\n";
  const std::string read = "%9:f32[4] = 1.concat %3 %8\n";
  const std::string write = "%4:f32[2] = 1.assign_out_ %1 %2\n";
  EXPECT_THAT(Reasons(axis + list + write + read + "fetch 0 %9\nfetch 1 %4"), HasSubstr(kReadAfterwards));
  EXPECT_EQ(Reasons(axis + list + read + write + "fetch 0 %9\nfetch 1 %4"), "");
}

// What is taken out of a list is what was put into it.
TEST(PirTensors, AMemberIsTheTensorThatItWasMadeOf) {
  const auto reasons = [](const std::string& last_read) {
    return Reasons(R"(
      %3:list(f32[2],f32[2]) = 0.combine %2 %1
      %4:f32[2] %5:f32[2] = 0.split %3
      %6:f32[2] = 0.slice %3 | index=i32:0
      %7:f32[2] = 1.assign_out_ %1 %4
      %8:f32[2] = 1.add )" +
                   last_read + " %7\nfetch 0 %8");
  };
  EXPECT_THAT(reasons("%2"), HasSubstr(kReadAfterwards));
  EXPECT_THAT(reasons("%6"), HasSubstr(kReadAfterwards));
  EXPECT_EQ(reasons("%5"), "");
}

// A list that an op makes.
TEST(PirTensors, AMemberIsTheSameEachTimeThatItIsTaken) {
  const auto reasons = [](const std::string& other) {
    return Reasons(R"(
      %10:i64[2] = 1.full_int_array | value=i64s:1,1 dtype=dtype:int64 place=place:
      %11:i32[1] = 1.full | shape=ints:1 value=i32:0 dtype=dtype:int32 place=place:
      %3:list(f32[1],f32[1]) = 1.split %2 %10 %11
      %4:f32[1] = 0.slice %3 | index=i32:0
      %5:f32[1] = 0.slice %3 | index=i32:)" +
                   other + R"(
      %6:f32[1] = 1.relu %4
      %7:f32[1] = 1.assign_out_ %6 %4
      %8:f32[1] = 1.add %5 %7
      fetch 0 %8)");
  };
  EXPECT_THAT(reasons("0"), HasSubstr(kReadAfterwards));
  EXPECT_EQ(reasons("1"), "");
}

// A list lasts as long as what it was made of: a parameter for ever, another tensor through all turns of a loop.
TEST(PirTensors, AMemberLastsAsLongAsWhatItIs) {
  EXPECT_THAT(Reasons(R"(
    %3:f32[2] = p w
    %4:list(f32[2]) = 0.combine %3
    %5:f32[2] = 0.slice %4 | index=i32:0
    %6:f32[2] = 1.assign_out_ %2 %5
    fetch 0 %6)"),
              HasSubstr("overwrites a parameter"));
  EXPECT_THAT(Reasons(R"(
    %10:i64[2] = 1.full_int_array | value=i64s:1,1 dtype=dtype:int64 place=place:
    %11:i32[1] = 1.full | shape=ints:1 value=i32:0 dtype=dtype:int32 place=place:
    %3:list(f32[1],f32[1]) = 1.split %2 %10 %11
    %12:f32[1] = data a
    %13:bool[1] = data c
    %4:f32[1] = 1.while %13 %12 { %-1:f32[1]
      %5:f32[1] = 0.slice %3 | index=i32:0
      %6:f32[1] = 1.assign_out_ %-1 %5
      2.yield %13 %6
    }
    fetch 0 %4)"),
              HasSubstr("would read it again in the next turn"));
}

}  // namespace
}  // namespace pdquant::testing
