#include "batch/recipe.h"

#include <gmock/gmock.h>

#include <utility>

#include "batch/fake_parser.h"

namespace pdquant {
namespace {

using ::testing::ElementsAre;
using testing::FakeParser;
using Words = std::vector<std::string>;

Result<Recipe> Make(const Words& words, const std::string& baseline = "", FakeParser parser = {}) {
  return Recipe::Make(words, baseline, std::move(parser));
}

Result<Call> Bind(const Words& words, const Job& job, const std::string& baseline = "") {
  const Result<Recipe> recipe = Make(words, baseline);
  if (!recipe.ok()) return recipe.status();
  return recipe->Bind(job, "out");
}

TEST(RecipeTest, GivesAWriterItsOutput) {
  const Result<Call> call = Bind({"transpile", "--weight-bits", "4"}, {"in/a.pb", "a.pb", {"--for-test"}});
  ASSERT_TRUE(call.ok());
  EXPECT_FALSE(call->captures);
  EXPECT_THAT(call->arguments, ElementsAre("transpile", "in/a.pb", "--weight-bits=4", "--for-test", "-o", "out/a.pb"));
}

TEST(RecipeTest, CapturesWhatOthersPrint) {
  const Result<Recipe> recipe = Make({"show", "--format=json"});
  ASSERT_TRUE(recipe.ok());
  EXPECT_EQ(recipe->extension(), ".json");
  EXPECT_TRUE(recipe->Bind({"a.pb", "a.pb.json", {}}, "out")->captures);
}

TEST(RecipeTest, ComparesWithTheSamePathOfTheBaseline) {
  const Result<Call> call = Bind({"diff"}, {"new/m/a.pb", "m/a.pb.txt", {}}, "old");
  ASSERT_TRUE(call.ok());
  EXPECT_THAT(call->arguments, ElementsAre("diff", "old/m/a.pb", "new/m/a.pb"));
  EXPECT_THAT(call->inputs, ElementsAre("new/m/a.pb", "old/m/a.pb"));
}

TEST(RecipeTest, TensorsAreThoseOfModels) {
  EXPECT_FALSE(Make({"diff"}, "old")->takes_models());
  EXPECT_TRUE(Make({"diff", "--tensors"}, "old")->takes_models());
  EXPECT_FALSE(Make({"diff", "--tensors", "--params-a", "a", "--params-b", "b"}, "old")->takes_models());
  const Result<Call> call = Bind({"diff", "--tensors"}, {"new/m", "m.txt", {}}, "old");
  ASSERT_TRUE(call.ok());
  EXPECT_THAT(call->arguments, ElementsAre("diff", "old/m", "new/m", "--tensors"));
}

TEST(RecipeTest, FillsInPlaces) {
  const Result<Call> call = Bind({"transpile", "--startup", "{dir}/startup.pb", "--startup-out={output}.startup"},
                                 {"in/m/main.pb", "m/main.pb", {}});
  ASSERT_TRUE(call.ok());
  EXPECT_THAT(call->arguments, ElementsAre("transpile", "in/m/main.pb", "--startup=in/m/startup.pb",
                                           "--startup-out=out/m/main.pb.startup", "-o", "out/m/main.pb"));
  EXPECT_THAT(call->inputs, ElementsAre("in/m/main.pb", "in/m/startup.pb"));
  EXPECT_THAT(call->outputs, ElementsAre("m/main.pb", "m/main.pb.startup"));
}

TEST(RecipeTest, HandsOnArguments) {
  const Result<Recipe> recipe = Make({"read", "{input}/rows.npy", "--algorithm", "avg"});
  ASSERT_TRUE(recipe.ok());
  EXPECT_TRUE(recipe->takes_models());
  EXPECT_EQ(recipe->extension(), ".json");
  const Result<Call> call = recipe->Bind({"in/a", "a.json", {}}, "out");
  ASSERT_TRUE(call.ok());
  EXPECT_FALSE(call->captures);
  EXPECT_THAT(call->arguments, ElementsAre("read", "in/a", "in/a/rows.npy", "--algorithm=avg", "-o", "out/a.json"));
  EXPECT_THAT(call->inputs, ElementsAre("in/a", "in/a/rows.npy"));
}

TEST(RecipeTest, RefusesWhatTheBatchSays) {
  for (const Words& words :
       {Words{}, Words{"batch"}, Words{"transpile", "--out", "x"}, Words{"transpile", "--in-place"},
        Words{"transpile", "--report", "r.json"}, Words{"transpile", "--wrong"}, Words{"diff"}}) {
    EXPECT_EQ(Make(words).status().code(), StatusCode::kUsage);
  }
  EXPECT_EQ(Make({"check"}, "old").status().code(), StatusCode::kUsage);
}

TEST(RecipeTest, KeepsOutputsBelowOut) {
  for (const char* path : {"../a", "/a", "a/../b", "a//b", "", ".", "a/", ".pdquant/journal"}) {
    EXPECT_FALSE(CheckOutputPath(path).ok()) << path;
  }
  EXPECT_TRUE(CheckOutputPath("a/b..pb").ok());
  EXPECT_FALSE(Bind({"transpile"}, {"a", "a", {"--report", "../../x"}}).ok());
}

TEST(RecipeTest, KeyDependsOnOptionsNotOnPlaces) {
  const Words words = {"transpile", "--startup", "{dir}/s"};
  EXPECT_EQ(Bind(words, {"a/m", "a", {}})->key_text, Bind(words, {"b/m", "b", {}})->key_text);
  EXPECT_NE(Bind(words, {"a/m", "a", {}})->key_text, Bind(words, {"a/m", "a", {"--for-test"}})->key_text);
}

TEST(RecipeTest, WhatIsFilledInHasBracesOfItsOwn) {
  const Result<Call> call = Bind({"transpile", "--startup={dir}/s"}, {"{output}/a.pb", "a.pb", {}});
  ASSERT_TRUE(call.ok());
  EXPECT_EQ(call->inputs.back(), "{output}/s");
}

TEST(RecipeTest, AConfigurationFileIsNoWayAroundTheRules) {
  const FakeParser dry_run = {{{"--dry-run", "", true, PathRole::kResult}}};
  EXPECT_EQ(Make({"transpile"}, "", dry_run).status().code(), StatusCode::kUsage);
  const FakeParser one_report = {{{"--report", "r.json", false, PathRole::kOutput}}};
  EXPECT_EQ(Make({"transpile"}, "", one_report).status().code(), StatusCode::kUsage);
  const FakeParser reports = {
      {{"--report", "{output}.json", false, PathRole::kOutput}, {"--startup", "{dir}/s.pb", false, PathRole::kInput}}};
  const Result<Recipe> recipe = Make({"transpile"}, "", reports);
  ASSERT_TRUE(recipe.ok());
  const Result<Call> call = recipe->Bind({"in/a.pb", "a.pb", {}}, "out");
  ASSERT_TRUE(call.ok());
  EXPECT_THAT(call->outputs, ElementsAre("a.pb", "a.pb.json"));
  EXPECT_THAT(call->inputs, ElementsAre("in/a.pb", "in/s.pb"));
  EXPECT_THAT(call->arguments,
              ElementsAre("transpile", "in/a.pb", "--report=out/a.pb.json", "--startup=in/s.pb", "-o", "out/a.pb"));
}

}  // namespace
}  // namespace pdquant
