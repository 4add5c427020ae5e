#include <gmock/gmock.h>

#include "pir/pir_testing.h"

namespace pdquant::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ImportResult Full(const std::string& value, const std::string& type = "i64", const std::string& word = "int64",
                  const std::string& shape = "2") {
  return ImportText("%1:" + type + "[" + shape + "] = 1.full | shape=ints:" + shape +
                    " value=json:{\"#\":\"1.a_scalar\",\"D\":[\"int64\"," + value + "]} dtype=dtype:" + word +
                    " place=place:\n%2:" + type + "[" + shape + "] = 1.abs %1\nfetch 0 %2");
}

// 2^53 + 1 and the largest one: a double holds neither, and fill_constant reads one.
TEST(PirConstants, IntegersOf64BitsAreExact) {
  for (const char* value : {"9007199254740993", "9223372036854775807", "-9007199254740993"}) {
    const ImportResult result = Full(value);
    ASSERT_TRUE(result.program) << result.reasons;
    const int64_t number = std::stoll(value);
    EXPECT_THAT(AttrOf(OpOf(*result.program, "assign_value"), "int64_values").longs(), ElementsAre(number, number));
  }
  EXPECT_EQ(AttrOf(OpOf(*Full("9007199254740992").program, "fill_constant"), "str_value").s(), "9007199254740992");
  for (const char* shape : {"", "1025"})
    EXPECT_THAT(Full("9007199254740993", "i64", "int64", shape).reasons, HasSubstr("is none that a double holds"));
  EXPECT_THAT(Full("9007199254740993", "i32", "int32").reasons,
              HasSubstr("its value 9007199254740993 is none of the type int32"));
}

}  // namespace
}  // namespace pdquant::testing
