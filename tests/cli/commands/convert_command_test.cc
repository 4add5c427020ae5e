// `pdquant convert` on whole command lines. What it writes is in testdata/passes/convert; what it computes, against
// Paddle's own models, in tests/paddle/convert.py.
#include <gmock/gmock.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/model_testing.h"
#include "pdquant/framework.pb.h"
#include "support/program_builder.h"

namespace pdquant::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ConvertCommandTest : public ModelCommandTest {
 protected:
  ConvertCommandTest() { CopyModel("lenet/moving", "frozen", "P.pdmodel", "P.pdiparams"); }

  Finished Convert(const std::string& in, const std::string& out, const std::string& option,
                   const std::string& value) const {
    return Run({"convert", in, "-o", out, option, value});
  }
};

TEST_F(ConvertCommandTest, ThereAndBack) {
  ASSERT_EQ(Convert("P", "L", "--form", "linear").exit_code, 0);
  const Finished linear = Run({"show", "L.pdmodel", "--list", "ops"});
  EXPECT_THAT(linear.out, HasSubstr("quantize_linear"));
  EXPECT_THAT(linear.out, Not(HasSubstr("fake_")));
  ASSERT_EQ(Convert("L", "B", "--form", "legacy").exit_code, 0);
  // The integers come back as they were.
  for (const char* model : {"P", "B"})
    ASSERT_EQ(Run({"params", "unpack", model, "-o", std::string(model) + "s"}).exit_code, 0);
  for (const char* weight : {"conv2d_0.w_0", "conv2d_1.w_0", "fc_0.w_0"})
    EXPECT_EQ(Run({"diff", std::string("Ps/") + weight, std::string("Bs/") + weight, "--tolerance", "1e-6"}).exit_code,
              0)
        << weight;
  // There is nothing to do: the same bytes.
  ASSERT_EQ(Convert("B", "C", "--form", "legacy").exit_code, 0);
  EXPECT_EQ(Read("B.pdmodel"), Read("C.pdmodel"));
  EXPECT_EQ(Read("B.pdiparams"), Read("C.pdiparams"));
}

TEST_F(ConvertCommandTest, Targets) {
  for (const std::string target : {"paddle", "onednn", "lite", "onnx"}) {
    const Finished finished = Convert("P", target, "--target", target);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    const Finished checked = Run({"check", target, "--target", target});
    EXPECT_EQ(checked.exit_code, 0) << checked.err;
  }
  EXPECT_EQ(Run({"convert", "P", "-o", "x", "--target", "onnx", "--form", "legacy"}).exit_code, 2);
  EXPECT_EQ(Run({"convert", "P", "-o", "x"}).exit_code, 2);
  EXPECT_EQ(Run({"convert", "P", "-o", "x", "--target", "tpu"}).exit_code, 2);
}

// The largest scale of the channels is 0, as that of a weight of zeros.
TEST_F(ConvertCommandTest, RefusesScalesBelowZero) {
  const std::string model = PDQUANT_TESTDATA "/paddle/static_quantization/linear_frozen/m";
  Write("N.pdmodel", ReadFile(model + ".pdmodel"));
  std::string parameters = ReadFile(model + ".pdiparams");
  constexpr std::array<float, 3> kScales = {0, -1, -1};
  constexpr size_t kPlace = 0xc8;  // of the scales of conv2d_0.w_0
  std::memcpy(parameters.data() + kPlace, kScales.data(), sizeof(kScales));
  Write("N.pdiparams", parameters);
  const Finished finished = Convert("N", "B", "--form", "legacy");
  EXPECT_EQ(finished.exit_code, 3);
  EXPECT_THAT(finished.err, HasSubstr("variable 'conv2d_0.w_0@scale_1': the scale is -1.000000"));
}

// A program may say BOOL of a weight, and its file has a byte for each, too.
TEST_F(ConvertCommandTest, RefusesAWeightWithoutNumbers) {
  ASSERT_EQ(Convert("P", "L", "--form", "linear").exit_code, 0);
  proto::ProgramDesc program;
  ASSERT_TRUE(program.ParseFromString(Read("L.pdmodel")));
  for (auto& var : *program.mutable_blocks(0)->mutable_vars()) {
    if (var.name() == "conv2d_0.w_0")
      var.mutable_type()->mutable_lod_tensor()->mutable_tensor()->set_data_type(proto::VarType::BOOL);
  }
  Write("L.pdmodel", program.SerializeAsString());
  std::string parameters = Read("L.pdiparams");
  const size_t type = parameters.find("\x08\x15\x10\x08");  // INT8 of 8 channels: the weight's description
  ASSERT_NE(type, std::string::npos);
  parameters[type + 1] = proto::VarType::BOOL;
  Write("L.pdiparams", parameters);
  const Finished finished = Convert("L", "B", "--form", "legacy");
  EXPECT_EQ(finished.exit_code, 3);
  EXPECT_THAT(finished.err, HasSubstr("'conv2d_0.w_0' is stored as BOOL [8, 1, 5, 5], which holds no weight"));
}

