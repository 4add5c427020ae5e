// The commands that rewrite models, on small models from text: what they write to the parameters, and what they refuse.
#include <gmock/gmock.h>

#include <map>
#include <string>
#include <vector>

#include "cli/model_testing.h"
#include "support/program_builder.h"
#include "support/tensor_text.h"

namespace pdquant::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ModelFromTextTest : public ModelCommandTest {
 protected:
  // A model in the folder `in`; each parameter is a line of tensor_text.h.
  void Make(const std::string& program, const std::vector<std::string>& parameters) const {
    std::filesystem::remove_all(Path("in"));
    std::filesystem::create_directory(Path("in"));
    Write("in/__model__", BuildProgram(program).SerializeAsString());
    for (const std::string& line : parameters) {
      const auto [name, bytes] = TensorFile(line);
      Write("in/" + name, bytes);
    }
  }
  Finished Try(const std::vector<std::string>& command, const std::string& from, const std::string& to) const {
    std::filesystem::remove_all(Path(to));
    std::vector<std::string> arguments = {command[0], from, "-o", to};
    arguments.insert(arguments.end(), command.begin() + 1, command.end());
    return Run(arguments);
  }
  // The parameters that a command writes, by name.
  std::map<std::string, std::string> Rewrite(const std::vector<std::string>& command, const std::string& from = "in",
                                             const std::string& to = "out") const {
    const Finished finished = Try(command, from, to);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    std::map<std::string, std::string> lines;
    if (!Exists(to)) return lines;
    for (const std::string& name : FilesIn(to)) {
      if (name == "__model__") continue;
      const std::string line = TensorLine(name, Read(to + "/" + name));
      lines[name] = line.substr(line.find(": ") + 2);
    }
    return lines;
  }
  // The types of the ops of a block of what was written, with what they read.
  std::vector<std::string> Ops(int block, const std::string& folder = "out") const {
    std::vector<std::string> ops;
    const proto::ProgramDesc program = ReadProgram(folder + "/__model__");
    for (const proto::OpDesc& op : program.blocks(block).ops()) ops.push_back(OpText(op));
    return ops;
  }
};

// A convolution whose filter has a scale for each channel; `dims` of its output's declaration, and what it is.
std::string Convolution(const std::string& type, const std::string& filter, const std::string& dims,
                        const std::string& axis, const std::string& groups) {
  return "var x float32[-1,4,4,4]\nvar xq float32[-1,4,4,4]\nvar xd float32[-1,4,4,4]\nvar xs float32[1] persistable\n"
         "var w float32" +
         filter + " persistable\nvar wq float32" + filter + "\nvar wd float32" + filter +
         "\nvar ws float32[2]\nvar y float32[-1," + dims +
         ",4,4]\n"
         "fake_channel_wise_quantize_abs_max X=w : Out=wq OutScale=ws | bit_length=8 quant_axis=" +
         axis + "\nfake_channel_wise_dequantize_max_abs X=wq Scales=ws : Out=wd | quant_bits=[8] quant_axis=" + axis +
         "\nfake_quantize_moving_average_abs_max X=x InScale=xs : Out=xq OutScale=xs | bit_length=8 is_test=true\n"
         "fake_dequantize_max_abs X=xq Scale=xs : Out=xd | max_range=127.0\n" +
         type + " Input=xd Filter=wd : Output=y | groups=" + groups + "\nrelu X=y : Out=r\n";
}

