#include "ir/name_table.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pdquant {
namespace {

TEST(NameTableTest, NumbersInOrderOfAppearance) {
  NameTable names(0);
  EXPECT_EQ(names.Intern("x"), 0U);
  EXPECT_EQ(names.Intern("y"), 1U);
  EXPECT_EQ(names.Intern(std::string("x")), 0U);
  EXPECT_EQ(names.size(), 2U);
  EXPECT_EQ(names.name(1), "y");
  EXPECT_EQ(names.Find("y"), 1U);
  EXPECT_EQ(names.Find("z"), kNoName);
}

TEST(NameTableTest, AllBytesCount) {
  NameTable names(4);
  using std::string_view_literals::operator""sv;
  const NameId empty = names.Intern("");
  const NameId zero = names.Intern("\0"sv);
  const NameId two_zeros = names.Intern("\0\0"sv);
  const NameId not_utf8 = names.Intern("\xff");
  EXPECT_NE(empty, zero);
  EXPECT_NE(zero, two_zeros);
  EXPECT_EQ(names.Intern("\0"sv), zero);
  EXPECT_EQ(names.Find("\xff"), not_utf8);
}

TEST(NameTableTest, GrowsBeyondWhatWasExpected) {
  std::vector<std::string> texts;
  for (int i = 0; i < 100'000; ++i) texts.push_back("name_" + std::to_string(i));
  NameTable names(10);
  for (const std::string& text : texts) names.Intern(text);
  NameTable moved = std::move(names);
  for (NameId i = 0; i < texts.size(); ++i) {
    ASSERT_EQ(moved.Find(texts[i]), i);
    ASSERT_EQ(moved.name(i), texts[i]);
  }
}

}  // namespace
}  // namespace pdquant