// Channels are counted by the records: a program may say -1 of the shape of a scale.
TEST_F(ConvertCommandTest, CountsChannelsAsTheyAreStored) {
  ASSERT_EQ(Convert("P", "L", "--form", "linear").exit_code, 0);
  proto::ProgramDesc program = ReadProgram("L.pdmodel");
  for (auto& var : *program.mutable_blocks(0)->mutable_vars()) {
    if (var.name().find("@scale") != std::string::npos)
      var.mutable_type()->mutable_lod_tensor()->mutable_tensor()->set_dims(0, -1);
  }
  Write("L.pdmodel", program.SerializeAsString());
  for (const std::string target : {"paddle", "onednn", "lite", "tensorrt"}) {
    const Finished finished = Convert("L", target, "--target", target);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_EQ(Run({"check", target}).exit_code, 0);
  }
}

// Of a weight that is simulated, whose scales are stored, as well.
TEST_F(ConvertCommandTest, CountsChannelsOfWeightsAsTheyAreStored) {
  const std::string model = PDQUANT_TESTDATA "/paddle/static_quantization/channels/m";
  Write("A.pdmodel", ReadFile(model + ".pdmodel"));
  Write("A.pdiparams", ReadFile(model + ".pdiparams"));
  Write("B.pdiparams", ReadFile(model + ".pdiparams"));
  proto::ProgramDesc program = ReadProgram("A.pdmodel");
  for (auto& var : *program.mutable_blocks(0)->mutable_vars()) {
    if (!var.name().ends_with(".w_0")) continue;
    auto* tensor = var.mutable_type()->mutable_lod_tensor()->mutable_tensor();
    for (int i = 0; i < tensor->dims_size(); ++i) tensor->set_dims(i, -1);
  }
  Write("B.pdmodel", program.SerializeAsString());
  for (const std::string name : {"A", "B"}) {
    const Finished finished = Convert(name, name + ".linear", "--form", "linear");
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
  }
  EXPECT_EQ(Read("A.linear.pdiparams"), Read("B.linear.pdiparams"));
}

// The product of a convolution is declared with another number of channels than its filter has.
TEST_F(ConvertCommandTest, CountsChannelsOfProductsByFilters) {
  proto::ProgramDesc program = ReadProgram("P.pdmodel");
  for (auto& var : *program.mutable_blocks(0)->mutable_vars()) {
    if (var.name().starts_with("conv2d_") && !var.persistable())
      var.mutable_type()->mutable_lod_tensor()->mutable_tensor()->set_dims(1, int64_t{1} << 62U);
  }
  Write("P.pdmodel", program.SerializeAsString());
  const Finished finished = Convert("P", "T", "--target", "tensorrt");
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(Run({"check", "T"}).exit_code, 0);
}

TEST_F(ConvertCommandTest, RefusesScalesThatAreNotFinite) {
  proto::ProgramDesc program = ReadProgram("P.pdmodel");
  for (auto& op : *program.mutable_blocks(0)->mutable_ops()) {
    for (auto& attr : *op.mutable_attrs()) {
      if (attr.name() == "max_range") attr.set_f(1e-45F);
    }
  }
  Write("P.pdmodel", program.SerializeAsString());
  const Finished finished = Convert("P", "T", "--target", "tensorrt");
  EXPECT_EQ(finished.exit_code, 3);
  EXPECT_THAT(finished.err, HasSubstr("its max_range makes a scale of the channels that is no finite number"));
  EXPECT_FALSE(Exists("T.pdmodel"));
}

// Paddle stores a scale as [] that it declares as [1]. What reads it beside the op that quantizes keeps it.
TEST_F(ConvertCommandTest, ScalesThatAreReadElsewhere) {
  const std::filesystem::path source =
      std::filesystem::path(PDQUANT_CORPUS).parent_path() / "frozen26" / "lenet" / "linear_channel";
  proto::ProgramDesc program = ParseMessage(ReadFile(source / "model.pdmodel"));
  proto::BlockDesc* block = program.mutable_blocks(0);
  std::vector<std::string> scales;
  for (const auto& op : block->ops()) {
    for (const auto& input : op.inputs()) {
      if (op.type() == "quantize_linear" && input.parameter() == "Scale") scales.push_back(input.arguments(0));
    }
  }
  ASSERT_FALSE(scales.empty());
  for (const std::string& scale : scales) {
    *block->add_vars() = MakeVar(scale + ".read float32[1]");
    *block->add_ops() = MakeOp("assign X=" + scale + " : Out=" + scale + ".read");
  }
  Write("S.pdmodel", program.SerializeAsString());
  Write("S.pdiparams", ReadFile(source / "model.pdiparams"));
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"undo"}, {"convert", "--form", "legacy"}}) {
    std::vector<std::string> arguments = command;
    arguments.insert(arguments.end(), {"S", "-o", "U"});
    const Finished finished = Run(arguments);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    const Finished checked = Run({"check", "U"});
    EXPECT_EQ(checked.exit_code, 0) << checked.err;
  }
}

TEST_F(ConvertCommandTest, RefusesDynamicScales) {
  CopyModel("lenet/abs_max", "frozen", "D.pdmodel", "D.pdiparams");
  const Finished finished = Convert("D", "x", "--form", "linear");
  EXPECT_EQ(finished.exit_code, 3);
  EXPECT_THAT(finished.err, HasSubstr("[linear-form]"));
  EXPECT_FALSE(Exists("x.pdmodel"));
}

}  // namespace
}  // namespace pdquant::testing