// The shape that an activation is declared with is a hint.
TEST_F(ModelFromTextTest, FreezeCountsTheChannelsOfTheFilter) {
  for (const char* declared : {"2", "6", "-1", "68719476736"}) {
    Make(Convolution("conv2d", "[2,4,1,1]", declared, "0", "1"),
         {"w float32 2,4,1,1 : 1 2 3 4 5 6 7 8", "xs float32 1 : 3"});
    EXPECT_EQ(Rewrite({"freeze"})["ws"], "4 8") << declared;
    Make(Convolution("conv2d_transpose", "[4,2,1,1]", declared, "1", "2"),
         {"w float32 4,2,1,1 : 1 2 3 4 5 6 7 8", "xs float32 1 : 3"});
    EXPECT_EQ(Rewrite({"freeze"})["w.scale"], "7 8 7 8") << declared;
  }
  Make(Convolution("conv2d_transpose", "[4,2,1,1]", "-1", "1", "8388608"),
       {"w float32 4,2,1,1 : 1 2 3 4 5 6 7 8", "xs float32 1 : 3"});
  const Finished finished = Try({"freeze"}, "in", "out");
  EXPECT_EQ(finished.exit_code, 3);
  EXPECT_THAT(finished.err, HasSubstr("'w' has too few values for 2 channels in each of 8388608 groups [parameter]\n"));
  EXPECT_FALSE(Exists("out"));
}

// Two weights share a stored scale, of which each needs another value: in the linear form 4 bits are a part of it.
TEST_F(ModelFromTextTest, FreezeKeepsAScaleThatAnotherValueHas) {
  const std::string pair =
      "quantize_linear X=%1 Scale=s ZeroPoint=z : Y=%1q | bit_length=%2 quant_axis=-1 is_test=true\n"
      "dequantize_linear X=%1q Scale=s ZeroPoint=z : Y=%1d | bit_length=%2 quant_axis=-1\n";
  const auto of = [&](const std::string& weight, const std::string& bits) {
    std::string text = pair;
    for (size_t at = 0; (at = text.find('%')) != std::string::npos;)
      text.replace(at, 2, text[at + 1] == '1' ? weight : bits);
    return text;
  };
  Make(
      "var x float32[-1,2]\nvar v float32[2,2] persistable\nvar w float32[2,2] persistable\nvar vq float32[2,2]\n"
      "var wq float32[2,2]\nvar vd float32[2,2]\nvar wd float32[2,2]\nvar s float32[1] persistable\n"
      "var z int32[1] persistable\n" +
          of("v", "4") + of("w", "8") + "mul X=x Y=vd : Out=y\nmul X=x Y=wd : Out=r\n",
      {"v float32 2,2 : 2 1 -1 0.5", "w float32 2,2 : 2 1 -1 0.5", "s float32 1 : 2", "z int32 1 : 0"});
  EXPECT_THAT(Rewrite({"freeze"})["s"], "2");
  const auto undone = Rewrite({"undo"}, "out", "undone");
  EXPECT_THAT(undone.at("v"), HasSubstr("2 1.14"));  // 4 of 7
  EXPECT_THAT(undone.at("w"), HasSubstr("2 1.0"));   // 64 of 127
}

// The scale of a weight of zeros is written as 1e-8: not over that of another weight.
TEST_F(ModelFromTextTest, FreezeKeepsTheScaleThatZerosShare) {
  const auto of = [](const std::string& weight) {
    return "fake_quantize_moving_average_abs_max X=" + weight + " InScale=s : Out=" + weight +
           "q OutScale=s | bit_length=8 is_test=true\nfake_dequantize_max_abs X=" + weight +
           "q Scale=s : Out=" + weight + "d | max_range=127.0\n";
  };
  Make(
      "var x float32[-1,2]\nvar v float32[2,2] persistable\nvar w float32[2,2] persistable\nvar vq float32[2,2]\n"
      "var wq float32[2,2]\nvar vd float32[2,2]\nvar wd float32[2,2]\nvar s float32[1] persistable\n" +
          of("v") + of("w") + "mul X=x Y=wd : Out=y\nmul X=x Y=vd : Out=r\n",
      {"v float32 2,2 : 0 0 0 0", "w float32 2,2 : 2 1 -1 0.5", "s float32 1 : 2"});
  EXPECT_EQ(Rewrite({"freeze"})["s"], "2");
  EXPECT_THAT(Rewrite({"undo"}, "out", "undone").at("w"), HasSubstr("2 1.0"));
}

