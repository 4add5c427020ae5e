// The programs that Paddle 3 wrote, and those that were broken by one change each. tests/paddle/import_pir.py runs what
// comes out in the real Paddle.
#include <gmock/gmock.h>

#include <map>

#include "check/check.h"
#include "pir/pir_testing.h"

namespace pdquant::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Not finite numbers, which no Paddle loads, and an op that has no counterpart.
const std::map<std::string, std::string> kRefused = {
    {"nonfinite", "an attribute holds '-INF' under the key 'VD'"},
    {"array_read", "'pd_op.slice_array_dense': is an op that has no known counterpart in a ProgramDesc"}};

TEST(PirCorpus, IsImportedAndWellFormed) {
  size_t imported = 0;
  for (const auto& network : PirNetworks()) {
    for (const char* file : {"inference.json", "inference-3.0.0.json"}) {
      if (!std::filesystem::exists(network / file)) continue;
      SCOPED_TRACE((network / file).string());
      const ImportResult result = ImportJson(ReadFile((network / file).string()));
      if (const auto refused = kRefused.find(network.filename()); refused != kRefused.end()) {
        EXPECT_THAT(result.reasons, HasSubstr(refused->second));
        EXPECT_FALSE(result.program);
        continue;
      }
      EXPECT_THAT(result.reasons, IsEmpty());
      ASSERT_TRUE(result.program);
      Findings findings;
      const Program program = Load(*result.program, &findings);
      CheckProgram(Index(program), &findings);
      for (const Finding& finding : findings.all()) ADD_FAILURE() << ToString(finding.place) << ": " << finding.text;
      ++imported;
    }
  }
  EXPECT_EQ(imported, 49U);
}

// What Paddle's own export of the same network to a ProgramDesc declares of parameters and inputs.
TEST(PirCorpus, ParametersAndInputsKeepNamesAndTypes) {
  const ImportResult result = ImportJson(ReadFile(PDQUANT_PIR_CORPUS "/cond_if/inference.json"));
  ASSERT_TRUE(result.program);
  std::map<std::string, std::vector<int64_t>> stored;
  for (const auto& var : result.program->blocks(0).vars()) {
    if (var.is_parameter())
      stored[var.name()] = {var.type().lod_tensor().tensor().dims().begin(),
                            var.type().lod_tensor().tensor().dims().end()};
    EXPECT_TRUE(var.name() != "x" || var.need_check_feed());
  }
  const std::map<std::string, std::vector<int64_t>> expected = {
      {"linear_0.w_0", {4, 4}}, {"linear_0.b_0", {4}}, {"linear_1.w_0", {4, 4}}, {"linear_1.b_0", {4}}};
  EXPECT_EQ(stored, expected);
}

// The reason that each was broken for, in the words of the message.
const std::map<std::string, std::string> kReasons = {
    {"magic", "its 'magic' is not \"pir\""},
    {"version_new", "the file is of version 99"},
    {"no_ops", "a block has no list of ops"},
    {"truncated", "the JSON is cut off at byte 18867 of 18867"},
    {"trailing", "something behind the JSON value"},
    {"deep", "nested too deep"},
    {"undefined_value", "the operand %99999 is defined nowhere"},
    {"used_before", "is used before it is defined"},
    {"defined_twice", "is defined a second time"},
    {"if_outputs", "a block yields 1 value in the place of 2"},
    {"unknown_op", "'pd_op.hardswash': is an op that has no known counterpart"},
    {"custom_op", "'custom_op.my_op': is an op of the user's own"},
    {"grad_op", "'pd_op.hardswish_grad': is an op of training"},
    {"unknown_attr", "the attribute 'rotate' isn't known"},
    {"missing_attr", "the attribute 'strides' is missing"},
    {"attr_type", "the attribute 'strides' holds no number"},
    {"attr_overflow", "1099511627776 doesn't fit into the 32 bits"},
    {"non_finite", "an attribute holds 'NaN' under the key 'VD'"},
    {"no_data", "an attribute's value has no data ('D')"},
    {"operands_few", "'pd_op.conv2d': operand 1 is missing"},
    {"operands_many", "'pd_op.relu': has 2 operands, and takes at most 1"},
    {"training_bn", "'pd_op.batch_norm_': is in training mode"},
    {"training_dropout", "'pd_op.dropout': is in training mode"},
    {"param_twice", "a parameter with a name that another parameter or input has: 'linear_0.b_0'"},
    {"param_no_name", "a parameter without a name"},
    {"param_short", "the short form of a parameter ('A') has to hold three numbers and the name"},
    {"param_not_persistable", "a parameter that isn't persistable: the parameter file doesn't have it"},
    {"inplace_alias", "overwrites its operand 0, which is read afterwards"},
    {"feed_name_clash", "an input with a name that another parameter or input has"},
};

TEST(PirCorpus, BrokenProgramsAreRefusedForTheirReason) {
  size_t found = 0;
  for (const auto& entry : std::filesystem::directory_iterator(PDQUANT_PIR_CORPUS "/bad")) {
    const std::string name = entry.path().stem();
    if (name == "MANIFEST") continue;
    SCOPED_TRACE(name);
    const auto reason = kReasons.find(name);
    ASSERT_NE(reason, kReasons.end());
    const ImportResult result = ImportJson(ReadFile(entry.path().string()));
    EXPECT_FALSE(result.program);
    EXPECT_THAT(result.reasons, HasSubstr(reason->second));
    ++found;
  }
  EXPECT_EQ(found, kReasons.size());
}

}  // namespace
}  // namespace pdquant::testing
