#include "batch/glob.h"

#include <gtest/gtest.h>

#include "files/path.h"

namespace pdquant {
namespace {

// Whether a walk down `path` comes to a match at its end.
bool Matches(const std::string& pattern, const std::string& path) {
  const Glob glob(pattern);
  Glob::State state = glob.Start();
  bool matches = false;
  for (const std::string& name : SplitPath(path)) state = glob.Next(state, name, &matches);
  return matches;
}

TEST(GlobTest, HasAFixedPart) {
  EXPECT_EQ(Glob("models/a/*.pb").fixed_part(), "models/a");
  EXPECT_EQ(Glob("*.pb").fixed_part(), ".");
  EXPECT_EQ(Glob("/*.pb").fixed_part(), "/");
  EXPECT_EQ(Glob("models/a*/b").fixed_part(), "models");
  EXPECT_FALSE(Glob::IsPattern("models/a.pb"));
}

TEST(GlobTest, StarStaysInAName) {
  EXPECT_TRUE(Matches("*.pb", "a.pb"));
  EXPECT_FALSE(Matches("*.pb", "a/b.pb"));
  EXPECT_FALSE(Matches("*", ".hidden"));
  EXPECT_TRUE(Matches("x?[0-9]/*.pb", "xa1/b.pb"));
}

TEST(GlobTest, TwoStarsAreAnyNumberOfFolders) {
  EXPECT_TRUE(Matches("**/a.pb", "a.pb"));
  EXPECT_TRUE(Matches("**/a.pb", "x/y/z/a.pb"));
  EXPECT_TRUE(Matches("**", "x/y"));
  EXPECT_TRUE(Matches("**/m/**/a.pb", "m/m/m/a.pb"));
  EXPECT_FALSE(Matches("**/m/**/a.pb", "x/y/a.pb"));
}

TEST(GlobTest, ManyTwoStarsTakeNoLonger) {
  std::string pattern = "**";
  std::string path = "a";
  for (int i = 0; i < 30; ++i) pattern += "/**/a";
  for (int i = 0; i < 60; ++i) path += "/a";
  EXPECT_TRUE(Matches(pattern, path));
  EXPECT_FALSE(Matches(pattern + "/b", path));
}

}  // namespace
}  // namespace pdquant
