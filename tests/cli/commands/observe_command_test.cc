// observe and read as whole commands. What observe makes of programs is in testdata/passes/observe; that runtimes run
// it, in tests/paddle/observe.py.
#include <gmock/gmock.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/process.h"
#include "support/program_builder.h"
#include "support/programs.h"
#include "support/tensor_text.h"

namespace pdquant::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kProgram[] = R"(
  var x float32[-1,2] need_check_feed
  var w float32[2,2] persistable
  var y float32[-1,2]
  var z float32[-1,2]
  mul X=x Y=w : Out=y | x_num_col_dims=1 y_num_col_dims=1
  relu X=y : Out=z
  fetch X=z : Out=fetch | col=0
)";

class ObserveCommandTest : public CommandTest {
 protected:
  ObserveCommandTest() {
    std::filesystem::create_directory(Path("m"));
    Write("m/__model__", BuildProgram(kProgram).SerializeAsString());
    Write("m/w", TensorFile("w float32 2,2 : 1 2 3 4").second);
  }

  // Observes the model. Returns the fingerprint as text.
  std::string Observe(const std::string& out, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"observe", "m", "-o", out});
    const Finished finished = Run(more);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    std::string text;
    const proto::ProgramDesc program = ParseMessage(Read(out + "/__model__"));
    for (const auto& op : program.blocks(0).ops()) {
      if (op.type() != "fill_constant") continue;
      for (const auto& attr : op.attrs()) {
        if (attr.name() == "value") text += std::to_string(static_cast<int64_t>(attr.f())) + " ";
      }
    }
    return text;
  }
};

