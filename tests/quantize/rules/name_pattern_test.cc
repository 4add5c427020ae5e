#include "quantize/rules/name_pattern.h"

#include <gmock/gmock.h>

namespace pdquant {
namespace {

using ::testing::HasSubstr;

bool Glob(std::string_view glob, std::string_view name) {
  const auto pattern = NamePattern::Glob(glob);
  EXPECT_TRUE(pattern.ok()) << glob << ": " << pattern.status().message();
  return pattern.ok() && pattern->Matches(name);
}

std::string GlobError(std::string_view glob) {
  const auto pattern = NamePattern::Glob(glob);
  EXPECT_FALSE(pattern.ok()) << glob;
  EXPECT_EQ(pattern.status().code(), StatusCode::kUsage);
  return pattern.status().message();
}

TEST(NamePatternTest, GlobsMatchWholeNames) {
  EXPECT_TRUE(Glob("fc_0.w_0", "fc_0.w_0"));
  EXPECT_FALSE(Glob("fc_0.w_0", "fc_0.w_01"));
  EXPECT_FALSE(Glob("fc_0.w_0", "fc_0xw_0"));
  EXPECT_TRUE(Glob("*.w_?", "encoder/fc_0.w_1"));
  EXPECT_FALSE(Glob("*.w_?", "fc_0.w_10"));
  EXPECT_TRUE(Glob("*", ""));
  EXPECT_TRUE(Glob("a*b*c", "aXXbYYc"));
  EXPECT_FALSE(Glob("a*b*c", "aXXcYYb"));
}

TEST(NamePatternTest, Classes) {
  EXPECT_TRUE(Glob("fc_[0-3]", "fc_2"));
  EXPECT_FALSE(Glob("fc_[0-3]", "fc_4"));
  EXPECT_TRUE(Glob("fc_[!0-3]", "fc_4"));
  EXPECT_FALSE(Glob("fc_[^0-3]", "fc_2"));
  EXPECT_TRUE(Glob("a[]]b", "a]b"));
  EXPECT_TRUE(Glob("a[b-]", "a-"));
  EXPECT_TRUE(Glob("a[b\\-z]", "a-"));
  EXPECT_FALSE(Glob("a[b\\-z]", "ac"));
  EXPECT_TRUE(Glob("[[:]", "["));
}

TEST(NamePatternTest, WhatIsSpecialElsewhereIsPlain) {
  EXPECT_TRUE(Glob("a+(b)|{c}^$", "a+(b)|{c}^$"));
  EXPECT_FALSE(Glob("a+", "aa"));
  EXPECT_TRUE(Glob("\\*\\?\\[\\\\", "*?[\\"));
  EXPECT_FALSE(Glob("\\*", "x"));
  EXPECT_TRUE(Glob("@STEP_COUNTER@", "@STEP_COUNTER@"));
}

// Names are bytes; characters of several bytes are one character.
TEST(NamePatternTest, AnyBytes) {
  EXPECT_TRUE(Glob("a*b",
                   "a\xff\n\xfe"
                   "b"));
  EXPECT_TRUE(Glob("a?b",
                   "a\xc3\xa4"
                   "b"));
  EXPECT_TRUE(Glob("a\xc3\xa4*",
                   "a\xc3\xa4"
                   "b"));
  EXPECT_TRUE(Glob("a?b", "a\nb"));
  EXPECT_TRUE(Glob(std::string_view("a\0b", 3), std::string_view("a\0b", 3)));
}

TEST(NamePatternTest, BadGlobs) {
  EXPECT_EQ(GlobError(""), "the pattern is empty");
  EXPECT_EQ(GlobError("ab[cd"), "character 3 of the pattern: '[' has no ']'");
  EXPECT_EQ(GlobError("ab\\"), "character 3 of the pattern: the backslash has nothing behind it");
  EXPECT_THAT(GlobError("[z-a]"), HasSubstr("invalid character class range"));
  EXPECT_THAT(GlobError("a\xff"), HasSubstr("UTF-8"));
}

// What a backtracking matcher would take years for.
TEST(NamePatternTest, LinearTime) {
  std::string glob;
  for (int i = 0; i < 200; ++i) glob += "*a";
  EXPECT_FALSE(Glob(glob + "*b", std::string(100000, 'a')));
  const auto regex = NamePattern::Regex("(a*)*(a*)*(a*)*b");
  ASSERT_TRUE(regex.ok());
  EXPECT_FALSE(regex->Matches(std::string(100000, 'a')));
}

TEST(NamePatternTest, ScopesHoldWhatIsWithin) {
  for (const char* glob : {"encoder", "/encoder", "encoder/", "/encoder/"}) {
    const auto pattern = NamePattern::ScopeGlob(glob);
    ASSERT_TRUE(pattern.ok());
    EXPECT_TRUE(pattern->Matches("/encoder/"));
    EXPECT_TRUE(pattern->Matches("/encoder/attention/"));
    EXPECT_FALSE(pattern->Matches("/encoder_1/"));
    EXPECT_FALSE(pattern->Matches("/model/encoder/"));
    EXPECT_FALSE(pattern->Matches("/"));
  }
  const auto deep = NamePattern::ScopeGlob("*/attention");
  ASSERT_TRUE(deep.ok());
  EXPECT_TRUE(deep->Matches("/encoder/attention/"));
  EXPECT_FALSE(deep->Matches("/encoder/"));
}

TEST(NamePatternTest, Regex) {
  const auto pattern = NamePattern::Regex("fc_\\d+\\.w_0");
  ASSERT_TRUE(pattern.ok());
  EXPECT_TRUE(pattern->Matches("fc_12.w_0"));
  EXPECT_FALSE(pattern->Matches("my_fc_12.w_0"));
  EXPECT_FALSE(NamePattern::Regex("fc_(").ok());
  EXPECT_FALSE(NamePattern::Regex("((((a{1000}){1000}){1000}){1000})").ok());
}

}  // namespace
}  // namespace pdquant
