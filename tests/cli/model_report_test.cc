// The report of freeze, int8, undo and weights, and the schema that is published for it.
#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "cli/model_testing.h"

namespace pdquant::testing {
namespace {

using nlohmann::json;

class ModelReportTest : public ModelCommandTest {
 protected:
  ModelReportTest() { CopyModel("lenet/moving_w4a8", "quant", "P.pdmodel", "P.pdiparams"); }

  json Report(const std::string& command, const std::string& in, const std::string& out) const {
    const Finished finished = Run({command, in, "-o", out, "--report", command + ".json", "-q"});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_EQ(finished.out, "");
    return json::parse(Read(command + ".json"));
  }
};

TEST_F(ModelReportTest, WorstFirst) {
  const json report = Report("freeze", "P", "F");
  EXPECT_EQ(report["schema"], "pdquant-model-report");
  EXPECT_EQ(report["command"], "freeze");
  EXPECT_EQ(report["frozen_ops"], 3);
  ASSERT_EQ(report["weights"].size(), 3U);
  double before = -1000;
  for (const json& weight : report["weights"]) {
    EXPECT_EQ(weight["bits"], 4);
    EXPECT_LE(before, weight["sqnr_db"].get<double>());
    before = weight["sqnr_db"];
    // Uniform rounding of a weight that fills its range: 6.02 dB a bit, give or take its distribution.
    EXPECT_NEAR(before, 20, 7);
    EXPECT_NEAR(weight["largest_error"].get<double>(), weight["step"].get<double>() / 2,
                weight["step"].get<double>() / 10);
    EXPECT_NEAR(weight["step"].get<double>() * 7, weight["scale"].get<double>(), 1e-6);
    EXPECT_GT(weight["saturated"].get<double>(), 0);
    EXPECT_GT(weight["zeros"].get<double>(), 0);
  }
}

// The integers tell their bits and scale again.
TEST_F(ModelReportTest, OtherForms) {
  const json frozen = Report("freeze", "P", "F");
  const json int8 = Report("int8", "F", "I");
  const json undo = Report("undo", "I", "U");
  for (const json& weight : frozen["weights"]) {
    const std::string name = weight["name"];
    const auto find = [](const json& report, const std::string& wanted) {
      for (const json& line : report["weights"]) {
        if (line["name"] == wanted) return line;
      }
      ADD_FAILURE() << wanted;
      return json();
    };
    for (const json& line : {find(int8, name + ".int8"), find(undo, name)}) {
      EXPECT_EQ(line["bits"], 4);
      EXPECT_NEAR(line["scale"].get<double>(), weight["scale"].get<double>(), 1e-6);
      EXPECT_EQ(line["zeros"], weight["zeros"]);
      EXPECT_EQ(line["saturated"], weight["saturated"]);
      EXPECT_TRUE(line["sqnr_db"].is_null());
    }
    EXPECT_EQ(find(int8, name + ".int8")["to"]["type"], "INT8");
    EXPECT_EQ(find(undo, name)["from"]["type"], "INT8");
  }
}

TEST_F(ModelReportTest, SameBytesAndToStandardOutput) {
  const std::string first = Report("freeze", "P", "F").dump();
  const Finished printed = Run({"freeze", "P", "--dry-run", "--report", "-"});
  EXPECT_EQ(printed.out, Read("freeze.json"));
  EXPECT_THAT(printed.err, ::testing::StartsWith("'P': 3 ops frozen"));
  EXPECT_EQ(Report("freeze", "P", "G").dump(), first);
}

TEST_F(ModelReportTest, FollowsTheSchema) {
  for (const auto& [command, in, out] : {std::array{"freeze", "P", "F"}, std::array{"int8", "F", "I"},
                                         std::array{"undo", "I", "U"}, std::array{"weights", "U", "W"}}) {
    Report(command, in, out);
    const std::string line = "python3 '" PDQUANT_SOURCE "/tests/support/validate_json.py' '" PDQUANT_SOURCE
                             "/docs/reference/model-report.schema.json' '" +
                             Path(std::string(command) + ".json") + "' 2>&1";
    const int code = std::system(line.c_str());
    if (WIFEXITED(code) && WEXITSTATUS(code) == 77) GTEST_SKIP() << "python3-jsonschema isn't installed";
    EXPECT_EQ(code, 0) << command;
  }
}

}  // namespace
}  // namespace pdquant::testing