TEST_F(ObserveCommandTest, WritesAModelAsTheInputIs) {
  const Finished finished = Run({"observe", "m", "-o", "o"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(finished.out, "'m': 3 values of 1 op observed in the output 'pdquant.observed', 9 numbers a batch\n");
  EXPECT_EQ(Read("o/w"), Read("m/w"));
  EXPECT_EQ(Run({"check", "o/__model__"}).exit_code, 0);
  Write("p.pdmodel", Read("m/__model__"));
  Write("p.pdiparams", Read("m/w"));
  EXPECT_EQ(Run({"observe", "p", "-o", "q"}).exit_code, 0);
  EXPECT_EQ(Read("q.pdmodel"), Read("o/__model__"));
  EXPECT_EQ(Read("q.pdiparams"), Read("m/w"));
}

TEST_F(ObserveCommandTest, DryRunWritesNothing) {
  const std::vector<std::string> before = Files();
  const Finished finished = Run({"observe", "m", "--dry-run"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("3 values of 1 op"));
  EXPECT_EQ(Files(), before);
}

TEST_F(ObserveCommandTest, RefusesWhatCantBeObserved) {
  Observe("o");
  const Finished again = Run({"observe", "o", "-o", "p"});
  EXPECT_EQ(again.exit_code, 3);
  EXPECT_THAT(again.err, HasSubstr("'o': the program has the output 'pdquant.observed' already"));
  Write("t.pb", BuildProgram("var w float32[8,8] persistable\nmul X=x Y=w : Out=y").SerializeAsString());
  const Finished training = Run({"observe", "t.pb", "-o", "u.pb"});
  EXPECT_EQ(training.exit_code, 3);
  EXPECT_THAT(training.err, HasSubstr("hands over no output (fetch)"));
  EXPECT_EQ(Run({"observe", "m"}).exit_code, 2);
  EXPECT_EQ(Run({"observe", "m", "-o", "p", "--portable"}).exit_code, 2);
}

TEST_F(ObserveCommandTest, TheSelectionSaysWhichOps) {
  const Finished finished = Run({"observe", "m", "-o", "o", "--skip", "w"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("0 values of 0 ops observed in the output 'pdquant.observed', 3 numbers"));
}

// A sum of two branches reads copies of what both batch norms write.
TEST_F(ObserveCommandTest, ReadersOfTwoValuesAreRewiredOnce) {
  Write("r.pb", BuildProgram(R"(
    var x float32[-1,2,4,4] need_check_feed
    var f float32[2,2,1,1] persistable
    var g float32[2,2,1,1] persistable
    var a float32[-1,2,4,4]
    var b float32[-1,2,4,4]
    var c float32[-1,2,4,4]
    var d float32[-1,2,4,4]
    conv2d Filter=f Input=x : Output=a
    batch_norm X=a : Y=b
    conv2d Filter=g Input=x : Output=c
    batch_norm X=c : Y=d
    elementwise_add X=b Y=d : Out=z
    fetch X=z : Out=fetch | col=0
  )")
                    .SerializeAsString());
  const Finished finished = Run({"observe", "r.pb", "-o", "o.pb"});
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  const proto::ProgramDesc program = ParseMessage(Read("o.pb"));
  std::vector<std::string> ops;
  for (const auto& op : program.blocks(0).ops()) ops.push_back(OpText(op));
  EXPECT_THAT(ops, Contains("elementwise_add X=pdquant.copy Y=pdquant.copy_1 : Out=z"));
}

TEST_F(ObserveCommandTest, ReadMakesScales) {
  const std::string first = Observe("o");
  Write("a.txt", first + "-1 0.5 -2 3 0 3\n" + first + "-1.5 0.25 -1 5 0 5\n");
  Write("b.txt", first + "0 1 -6 0 0 0\n");
  const Finished finished = Run({"read", "o", "a.txt", "b.txt", "-o", "scales.json"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(finished.out, "'o': 3 scales of 3 batches\n");
  const auto scales = nlohmann::ordered_json::parse(Read("scales.json"));
  EXPECT_EQ(scales["scales"].dump(), R"({"x":1.5,"y":6.0,"z":5.0})");
  EXPECT_EQ(scales["ranges"].dump(), R"({"x":[-1.5,1.0],"y":[-6.0,5.0],"z":[0.0,5.0]})");
  const std::string line = "python3 '" PDQUANT_SOURCE "/tests/support/validate_json.py' '" PDQUANT_SOURCE
                           "/docs/reference/scales.schema.json' '" +
                           Path("scales.json") + "' 2>&1";
  const int code = std::system(line.c_str());
  EXPECT_TRUE(code == 0 || (WIFEXITED(code) && WEXITSTATUS(code) == 77)) << code;
  // The mean of 1, 1.5 and 1; of 3, 5 and 6; of 3, 5 and 0.
  const Finished average = Run({"read", "o", "a.txt", "b.txt", "--algorithm", "avg", "--format", "json"});
  const auto averages = nlohmann::ordered_json::parse(average.out)["scales"];
  EXPECT_NEAR(averages["x"].get<double>(), 3.5 / 3, 1e-12);
  EXPECT_NEAR(averages["y"].get<double>(), 14.0 / 3, 1e-12);
  EXPECT_NEAR(averages["z"].get<double>(), 8.0 / 3, 1e-12);
}

TEST_F(ObserveCommandTest, ReadWarnsOfOddValues) {
  const std::string first = Observe("o");
  Write("a.txt", first + "nan 1 0 0 5 5.2\n");
  const Finished finished = Run({"read", "o", "a.txt", "--format", "json"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_EQ(nlohmann::ordered_json::parse(finished.out)["scales"].dump(), R"({"y":0.0,"z":5.2})");
  EXPECT_THAT(finished.err, HasSubstr("variable 'x': was NaN or infinite in some batch"));
  EXPECT_THAT(finished.err, HasSubstr("variable 'y': was always 0"));
  EXPECT_THAT(finished.err, HasSubstr("variable 'z': stays between 5 and 5.2"));
}

TEST_F(ObserveCommandTest, ReadRefusesForeignRows) {
  const std::string first = Observe("o");
  Write("a.txt", first + "0 1 0 1 0 1\n1 2 3 0 1 0 1 0 1\n");
  const Finished foreign = Run({"read", "o", "a.txt", "-o", "scales.json"});
  EXPECT_EQ(foreign.exit_code, 3);
  EXPECT_THAT(foreign.err, HasSubstr("'a.txt': line 2: is of another model than 'o': it begins with 1 2 3, not "));
  EXPECT_FALSE(Exists("scales.json"));
  EXPECT_EQ(Run({"read", "m", "a.txt"}).exit_code, 3);
  EXPECT_EQ(Run({"read", "o"}).exit_code, 2);
  EXPECT_EQ(Run({"read", "o", "missing.npy"}).exit_code, 4);
  EXPECT_EQ(Run({"read", "o", "a.txt", "--algorithm", "best"}).exit_code, 2);
}

TEST_F(ObserveCommandTest, HistogramsFromOneRunToTheNext) {
  const std::string first = Observe("o");
  Write("a.txt", first + "-1 0.5 -2 3 0 0\n");
  ASSERT_EQ(Run({"read", "o", "a.txt", "-o", "scales.json"}).exit_code, 0);
  const Finished early = Run({"read", "o", "a.txt", "--algorithm", "kl"});
  EXPECT_EQ(early.exit_code, 2);
  EXPECT_THAT(early.err, HasSubstr("needs histograms"));
  // z was always 0, so it isn't counted. x: all numbers in the bin in the middle; y: half of them in the last one.
  const std::string counted = Observe("c", {"--histogram", "scales.json"});
  EXPECT_NE(counted, first);
  std::string row = counted;
  for (int i = 0; i < 2048; ++i) row += i == 1023 ? "8 " : "0 ";
  for (int i = 0; i < 2048; ++i) row += i == 0 || i == 2047 ? "4 " : "0 ";
  Write("c.txt", row + "\n");
  const Finished finished = Run({"read", "c", "c.txt", "--algorithm", "percentile", "--format", "json"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  const auto scales = nlohmann::ordered_json::parse(finished.out)["scales"];
  EXPECT_EQ(scales.size(), 2U);
  EXPECT_NEAR(scales["x"].get<double>(), 1023.5 / 2048, 1e-6);
  EXPECT_NEAR(scales["y"].get<double>(), 3 * 2047.5 / 2048, 1e-6);
  EXPECT_EQ(Run({"read", "c", "c.txt"}).exit_code, 2);  // abs_max
}

// The first batch takes the branch, the second one doesn't; neither comes to the loop.
TEST_F(ObserveCommandTest, ReadSkipsWhatABatchDoesNotComeTo) {
  Write("b.pb", BuildProgram(R"(
    var x float32[-1,2] need_check_feed
    var w float32[2,2] persistable
    var c bool[1]
    var y float32[-1,2]
    conditional_block Cond=c Input=x,w : Out=y Scope=s | sub_block=block:1 is_scalar_condition=true
    while X=y,w Condition=c : Out=y StepScopes=t | sub_block=block:2
    fetch X=y : Out=fetch | col=0
    block 0
    mul X=x Y=w : Out=y | x_num_col_dims=1 y_num_col_dims=1
    block 0
    mul X=y Y=w : Out=z | x_num_col_dims=1 y_num_col_dims=1
    assign X=z : Out=y
  )")
                    .SerializeAsString());
  const Finished made = Run({"observe", "b.pb", "-o", "o.pb"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_EQ(made.out,
            "'b.pb': 3 values of 2 ops observed in the output 'pdquant.observed', 9 numbers a batch; some are measured "
            "in loops: run it without oneDNN\n");
  // Without scales nothing is counted, and so nothing in a loop; each variable is named once, where it is declared.
  Write("none.json", "{}");
  const Finished uncounted = Run({"observe", "b.pb", "-o", "n.pb", "--histogram", "none.json"});
  EXPECT_THAT(uncounted.out, Not(HasSubstr("in loops")));
  EXPECT_THAT(uncounted.err, HasSubstr("block 2, variable 'z': isn't counted"));
  std::string row;
  const proto::ProgramDesc program = ParseMessage(Read("o.pb"));
  for (const auto& op : program.blocks(0).ops()) {
    if (op.type() != "fill_constant" || !op.outputs(0).arguments(0).starts_with("pdquant.fingerprint")) continue;
    for (const auto& attr : op.attrs()) {
      if (attr.name() == "value") row += std::to_string(static_cast<int64_t>(attr.f())) + " ";
    }
  }
  const std::string never = "3.40282347e+38 -3.40282347e+38 ";
  Write("rows.txt", row + "-1 2 " + never + never + "\n" + row + never + never + never + "\n");
  const Finished finished = Run({"read", "o.pb", "rows.txt", "--algorithm", "avg", "--format", "json"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  const auto document = nlohmann::ordered_json::parse(finished.out);
  EXPECT_EQ(document["scales"].dump(), R"({"x":2.0})");
  EXPECT_EQ(document["ranges"].dump(), R"({"x":[-1.0,2.0]})");
  EXPECT_THAT(finished.err, HasSubstr("variable 'y': no batch came to it"));
  EXPECT_THAT(finished.err, HasSubstr("variable 'z': no batch came to it"));
}

// As transpile --for-test and freeze make it, by hand: x in steps of 1/127 of its scale 1, w in steps of 4/127.
constexpr char kFrozen[] = R"(
  var x float32[-1,2] need_check_feed
  var x.scale float32[1] persistable
  var x.quantized float32[-1,2]
  var x.quantized.scale float32[1]
  var w float32[2,2] persistable
  var y float32[-1,2]
  var y.dequantized float32[-1,2]
  var z float32[-1,2]
  fake_quantize_range_abs_max X=x InScale=x.scale : Out=x.quantized OutScale=x.quantized.scale | bit_length=8 is_test=true window_size=10000
  mul X=x.quantized Y=w : Out=y | x_num_col_dims=1 y_num_col_dims=1
  fake_dequantize_max_abs X=y Scale=x.quantized.scale : Out=y.dequantized | max_range=4032.25
  relu X=y.dequantized : Out=z
  fetch X=z : Out=fetch | col=0
)";

TEST_F(ObserveCommandTest, ATwinRanksTheOps) {
  std::filesystem::create_directory(Path("q"));
  Write("q/__model__", BuildProgram(kFrozen).SerializeAsString());
  Write("q/w", TensorFile("w float32 2,2 : 32 64 95 127").second);
  Write("q/x.scale", TensorFile("x.scale float32 1 : 1").second);
  const Finished made = Run({"observe", "m", "--against", "q", "-o", "t"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_EQ(made.out,
            "'m': the outputs of 1 op compared with 'q' in the output 'pdquant.observed', 5 numbers a batch\n");
  EXPECT_EQ(Read("t/float/w"), Read("m/w"));
  EXPECT_EQ(Read("t/quantized/w"), Read("q/w"));
  EXPECT_EQ(Run({"check", "t"}).exit_code, 0);
  std::string row;
  const proto::ProgramDesc program = ParseMessage(Read("t/__model__"));
  for (const auto& op : program.blocks(0).ops()) {
    for (const auto& attr : op.attrs()) {
      if (op.type() == "fill_constant" && attr.name() == "value") row += std::to_string(attr.f()) + " ";
    }
  }
  Write("rows.txt", row + "4 0.5\n" + row + "2 0.1\n");
  const Finished ranked = Run({"read", "t", "rows.txt", "-o", "errors.json"});
  EXPECT_EQ(ranked.exit_code, 0) << ranked.err;
  EXPECT_EQ(ranked.out,
            "'t': 1 op of 2 batches, the worst first\n"
            "  mul 'y': SQNR 10.00 dB, signal 3, noise 0.3\n");
  const std::string line = "python3 '" PDQUANT_SOURCE "/tests/support/validate_json.py' '" PDQUANT_SOURCE
                           "/docs/reference/op-errors.schema.json' '" +
                           Path("errors.json") + "' 2>&1";
  const int code = std::system(line.c_str());
  EXPECT_TRUE(code == 0 || (WIFEXITED(code) && WEXITSTATUS(code) == 77)) << code;
  EXPECT_EQ(Run({"read", "t", "rows.txt", "--algorithm", "avg"}).exit_code, 2);
}

// What is wrong with one of the two models is said of that one.
TEST_F(ObserveCommandTest, WhatKeepsATwinFromBeingMade) {
  std::filesystem::create_directory(Path("q"));
  Write("q/__model__", BuildProgram(kFrozen).SerializeAsString());
  Write("q/w", TensorFile("w float32 2,2 : 32 64 95 127").second);
  const auto refusal = [&](const std::string& model, const std::string& against) {
    const Finished run = Run({"observe", model, "--against", against, "-o", "u"});
    EXPECT_EQ(run.exit_code, 3);
    return run.err;
  };
  EXPECT_THAT(refusal("m", "m"), StartsWith("pdquant: error: 'm': there is no quantized op in it"));
  EXPECT_THAT(refusal("m", "q"), AllOf(StartsWith("pdquant: error: 'q'"), HasSubstr("x.scale"), Not(HasSubstr("'m'"))));
  Write("q/x.scale", TensorFile("x.scale float32 1 : 1").second);
  EXPECT_THAT(refusal("q", "q"), StartsWith("pdquant: error: 'q': the program is quantized already"));
  Write("q/x.scale", "x");
  EXPECT_THAT(refusal("m", "q"), AllOf(StartsWith("pdquant: error: 'q'"), Not(HasSubstr("'m'"))));
}

// @EMPTY@ stands for no variable, and keeps its name in a twin, whether it is declared or fed.
TEST_F(ObserveCommandTest, ATwinOfProgramsWithEmptyVariables) {
  std::filesystem::create_directory(Path("q"));
  Write("q/w", TensorFile("w float32 2,2 : 32 64 95 127").second);
  Write("q/x.scale", TensorFile("x.scale float32 1 : 1").second);
  for (const std::string more : {"", "feed X=feed : Out=@EMPTY@ | col=1\n"}) {
    for (const std::string name : {"m", "q"}) {
      proto::ProgramDesc program = BuildProgram("var @EMPTY@ float32[-1,2]\nvar feed float32[1] persistable\n" + more +
                                                (name == "m" ? kProgram : kFrozen));
      auto* feed = program.mutable_blocks(0)->mutable_vars(1);
      feed->clear_type();
      feed->mutable_type()->set_type(proto::VarType::FEED_MINIBATCH);
      Write(name + "/__model__", program.SerializeAsString());
    }
    const Finished made = Run({"observe", "m", "--against", "q", "-o", "t"});
    EXPECT_EQ(made.exit_code, 0) << more << made.err;
    EXPECT_EQ(Run({"check", "t"}).exit_code, 0);
  }
}

// The output of a folded batch norm that the quantized program doesn't compute in its main block.
TEST_F(ObserveCommandTest, ATwinOfWhatABranchWritesIsNotMade) {
  const std::string norm = R"(
    var b float32[2] persistable
    mul X=x Y=w : Out=y | x_num_col_dims=1 y_num_col_dims=1
    batch_norm X=y Scale=b Bias=b Mean=b Variance=b : Y=z | is_test=true
    fetch X=z : Out=fetch | col=0
  )";
  const std::string inputs = "var x float32[-1,2] need_check_feed\nvar w float32[2,2] persistable\n";
  Write("m/__model__", BuildProgram(inputs + norm).SerializeAsString());
  Write("m/b", TensorFile("b float32 2 : 1 1").second);
  std::filesystem::create_directory(Path("q"));
  Write("q/w", TensorFile("w float32 2,2 : 32 64 95 127").second);
  Write("q/x.scale", TensorFile("x.scale float32 1 : 1").second);
  Write("q/__model__", BuildProgram(inputs + R"(
    var x.scale float32[1] persistable
    var c bool[1]
    fake_quantize_dequantize_moving_average_abs_max X=x InScale=x.scale : Out=r OutScale=x.scale | bit_length=8 is_test=true
    mul X=r Y=w : Out=y | x_num_col_dims=1 y_num_col_dims=1
    conditional_block Cond=c Input=y : Out=z Scope=s | sub_block=block:1 is_scalar_condition=true
    fetch X=z : Out=fetch | col=0
    block 0
    relu X=y : Out=z
  )")
                           .SerializeAsString());
  const Finished made = Run({"observe", "m", "--against", "q", "-o", "t"});
  EXPECT_EQ(made.exit_code, 3) << made.err;
  EXPECT_THAT(made.err,
              HasSubstr("isn't compared: the op that writes it last isn't one of the main block that computes"));
}

}  // namespace
}  // namespace pdquant::testing
