// show and check of a program of Paddle 3.
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/process.h"
#include "support/pir_builder.h"
#include "support/programs.h"

namespace pdquant::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kSmall = R"(
  %1:f32[4] = p b
  %2:f32[4,4] = p w
  %3:f32[-1,4] = data x
  %4:f32[-1,4] = 1.matmul %3 %2 | transpose_x=bool:false transpose_y=bool:false struct_name=str:/Linear/
  %5:f32[-1,4] = 1.add %4 %1 | struct_name=str:/Linear/
  %6:f32[-1,4] = 1.relu %5
  %7:f32[-1,4] = 1.relu %6
  fetch 0 %7
)";

class PirCommands : public CommandTest {
 protected:
  void CopyExport(const std::string& network) const {
    std::filesystem::create_directories(Path("in"));
    for (const char* file : {"inference.json", "inference.pdiparams"}) {
      std::filesystem::copy_file(std::string(PDQUANT_PIR_CORPUS) + "/" + network + "/" + file, Path("in/") + file);
    }
  }
};

TEST_F(PirCommands, CanonicalText) {
  Write("x.json", BuildPir(kSmall));
  const Finished shown = Run({"show", "--format", "canonical", "x.json"});
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_EQ(shown.out,
            "pir version 4\n"
            "b float32[4] = builtin.parameter()\n"
            "w float32[4,4] = builtin.parameter()\n"
            "x float32[-1,4] = pd_op.data() name='x' shape=[-1, 4] dtype=float32\n"
            "/Linear/matmul float32[-1,4] = pd_op.matmul(x, w) transpose_x=false transpose_y=false\n"
            "/Linear/add float32[-1,4] = pd_op.add(/Linear/matmul, b)\n"
            "relu float32[-1,4] = pd_op.relu(/Linear/add)\n"
            "relu.1 float32[-1,4] = pd_op.relu(relu)\n"
            "pd_op.fetch(relu.1) name='fetch_name_0' col=0\n");
}

// Another numbering is the same text, and an op more is one line more and those that read it.
TEST_F(PirCommands, CanonicalTextDoesNotDependOnNumbers) {
  Write("a.json", BuildPir(kSmall));
  std::string renumbered(kSmall);
  for (const auto& [from, to] : {std::pair("%7", "%17"), std::pair("%6", "%16")}) {
    for (size_t at = 0; (at = renumbered.find(from, at)) != std::string::npos; at += 3) renumbered.replace(at, 2, to);
  }
  Write("b.json", BuildPir(renumbered));
  EXPECT_EQ(Run({"show", "--format", "canonical", "a.json"}).out, Run({"show", "--format", "canonical", "b.json"}).out);
}

TEST_F(PirCommands, BlocksAreIndented) {
  CopyExport("cond_if");
  const std::string text = Run({"show", "--format", "canonical", "in"}).out;
  EXPECT_THAT(text, HasSubstr("\nif float32[-1,4], if#1 float32[-1,4] = pd_op.if(greater_than)\n block\n  "));
  EXPECT_THAT(text, HasSubstr("\n  cf.yield("));
}

// A block without ops is a line, too: else nothing would tell which of the blocks of an op it is.
TEST_F(PirCommands, BlocksWithoutOps) {
  const auto canonical = [this](const std::string& blocks) {
    const std::string before = "%1:f32[4] = data x\n%2:bool[1] = data c\n%3:f32[4] = 1.if %2 {\n";
    Write("x.json", BuildPir(before + blocks + "fetch 0 %3\n"));
    return Run({"show", "--format", "canonical", "x.json"}).out;
  };
  EXPECT_THAT(canonical("} {\n  2.yield %1\n}\n"), HasSubstr(" = pd_op.if(c)\n block\n block\n  cf.yield(x)\n"));
  EXPECT_THAT(canonical("  2.yield %1\n} {\n}\n"), HasSubstr(" = pd_op.if(c)\n block\n  cf.yield(x)\n block\n"));
}

TEST_F(PirCommands, SecondMainBlock) {
  nlohmann::json json = nlohmann::json::parse(BuildPir(kSmall));
  nlohmann::json& blocks = json["program"]["regions"][0]["blocks"];
  nlohmann::json second = blocks[0];
  second["ops"] = nlohmann::json::array({second["ops"][2]});
  blocks.push_back(second);
  Write("x.json", json.dump());
  for (const bool git : {false, true}) {
    std::vector<std::string> arguments = {"show", "--format", "canonical", "x.json"};
    if (git) arguments.insert(arguments.begin() + 1, "--git");
    const Finished shown = Run(arguments);
    EXPECT_EQ(shown.exit_code, 0) << shown.err;
    EXPECT_THAT(shown.out, HasSubstr("\nblock\nx"));
  }
}

