// `pdquant weights` on whole command lines; what it writes is in testdata/passes/weights.
#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/process.h"
#include "support/program_builder.h"
#include "support/tensor_text.h"

namespace pdquant::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

constexpr char kProgram[] = R"(
  var x float32[-1,2] need_check_feed
  var w float32[2,2] persistable
  var v float32[2,2] persistable
  var y float32[-1,2]
  var z float32[-1,2]
  matmul_v2 X=x Y=w : Out=y | trans_x=false trans_y=false
  matmul_v2 X=y Y=v : Out=z | trans_x=false trans_y=true
)";

class WeightsCommandTest : public CommandTest {
 protected:
  WeightsCommandTest() {
    std::filesystem::create_directory(Path("model"));
    Write("model/__model__", BuildProgram(kProgram).SerializeAsString());
    for (const char* line : {"w float32 2,2 : 2 -0.5 1 0.25", "v float32 2,2 : 1 2 3 4"}) {
      const auto [name, bytes] = TensorFile(line);
      Write("model/" + name, bytes);
    }
  }
  Finished Weights(std::vector<std::string> options) const {
    std::vector<std::string> arguments = {"weights", "model", "-o", "out"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return Run(arguments);
  }
};

TEST_F(WeightsCommandTest, SaysWhatStaysFloat) {
  const Finished finished = Weights({"--bits", "16", "--target", "lite", "--report", "report.json"});
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("1 op with weights stored as integers, 16 -> 8 bytes"));
  EXPECT_THAT(finished.out, HasSubstr("left in float: block 0, op 1 'matmul_v2': its Y is transposed"));
  const json report = json::parse(Read("report.json"));
  EXPECT_EQ(report["command"], "weights");
  EXPECT_EQ(report["weights"][0]["to"]["type"], "INT16");
  EXPECT_EQ(report["kept"][0]["op"], 1);
  EXPECT_EQ(Run({"check", "out", "--target", "lite"}).exit_code, 0);
  EXPECT_EQ(Run({"check", "out", "--target", "paddle"}).exit_code, 1);
}

TEST_F(WeightsCommandTest, Selection) {
  EXPECT_THAT(Weights({"--skip", "w", "--report", "report.json"}).out, HasSubstr("--skip 'w' keeps it in float"));
  EXPECT_THAT(Weights({"--op-type", "conv2d"}).out, HasSubstr("0 ops"));
}

TEST_F(WeightsCommandTest, Refuses) {
  EXPECT_EQ(Weights({"--bits", "4"}).exit_code, 2);
  EXPECT_EQ(Weights({"--target", "onnx"}).exit_code, 2);
  Write("rules.toml", "[[rule]]\nvariable = \"w\"\nweight-bits = 4\n");
  const Finished bits = Weights({"--rules", "rules.toml"});
  EXPECT_EQ(bits.exit_code, 2);
  EXPECT_THAT(bits.err, HasSubstr("8 or 16 bits, not 4"));
  const auto [name, bytes] = TensorFile("w float32 2,2 : 1 nan 1 1");
  Write("model/w", bytes);
  const Finished nan = Weights({});
  EXPECT_EQ(nan.exit_code, 3);
  EXPECT_THAT(nan.err, HasSubstr("'w' holds NaN at index 1 [parameter]"));
  EXPECT_FALSE(Exists("out"));
}

}  // namespace
}  // namespace pdquant::testing
