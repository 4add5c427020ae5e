// What freeze, int8 and undo refuse: exit code 3, one clear line for each cause, and nothing is written.
#include <gmock/gmock.h>

#include <cstring>
#include <limits>

#include "cli/model_testing.h"

namespace pdquant::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ModelRefusalsTest : public ModelCommandTest {
 protected:
  // The parameters in files of their own: the last bytes of a file are its data.
  void Unpack(const std::string& model) {
    CopyModel(model, "quant", "P.pdmodel", "P.pdiparams");
    EXPECT_EQ(Run({"params", "unpack", "P", "-o", "files", "-q"}).exit_code, 0);
  }
  void SetFloats(const std::string& parameter, const std::vector<float>& values) const {
    std::string file = Read("files/" + parameter);
    const size_t bytes = values.size() * sizeof(float);
    std::memcpy(file.data() + file.size() - bytes, values.data(), bytes);
    Write("files/" + parameter, file);
  }
  // The messages; the output isn't there.
  std::string Refuse(const std::string& command = "freeze", int code = 3) const {
    const Finished finished =
        Run({command, "P.pdmodel", "--params", "files", "-o", "out.pb", "--params-out", "out.params"});
    EXPECT_EQ(finished.exit_code, code) << finished.err;
    EXPECT_EQ(finished.out, "");
    EXPECT_FALSE(Exists("out.pb"));
    EXPECT_FALSE(Exists("out.params"));
    return finished.err;
  }
};

TEST_F(ModelRefusalsTest, WeightsThatAreNotFinite) {
  Unpack("mlp/range");
  SetFloats("fc_0.w_0", {1, std::numeric_limits<float>::quiet_NaN(), 2});
  SetFloats("fc_1.w_0", {-std::numeric_limits<float>::infinity()});
  const std::string errors = Refuse();
  EXPECT_THAT(errors, HasSubstr("'fc_0.w_0' holds NaN at index 414 [parameter]\n"));  // of 13 · 32 values
  EXPECT_THAT(errors, HasSubstr("'fc_1.w_0' holds an infinity at index 511 [parameter]\n"));
}

// Row 13 of what the reference gets wrong.
TEST_F(ModelRefusalsTest, UntrainedScales) {
  Unpack("mlp/moving");
  SetFloats("x.scale", {0.001F});
  EXPECT_THAT(Refuse(), HasSubstr("variable 'x.scale': still has the value that it starts with"));
  SetFloats("x.scale", {0.5F});
  SetFloats("state_0", {1});
  SetFloats("accum_0", {1});
  EXPECT_THAT(Refuse(), HasSubstr("[untrained-scale]\n"));
  SetFloats("state_0", {3});
  SetFloats("x.scale", {-1});
  EXPECT_THAT(Refuse(), HasSubstr("[scale-value]\n"));
  SetFloats("x.scale", {std::numeric_limits<float>::infinity()});
  EXPECT_THAT(Refuse(), HasSubstr("'x.scale'"));
}

TEST_F(ModelRefusalsTest, EmptyWindow) {
  Unpack("mlp/range");
  const std::vector<float> empty(100);
  for (const char* window : {"scales_0", "scales_1", "scales_2"}) {
    if (Exists(std::string("files/") + window)) SetFloats(window, empty);
  }
  EXPECT_THAT(Refuse(), HasSubstr("[untrained-scale]\n"));
}

// Where all that came was smaller than the start of the scale, the scale stays, but the window shows that it was
// trained.
TEST_F(ModelRefusalsTest, SmallActivationsAreTrained) {
  Unpack("mlp/range");
  std::vector<float> window(100);
  window[1] = 0.0005F;
  SetFloats("scales_0", window);
  const proto::ProgramDesc program = ReadProgram("P.pdmodel");
  std::string scale;
  for (const auto& op : program.blocks(0).ops()) {
    for (const auto& slot : op.outputs()) {
      if (slot.parameter() != "OutScales" || slot.arguments(0) != "scales_0") continue;
      for (const auto& other : op.outputs()) {
        if (other.parameter() == "OutScale") scale = other.arguments(0);
      }
    }
  }
  ASSERT_NE(scale, "");
  SetFloats(scale, {0.001F});
  EXPECT_EQ(Run({"freeze", "P.pdmodel", "--params", "files", "--dry-run"}).exit_code, 0);
  window[1] = 0.5F;  // the scale would be 0.5
  SetFloats("scales_0", window);
  EXPECT_THAT(Refuse(), HasSubstr("[untrained-scale]\n"));
}

// T11: a scale of 0 becomes 1e-8, with a warning; nothing is NaN or infinite.
TEST_F(ModelRefusalsTest, ZeroWeightsAreFrozen) {
  Unpack("mlp/moving");
  for (const float tiny : {0.0F, 1e-45F, 1e-30F}) {
    SetFloats("fc_1.w_0", std::vector<float>(32 * 16, tiny));
    const Finished finished =
        Run({"freeze", "P.pdmodel", "--params", "files", "-o", "zero/m.pb", "--params-out", "zero/p", "--report", "-"});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_THAT(finished.err, HasSubstr("variable 'fc_1.w_0': all values of the weight are 0, or next to it"));
    EXPECT_THAT(finished.out, HasSubstr("\"scale\": 1e-08"));
    const proto::ProgramDesc program = ReadProgram("zero/m.pb");
    for (const auto& op : program.blocks(0).ops()) {
      for (const auto& attr : op.attrs()) {
        if (attr.name() == "max_range") {
          EXPECT_TRUE(std::isfinite(attr.f()));
        }
      }
    }
    std::filesystem::remove_all(Path("zero"));
  }
}