// What is declared of a weight may be -1.
TEST_F(ModelFromTextTest, UndoAndConvertCountTheChannelsInTheFile) {
  Make(Convolution("conv2d", "[-1,4,1,1]", "2", "0", "1"), {"w float32 2,4,1,1 : 1 2 3 4 5 6 7 8", "xs float32 1 : 3"});
  EXPECT_EQ(Rewrite({"freeze"}, "in", "frozen")["ws"], "4 8");
  EXPECT_THAT(Rewrite({"undo"}, "frozen").at("w"), HasSubstr(" 8"));
  EXPECT_EQ(Rewrite({"convert", "--form", "linear"}, "frozen").at("w"), "32 64 95 127 79 95 111 127");
  Make(Convolution("conv2d_transpose", "[4,-1,1,1]", "-1", "1", "2"),
       {"w float32 4,2,1,1 : 1 2 3 4 5 6 7 8", "xs float32 1 : 3"});
  Rewrite({"freeze"}, "in", "frozen");
  EXPECT_THAT(Rewrite({"undo"}, "frozen").at("w"), HasSubstr(" 8"));
}

constexpr char kObserver[] =
    "var x float32[-1,8]\nvar a float32[-1,8]\nvar aq float32[-1,8]\nvar b float32[-1,8]\nvar y float32[-1,8]\n"
    "var c bool[1]\nvar s float32[1] persistable\nvar z int32[1] persistable\nundeclared scope\nrelu X=x : Out=a\n"
    "quantize_linear X=a Scale=s ZeroPoint=z : Y=aq | bit_length=8 quant_axis=-1 only_observer=true\n"
    "dequantize_linear X=aq Scale=s ZeroPoint=z : Y=b | bit_length=8 quant_axis=-1 only_observer=true\n";

std::string InBranch(const std::string& listed, const std::string& outputs, const std::string& behind,
                     const std::string& body) {
  return kObserver + ("conditional_block Cond=c Input=" + listed + " : " + outputs + " | sub_block=block:1\n") +
         behind + "block 0\n" + body;
}

std::string InLoop(const std::string& outputs, const std::string& body) {
  return kObserver +
         ("while Condition=c X=a,b : Out=" + outputs + " | sub_block=block:1\nrelu X=y : Out=r\nblock 0\n") + body;
}

// A body runs where the op that runs it stands.
TEST_F(ModelFromTextTest, UndoFollowsObserversIntoBodies) {
  const std::vector<std::string> parameters = {"s float32 1 : 2", "z int32 1 : 0"};
  for (const char* behind : {"tanh X=x : Out=b\nrelu X=b : Out=r\n", "tanh X=x : Out=a\nrelu X=a : Out=r\n"}) {
    Make(InBranch("b", "Out=y", behind, "sigmoid X=b : Out=y\n"), parameters);
    Rewrite({"undo"});
    EXPECT_THAT(Ops(1), ElementsAre("sigmoid X=a : Out=y")) << behind;
    EXPECT_THAT(Ops(0), Contains(HasSubstr("conditional_block Cond=c Input=a"))) << behind;
  }
  Make(InLoop("y", "sigmoid X=b : Out=y\n"), parameters);
  Rewrite({"undo"});
  EXPECT_THAT(Ops(1), ElementsAre("sigmoid X=a : Out=y"));
}

TEST_F(ModelFromTextTest, UndoRefusesObserversOfWhatABodyOverwrites) {
  const std::vector<std::string> parameters = {"s float32 1 : 2", "z int32 1 : 0"};
  const char* overwritten =
      "it reads what an observer passed on of a value that is overwritten before it "
      "[foreign-quantization]\n";
  const std::vector<std::string> programs = {
      // The value, in a body that doesn't say so; what was passed on, in a body that may not run.
      InBranch("x", "", "sigmoid X=b : Out=y\n", "tanh X=x : Out=a\n"),
      InBranch("x", "Out=b", "sigmoid X=b : Out=y\n", "tanh X=x : Out=b\n"),
      // The second step of a loop reads what the first one wrote.
      InLoop("a,y", "sigmoid X=b : Out=y\ntanh X=y : Out=a\n"),
      InLoop("b,y", "sigmoid X=b : Out=y\ntanh X=y : Out=b\n"),
  };
  for (const std::string& program : programs) {
    Make(program, parameters);
    const Finished finished = Try({"undo"}, "in", "out");
    EXPECT_EQ(finished.exit_code, 3) << program;
    EXPECT_THAT(finished.err, HasSubstr(overwritten)) << program;
    EXPECT_FALSE(Exists("out"));
  }
}

