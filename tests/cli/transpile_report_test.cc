// The report of --report, as docs/reference/transpile-report.md describes it.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "cli/process.h"
#include "support/programs.h"

namespace pdquant::testing {
namespace {

using nlohmann::ordered_json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class TranspileReportTest : public CommandTest {
 protected:
  TranspileReportTest() { CopyNetwork("mlp"); }

  std::string Report(std::vector<std::string> options) const {
    options.insert(options.begin(), {"transpile", "main.pb", "-o", "out.pb", "--report", "report.json"});
    const Finished finished = Run(options);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return Read("report.json");
  }
};

std::vector<std::string> KeysOf(const ordered_json& object) {
  std::vector<std::string> keys;
  for (const auto& item : object.items()) keys.push_back(item.key());
  return keys;
}

TEST_F(TranspileReportTest, Fields) {
  const ordered_json report = ordered_json::parse(Report({"--activation-quantize-type", "range_abs_max"}));
  EXPECT_THAT(KeysOf(report), ElementsAre("schema", "version", "pdquant", "options", "changed", "has_backward",
                                          "startup_given", "counts", "pairs", "rewires", "kept", "initializations"));
  EXPECT_EQ(report["schema"], "pdquant-transpile-report");
  EXPECT_EQ(report["version"], 1);
  EXPECT_EQ(report["options"].dump(),
            R"({"weight_bits":8,"activation_bits":8,"weight_quantize_type":"abs_max",)"
            R"("activation_quantize_type":"range_abs_max","form":"legacy","window_size":10000,)"
            R"("moving_rate":0.9,"unbiased_start":false,"out_scales":false,"for_test":false})");
  EXPECT_EQ(
      report["counts"].dump(),
      R"({"quantized_ops":3,"activation_ops":0,"gradient_ops":3,"weight_pairs":3,"activation_pairs":3,"out_scales":0,"rewires":12,"kept":0,)"
      R"("initializations":7,"removed_ops":0,"removed_variables":0,"removed_blocks":0,"test_ops":0})");
  EXPECT_EQ(report["pairs"].size(), 6U);
  EXPECT_EQ(report["pairs"][1].dump(),
            R"({"first_reader":{"block":0,"op":0,"type":"mul","slot":"Y","variable":"fc_0.w_0"},"before_op":0,)"
            R"("kind":"weight","bits":8,"quantize_type":"abs_max","quantized":"fc_0.w_0.quantized",)"
            R"("dequantized":"fc_0.w_0.quantized.dequantized","scale":"fc_0.w_0.scale","why":"","rule":"default"})");
  EXPECT_EQ(report["rewires"][11]["gradient"], true);
  EXPECT_EQ(report["initializations"].size(), 7U);
}

TEST_F(TranspileReportTest, SameBytesAndNoPaths) {
  const std::string report = Report({});
  EXPECT_EQ(Report({}), report);
  EXPECT_THAT(report, Not(HasSubstr(folder())));
  EXPECT_THAT(report, Not(HasSubstr("main.pb")));
}

TEST_F(TranspileReportTest, OnStandardOutput) {
  const std::string expected = Report({});
  const Finished finished = Run({"transpile", "main.pb", "-o", "out.pb", "--report", "-"});
  EXPECT_EQ(finished.out, expected);
  EXPECT_THAT(finished.err, StartsWith("'main.pb': 3 of 3 products quantized"));
  const Finished plan = Run({"transpile", "main.pb", "--dry-run", "--report", "-", "-q"});
  EXPECT_EQ(plan.out, expected);
  EXPECT_EQ(plan.err, "");
}

TEST_F(TranspileReportTest, NothingToQuantize) {
  proto::ProgramDesc program = ParseMessage(Read("main.pb"));
  program.mutable_blocks(0)->clear_ops();
  Write("main.pb", program.SerializeAsString());
  const ordered_json report = ordered_json::parse(Report({}));
  EXPECT_EQ(report["changed"], false);
  EXPECT_EQ(report["pairs"].dump(), "[]");
  EXPECT_EQ(report["initializations"].dump(), "[]");
}

// Names of any bytes are told apart, and nothing is lost.
TEST_F(TranspileReportTest, NamesThatAreNoUtf8) {
  std::string bytes = Read("main.pb");
  const std::string old_name = "fc_0.w_0";
  const std::string new_name = "\xff\\\x1b\n\"\xc3\xa4$";
  ASSERT_EQ(old_name.size(), new_name.size());
  for (size_t at = bytes.find(old_name); at != std::string::npos; at = bytes.find(old_name, at)) {
    bytes.replace(at, old_name.size(), new_name);
  }
  Write("main.pb", bytes);
  const std::string text = Report({});
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  const ordered_json report = ordered_json::parse(text);
  EXPECT_EQ(report["pairs"][1]["first_reader"]["variable"], "\\xff\\\\\x1b\n\"\\xc3\\xa4$");
  EXPECT_EQ(report["pairs"][1]["scale"], "\\xff\\\\\x1b\n\"\\xc3\\xa4$.scale");
}

}  // namespace
}  // namespace pdquant::testing