TEST_F(ModelRefusalsTest, Twice) {
  CopyModel("mlp/range", "frozen", "P.pdmodel", "P.pdiparams");
  Finished finished = Run({"freeze", "P", "-o", "Q"});
  EXPECT_EQ(finished.exit_code, 3);
  EXPECT_THAT(finished.err,
              HasSubstr("block 0, op 3 'mul': the op computes on integers: the program is frozen already; "
                        "freeze takes the simulated program [already-frozen]\n"));
  EXPECT_EQ(Run({"int8", "P", "-o", "I"}).exit_code, 0);
  EXPECT_EQ(Run({"freeze", "I", "-o", "Q"}).exit_code, 3);
  EXPECT_EQ(Run({"int8", "I", "-o", "Q"}).exit_code, 3);
  EXPECT_EQ(Run({"undo", "P", "-o", "F"}).exit_code, 0);
  finished = Run({"freeze", "F", "-o", "Q"});
  EXPECT_EQ(finished.exit_code, 3);
  EXPECT_THAT(finished.err,
              HasSubstr("the program has no quantize ops; transpile and train it first [not-simulated]\n"));
  EXPECT_EQ(Run({"int8", "F", "-o", "Q"}).exit_code, 3);
  EXPECT_THAT(Files(), ElementsAre("F.pdiparams", "F.pdmodel", "I.pdiparams", "I.pdmodel", "P.pdiparams", "P.pdmodel"));
}

// Row 20.
TEST_F(ModelRefusalsTest, TrainingProgram) {
  CopyNetwork("mlp");
  EXPECT_EQ(Run({"transpile", "main.pb", "-o", "q.pb"}).exit_code, 0);
  Write("no.params", "");
  const Finished finished = Run({"freeze", "q.pb", "--params", "no.params", "-o", "x.pb", "--params-out", "x.params"});
  EXPECT_EQ(finished.exit_code, 3);
  EXPECT_FALSE(Exists("x.pb"));
}

// What a command writes beside its result, or in its place, is never a file that it reads.
TEST_F(ModelRefusalsTest, OutputsThatAreInputs) {
  CopyModel("mlp/range", "quant", "P.pdmodel", "P.pdiparams");
  EXPECT_EQ(Run({"params", "unpack", "P", "-o", "files", "-q"}).exit_code, 0);
  Write("rules.toml", "");
  Write("scales.json", "{}");
  const auto refuse = [&](const std::vector<std::string>& arguments, const std::string& output) {
    const std::string before = Read(output);
    const Finished finished = Run(arguments);
    EXPECT_EQ(finished.exit_code, 2) << finished.out << finished.err;
    EXPECT_THAT(finished.err, HasSubstr("'" + output + "' is "));
    EXPECT_EQ(Read(output), before);
  };
  for (const char* file : {"P.pdmodel", "P.pdiparams"}) {
    refuse({"freeze", "P", "-o", "Q", "--report", file}, file);
    refuse({"show", "P", "--format", "json", "-o", file}, file);
    refuse({"diff", "P", "P", "--format", "json", "-o", file}, file);
  }
  refuse({"freeze", "P.pdmodel", "--params", "files", "-o", "Q", "--params-out", "out", "--report", "files/fc_0.w_0"},
         "files/fc_0.w_0");
  refuse({"weights", "P", "-o", "Q", "--rules", "rules.toml", "--report", "rules.toml"}, "rules.toml");
  refuse({"quantize", "P", "-o", "Q", "--scales", "scales.json", "--report", "scales.json"}, "scales.json");
}

// A short, a long and a twisted file; two weights of one shape that were swapped can't be seen (T10).
TEST_F(ModelRefusalsTest, DamagedParameters) {
  CopyModel("mlp/range", "quant", "P.pdmodel", "P.pdiparams");
  const std::string params = Read("P.pdiparams");
  const auto refuse = [&](const std::string& bytes) {
    Write("P.pdiparams", bytes);
    const Finished finished = Run({"freeze", "P", "-o", "Q"});
    EXPECT_EQ(finished.exit_code, 3) << finished.err;
    EXPECT_FALSE(Exists("Q.pdmodel"));
    return finished.err;
  };
  EXPECT_THAT(refuse(params.substr(0, params.size() - 1)), HasSubstr("variable 'x.scale': needs 4 bytes at 0x"));
  EXPECT_THAT(refuse(params + "\n"), HasSubstr("1 byte after the last tensor"));
  EXPECT_THAT(refuse(""), HasSubstr("0 of 13 parameters"));
  EXPECT_THAT(refuse("\x80\x04 a pickle"), HasSubstr("[parameter-file]"));
}

}  // namespace
}  // namespace pdquant::testing