// Observers in a body, of which only the body knows, go; what one passed on to the outside may not be there.
TEST_F(ModelFromTextTest, UndoOfObserversInBodies) {
  const std::string variables =
      "var x float32[-1,8]\nvar b float32[-1,8]\nvar y float32[-1,8]\nvar c bool[1]\nvar s float32[1] persistable\n"
      "var z int32[1] persistable\nrelu X=x : Out=b\n";
  const std::string observer =
      "quantize_linear X=x Scale=s ZeroPoint=z : Y=q | bit_length=8 quant_axis=-1 only_observer=true\n"
      "dequantize_linear X=q Scale=s ZeroPoint=z : Y=b | bit_length=8 quant_axis=-1 only_observer=true\n";
  const std::vector<std::string> parameters = {"s float32 1 : 2", "z int32 1 : 0"};
  Make(variables +
           "conditional_block Cond=c Input=x,s,z : Out=y | sub_block=block:1\nrelu X=y : Out=r\nblock 0\n"
           "var b float32[-1,8]\n" +
           observer + "sigmoid X=b : Out=y\n",
       parameters);
  Rewrite({"undo"});
  EXPECT_THAT(Ops(1), ElementsAre("sigmoid X=x : Out=y"));
  Make(variables + "conditional_block Cond=c Input=x,s,z : Out=b | sub_block=block:1\nrelu X=b : Out=r\nblock 0\n" +
           observer,
       parameters);
  Finished finished = Try({"undo"}, "in", "out");
  EXPECT_EQ(finished.exit_code, 3);
  EXPECT_THAT(finished.err, HasSubstr("[foreign-quantization]\n"));
  Make(variables +
           "while Condition=c X=b,x,s,z : Out=b,y | sub_block=block:1\nrelu X=y : Out=r\nblock 0\n"
           "sigmoid X=b : Out=y\n" +
           observer,
       parameters);
  finished = Try({"undo"}, "in", "out");
  EXPECT_EQ(finished.exit_code, 3);
  EXPECT_THAT(finished.err, HasSubstr("an op reads what the observer passed on in the step of the loop before "
                                      "[foreign-quantization]\n"));
}

// The op that runs a body lists what the body reads: so it does of what folding made, and of what went no more.
TEST_F(ModelFromTextTest, FoldsABatchNormInABody) {
  Make(
      "var x float32[-1,1,2,2]\nvar y float32[-1,2,2,2]\nvar c bool[1]\nvar w float32[2,1,1,1] persistable\n"
      "var scale float32[2] persistable\nvar bias float32[2] persistable\nvar mean float32[2] persistable\n"
      "var variance float32[2] persistable\n"
      "conditional_block Cond=c Input=x,w,scale,bias,mean,variance : Out=y | sub_block=block:1\nrelu X=y : Out=r\n"
      "block 0\nvar h float32[-1,2,2,2]\nconv2d Input=x Filter=w : Output=h\n"
      "batch_norm X=h Scale=scale Bias=bias Mean=mean Variance=variance : Y=y MeanOut=mean VarianceOut=variance | "
      "epsilon=1.0 is_test=true data_layout=NCHW\n",
      {"w float32 2,1,1,1 : 1 -2", "scale float32 2 : 4 2", "bias float32 2 : 1 -1", "mean float32 2 : 0.5 1",
       "variance float32 2 : 3 3"});
  Write("none.json", "{}");
  const auto parameters = Rewrite({"quantize", "--scales", "none.json", "--fold-batch-norm"});
  EXPECT_EQ(parameters.at("w"), "2 -2");
  EXPECT_EQ(parameters.at("w.bias"), "0 -2");
  EXPECT_EQ(parameters.size(), 2U);
  EXPECT_THAT(Ops(0), Contains("conditional_block Cond=c Input=x,w,w.bias : Out=y"));
}

}  // namespace
}  // namespace pdquant::testing
