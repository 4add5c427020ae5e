#include "batch/recipe.h"

#include <gmock/gmock.h>

namespace pdquant {
namespace {

using ::testing::ElementsAre;
using Words = std::vector<std::string>;

Result<Call> Bind(const Words& words, const Job& job, const std::string& baseline = "") {
  const Result<Recipe> recipe = Recipe::Make(words, baseline);
  if (!recipe.ok()) return recipe.status();
  return recipe->Bind(job, "out");
}

TEST(RecipeTest, GivesAWriterItsOutput) {
  const Result<Call> call = Bind({"transpile", "--weight-bits", "4"}, {"in/a.pb", "a.pb", {"--for-test"}});
  ASSERT_TRUE(call.ok());
  EXPECT_FALSE(call->captures);
  EXPECT_THAT(call->arguments,
              ElementsAre("transpile", "in/a.pb", "--weight-bits", "4", "--for-test", "-o", "out/a.pb"));
}

TEST(RecipeTest, CapturesWhatOthersPrint) {
  const Result<Recipe> recipe = Recipe::Make(Words{"show", "--format=json"}, "");
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
  EXPECT_FALSE(Recipe::Make(Words{"diff"}, "old")->takes_models());
  EXPECT_TRUE(Recipe::Make(Words{"diff", "--tensors"}, "old")->takes_models());
  EXPECT_FALSE(Recipe::Make(Words{"diff", "--tensors", "--params-a", "a", "--params-b", "b"}, "old")->takes_models());
  const Result<Call> call = Bind({"diff", "--tensors"}, {"new/m", "m.txt", {}}, "old");
  ASSERT_TRUE(call.ok());
  EXPECT_THAT(call->arguments, ElementsAre("diff", "old/m", "new/m", "--tensors"));
}

TEST(RecipeTest, FillsInPlaces) {
  const Result<Call> call = Bind({"transpile", "--startup", "{dir}/startup.pb", "--startup-out={output}.startup"},
                                 {"in/m/main.pb", "m/main.pb", {}});
  ASSERT_TRUE(call.ok());
  EXPECT_THAT(call->arguments, ElementsAre("transpile", "in/m/main.pb", "--startup", "in/m/startup.pb",
                                           "--startup-out=out/m/main.pb.startup", "-o", "out/m/main.pb"));
  EXPECT_THAT(call->inputs, ElementsAre("in/m/main.pb", "in/m/startup.pb"));
  EXPECT_THAT(call->outputs, ElementsAre("m/main.pb", "m/main.pb.startup"));
}

TEST(RecipeTest, RefusesWhatTheBatchSays) {
  for (const Words& words : {Words{}, Words{"batch"}, Words{"transpile", "-o", "x"}, Words{"transpile", "--in-place"},
                             Words{"transpile", "--report", "r.json"}, Words{"diff"}}) {
    EXPECT_EQ(Recipe::Make(words, "").status().code(), StatusCode::kUsage);
  }
  EXPECT_EQ(Recipe::Make(Words{"check"}, "old").status().code(), StatusCode::kUsage);
}

TEST(RecipeTest, KeepsOutputsBelowOut) {
  for (const char* path : {"../a", "/a", "a/../b", "a//b", "", ".", "a/", ".pdquant/journal"}) {
    EXPECT_FALSE(CheckOutputPath(path).ok()) << path;
  }
  EXPECT_TRUE(CheckOutputPath("a/b..pb").ok());
  EXPECT_FALSE(Bind({"transpile"}, {"a", "a", {"--report", "../../x"}}).ok());
}

TEST(RecipeTest, KeyDependsOnOptionsNotOnPlaces) {
  const Result<Recipe> recipe = Recipe::Make(Words{"transpile", "--startup", "{dir}/s"}, "");
  ASSERT_TRUE(recipe.ok());
  EXPECT_EQ(recipe->KeyText({"a/m", "a", {}}), recipe->KeyText({"b/m", "b", {}}));
  EXPECT_NE(recipe->KeyText({"a/m", "a", {}}), recipe->KeyText({"a/m", "a", {"--for-test"}}));
}

}  // namespace
}  // namespace pdquant