TEST_F(PirCommands, TextAndJson) {
  CopyExport("cond_if");
  const Finished text = Run({"show", "in"});
  EXPECT_EQ(text.exit_code, 0);
  EXPECT_THAT(
      text.out,
      HasSubstr("'in': program of Paddle 3 (PIR), version 4 of the format\n  3 blocks, 23 ops, 4 parameters\n"));
  EXPECT_THAT(text.out, HasSubstr("  inputs:\n    x float32[-1,4]\n  outputs:\n    fetch_name_0 float32[-1,4]\n"));
  const Finished json = Run({"show", "--format", "json", "in/inference.json"});
  const auto document = nlohmann::json::parse(json.out);
  EXPECT_EQ(document["schema"], "pdquant-show-pir");
  EXPECT_EQ(document["ops"].size(), 23U);
  Write("show.json", json.out);
  const std::string line = "python3 '" PDQUANT_SOURCE "/tests/support/validate_json.py' '" PDQUANT_SOURCE
                           "/docs/reference/show-pir.schema.json' '" +
                           Path("show.json") + "' 2>&1";
  const int code = std::system(line.c_str());
  if (WIFEXITED(code) && WEXITSTATUS(code) == 77) GTEST_SKIP() << "python3-jsonschema isn't installed";
  EXPECT_EQ(code, 0);
}

TEST_F(PirCommands, CheckOfAProgramAndOfAModel) {
  CopyExport("cond_if");
  EXPECT_EQ(Run({"check", "in/inference.json"}).out,
            "'in/inference.json': well formed: 3 blocks, 23 ops, 4 parameters\n");
  EXPECT_EQ(Run({"check", "in"}).out, "'in': well formed: 3 blocks, 23 ops, 4 parameters\n");
  Write("in/inference.pdiparams", "short");
  EXPECT_EQ(Run({"check", "in/inference.json"}).exit_code, 0);
  const Finished damaged = Run({"check", "in"});
  EXPECT_EQ(damaged.exit_code, 3);
  EXPECT_THAT(damaged.err, HasSubstr("[parameter-file]"));
  EXPECT_EQ(Run({"check", "in", "--target", "lite"}).exit_code, 2);
}

TEST_F(PirCommands, CheckOfStandardInput) {
  Invocation invocation;
  invocation.arguments = {"check", "-", "--target", "paddle-pir"};
  invocation.input = BuildPir(kSmall);
  EXPECT_EQ(Run(invocation).out, "standard input: well formed, fit for paddle-pir: 1 block, 8 ops, 2 parameters\n");
  invocation.arguments.back() = "onnx";
  EXPECT_THAT(Run(invocation).err,
              HasSubstr("--target judges a ProgramDesc, and standard input is a program of Paddle 3"));
}

// feed is an input of Paddle's translator of older programs.
TEST_F(PirCommands, AFeedIsAnInput) {
  Write("x.json", BuildPir("%1:f32[2] = 1.feed | name=str:image col=i32:0\n%2:f32[2] = 1.relu %1\nfetch 0 %2"));
  EXPECT_THAT(Run({"show", "x.json"}).out, HasSubstr("  inputs:\n    image float32[2]\n"));
  EXPECT_THAT(Run({"show", "--list", "ops", "x.json"}).out, HasSubstr("feed() -> 0=image\n"));
}

TEST_F(PirCommands, CheckForPaddle3) {
  CopyExport("cond_if");
  EXPECT_EQ(Run({"check", "in", "--target", "paddle-pir"}).out,
            "'in': well formed, fit for paddle-pir: 3 blocks, 23 ops, 4 parameters\n");
  ASSERT_EQ(Run({"import", "in", "-o", "out"}).exit_code, 0);
  const Finished other = Run({"check", "out", "--target", "paddle-pir"});
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.err, HasSubstr("judges programs of Paddle 3 (PIR), and 'out' isn't one"));
}

TEST_F(PirCommands, CheckFindsWhatIsBroken) {
  Write("x.json", BuildPir("%1:f32[4] = data x\n%2:f32[4] = 1.relu %9\nfetch 0 %2"));
  const Finished checked = Run({"check", "x.json"});
  EXPECT_EQ(checked.exit_code, 1);
  EXPECT_EQ(checked.err,
            "pdquant: error: 'x.json': block 0, op 1 'pd_op.relu': the operand %9 is defined nowhere [pir-value]\n");
  EXPECT_THAT(Run({"check", "--format", "json", "x.json"}).out, HasSubstr("\"pir-value\""));
}

