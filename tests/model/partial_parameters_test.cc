// Programs beside only some of their parameters, for commands that look at what is there.
#include <gmock/gmock.h>

#include "model/model.h"
#include "support/programs.h"

namespace pdquant {
namespace {

constexpr char kFolder[] = PDQUANT_TESTDATA "/reports/partial-parameters/";

class PartialParametersTest : public ::testing::TestWithParam<const char*> {
 protected:
  PartialParametersTest() : program_(testing::Load(testing::ReadFile(std::string(kFolder) + "main.pb"))) {}

  Result<std::unique_ptr<ParameterReader>> Open(ParameterNeed need) {
    Result<ModelFiles> files = FindModel(std::string(kFolder) + "main.pb", std::string(kFolder) + GetParam());
    EXPECT_TRUE(files.ok());
    return OpenParameters(*files, program_, &findings_, need);
  }

  Program program_;
  Findings findings_;
};

TEST_P(PartialParametersTest, WhatIsThere) {
  const auto reader = Open(ParameterNeed::kSome);
  ASSERT_TRUE(reader.ok()) << reader.status().message();
  std::vector<std::string> names;
  for (const Parameter& parameter : (*reader)->parameters()) names.push_back(parameter.name);
  EXPECT_THAT(names, ::testing::ElementsAre("fc_0.b_0", "fc_0.w_0", "fc_1.b_0", "fc_1.w_0"));
  EXPECT_EQ(findings_.count(Level::kError), 0U);
  EXPECT_EQ(findings_.count(Level::kWarning), 17U);  // of 21 that are persistable
  for (const Finding& finding : findings_.all()) EXPECT_EQ(finding.code, "parameter-missing");
}

TEST_P(PartialParametersTest, OthersNeedAll) { EXPECT_FALSE(Open(ParameterNeed::kAll).ok()); }

INSTANTIATE_TEST_SUITE_P(FolderAndFile, PartialParametersTest, ::testing::Values("params-only", "only.params"));

}  // namespace
}  // namespace pdquant
