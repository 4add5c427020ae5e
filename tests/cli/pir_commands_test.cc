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

TEST_F(PirCommands, CheckFindsWhatIsBroken) {
  Write("x.json", BuildPir("%1:f32[4] = data x\n%2:f32[4] = 1.relu %9\nfetch 0 %2"));
  const Finished checked = Run({"check", "x.json"});
  EXPECT_EQ(checked.exit_code, 1);
  EXPECT_EQ(checked.err,
            "pdquant: error: 'x.json': block 0, op 1 'pd_op.relu': the operand %9 is defined nowhere [pir-value]\n");
  EXPECT_THAT(Run({"check", "--format", "json", "x.json"}).out, HasSubstr("\"pir-value\""));
}

TEST_F(PirCommands, WhatIsForProgramDescsSaysSo) {
  Write("x.json", BuildPir(kSmall));
  for (const auto& arguments :
       {std::vector<std::string>{"show", "--format", "dot", "x.json"}, {"show", "--op", "1", "x.json"}}) {
    const Finished shown = Run(arguments);
    EXPECT_EQ(shown.exit_code, 2);
    EXPECT_THAT(shown.err, HasSubstr("'pdquant import' makes a ProgramDesc of it"));
  }
}

}  // namespace
}  // namespace pdquant::testing