// Lists and pictures number the ops as the file does.
TEST_F(PirCommands, ListsAndPictures) {
  CopyExport("cond_if");
  const std::string ops = Run({"show", "--list", "ops", "in"}).out;
  EXPECT_THAT(ops, HasSubstr("\n0:9 pd_op.if(0=greater_than) -> 0=if, 1=if#1\n"));
  EXPECT_THAT(ops, HasSubstr("\n2:4 cf.yield("));
  EXPECT_THAT(Run({"show", "--op", "9", "in"}).out, HasSubstr("attr regions: BLOCKS"));
  EXPECT_THAT(Run({"show", "--list", "params", "in"}).out, HasSubstr("linear_0.w_0 FP32 [4, 4] at 0x"));
  const std::string dot = Run({"show", "--format", "dot", "in"}).out;
  EXPECT_THAT(dot, HasSubstr("inference program, not quantized"));
  EXPECT_THAT(dot, HasSubstr("label=\"pd_op.matmul\\n1 4x4\""));
  EXPECT_THAT(dot, Not(HasSubstr("builtin.parameter")));
  EXPECT_EQ(Run({"show", "--format", "html", "-o", "view.html", "in"}).exit_code, 0);
  EXPECT_THAT(Read("view.html"), HasSubstr("pd_op.greater_than"));
}

TEST_F(PirCommands, FromStandardInput) {
  const Finished shown = Run({.arguments = {"show", "--format", "canonical", "-"}, .input = BuildPir(kSmall)});
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("\nrelu.1 float32[-1,4] = pd_op.relu(relu)\n"));
}

TEST_F(PirCommands, Diff) {
  Write("a.json", BuildPir(kSmall));
  EXPECT_EQ(Run({"diff", "a.json", "a.json"}).exit_code, 0);
  std::string changed(kSmall);
  changed.replace(changed.find("transpose_y=bool:false"), 22, "transpose_y=bool:true");
  changed.replace(changed.find("1.relu %6"), 9, "1.sigmoid %6");
  Write("b.json", BuildPir(changed));
  const Finished text = Run({"diff", "a.json", "b.json"});
  EXPECT_EQ(text.exit_code, 1);
  EXPECT_THAT(text.out, HasSubstr("~ 0:3 pd_op.matmul making /Linear/matmul, attr transpose_y: false -> true\n"));
  EXPECT_THAT(text.out, HasSubstr("+ 0:6 pd_op.sigmoid(0=relu) -> 0=sigmoid\n"));
  EXPECT_EQ(Run({"diff", "--format", "html", "-o", "change.html", "a.json", "b.json"}).exit_code, 1);
  EXPECT_THAT(Read("change.html"), HasSubstr("pd_op.sigmoid"));
}

TEST_F(PirCommands, DiffOfParameters) {
  CopyExport("cond_if");
  std::filesystem::copy(Path("in"), Path("other"));
  EXPECT_EQ(Run({"diff", "--tensors", "in", "other"}).exit_code, 0);
  std::string parameters = Read("other/inference.pdiparams");
  parameters.back() ^= 1;
  Write("other/inference.pdiparams", parameters);
  const Finished text = Run({"diff", "--tensors", "in", "other"});
  EXPECT_EQ(text.exit_code, 1);
  EXPECT_THAT(text.out, HasSubstr("linear_1.w_0"));
}

TEST_F(PirCommands, DiffAgainstAProgramDesc) {
  CopyExport("cond_if");
  ASSERT_EQ(Run({"import", "in", "-o", "out"}).exit_code, 0);
  const Finished compared = Run({"diff", "in/inference.json", "out/inference.pdmodel"});
  EXPECT_EQ(compared.exit_code, 3);
  EXPECT_THAT(compared.err, HasSubstr("is a program of Paddle 3 (PIR) and 'out/inference.pdmodel' a ProgramDesc: make "
                                      "one of it first, with 'pdquant import'"));
}

// git maps inference.json to pdquant, whoever wrote it.
TEST_F(PirCommands, OtherJsonInGitIsItsText) {
  Write("inference.json", "{\n \"a\": 1\n}\n");
  const Finished shown = Run({"show", "--format", "canonical", "--git", "inference.json"});
  EXPECT_EQ(shown.exit_code, 0);
  EXPECT_EQ(shown.out, "{\n \"a\": 1\n}\n");
}

}  // namespace
}  // namespace pdquant::testing
