// import: an export of Paddle 3 becomes a model of __model__'s kind, its parameters as they are.
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/model_testing.h"
#include "support/pir_builder.h"

namespace pdquant::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ImportTest : public ModelCommandTest {
 protected:
  // Copies a network of the corpus as FOLDER/inference.json and FOLDER/inference.pdiparams.
  void CopyExport(const std::string& network, const std::string& folder) const {
    std::filesystem::create_directories(Path(folder));
    for (const char* file : {"inference.json", "inference.pdiparams"}) {
      std::filesystem::copy_file(std::string(PDQUANT_PIR_CORPUS) + "/" + network + "/" + file,
                                 Path(folder + "/" + file));
    }
  }
  std::string Params(const std::string& network) const {
    return ReadFile(std::string(PDQUANT_PIR_CORPUS) + "/" + network + "/inference.pdiparams");
  }
};

TEST_F(ImportTest, AFile) {
  CopyExport("cond_if", "in");
  const Finished done = Run({"import", "in/inference.json", "-o", "m.pdmodel"});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_EQ(done.out,
            "'in/inference.json': 23 ops of PIR -> 23 ops of a ProgramDesc, 4 parameters as they are\n"
            "  inputs: 'x'\n  outputs: 'fetch_name_0', 'fetch_name_1'\n");
  EXPECT_THAT(FilesIn("."), ElementsAre("in/inference.json", "in/inference.pdiparams", "m.pdiparams", "m.pdmodel"));
  EXPECT_TRUE(Read("m.pdiparams") == Params("cond_if"));
  EXPECT_EQ(Run({"check", "m"}).exit_code, 0);
}

TEST_F(ImportTest, AFolderAndAPrefix) {
  CopyExport("deepset_shared", "in");
  Write("in/config.json", "{\"name\": \"a detector\"}");
  EXPECT_EQ(Run({"import", "in", "-o", "out"}).exit_code, 0);
  EXPECT_THAT(FilesIn("out"), ElementsAre("inference.pdiparams", "inference.pdmodel"));
  EXPECT_EQ(Run({"import", "in/inference", "-o", "out2/m"}).exit_code, 0);
  EXPECT_THAT(FilesIn("out2"), ElementsAre("m.pdiparams", "m.pdmodel"));
  EXPECT_TRUE(Read("out/inference.pdmodel") == Read("out2/m.pdmodel"));
  EXPECT_TRUE(Read("out/inference.pdiparams") == Params("deepset_shared"));
}

// The folder is made for a program alone, too.
TEST_F(ImportTest, AModelWithoutParametersInANewFolder) {
  Write("in.json", BuildPir("%1:f32[2] = data x\n%2:f32[2] = 1.relu %1\nfetch 0 %2"));
  const Finished prefix = Run({"import", "in", "-o", "new/m"});
  EXPECT_EQ(prefix.exit_code, 0) << prefix.err;
  EXPECT_THAT(FilesIn("new"), ElementsAre("m.pdmodel"));
  const Finished file = Run({"import", "in.json", "-o", "newer/m.pdmodel"});
  EXPECT_EQ(file.exit_code, 0) << file.err;
  EXPECT_THAT(FilesIn("newer"), ElementsAre("m.pdmodel"));
}

// Beside the export the parameters already lie where they belong.
TEST_F(ImportTest, BesideTheExport) {
  CopyExport("cond_if", "in");
  EXPECT_EQ(Run({"import", "in/inference.json", "-o", "in/inference.pdmodel"}).exit_code, 0);
  EXPECT_EQ(Run({"import", "in/inference.json", "-o", "in/inference.pdmodel"}).exit_code, 0);  // and once more
  EXPECT_THAT(FilesIn("in"), ElementsAre("inference.json", "inference.pdiparams", "inference.pdmodel"));
  EXPECT_TRUE(Read("in/inference.pdiparams") == Params("cond_if"));
  EXPECT_EQ(Run({"check", "in/inference"}).exit_code, 0);
  EXPECT_EQ(Run({"import", "in/inference.json", "-o", "in/inference.json"}).exit_code, 2);
}

TEST_F(ImportTest, OtherPlacesOfParameters) {
  CopyExport("cond_if", "in");
  std::filesystem::rename(Path("in/inference.pdiparams"), Path("weights"));
  const Finished missing = Run({"import", "in/inference.json", "-o", "m.pdmodel"});
  EXPECT_EQ(missing.exit_code, 3);
  EXPECT_THAT(missing.err, HasSubstr("the parameters are not there; say with --params where they are"));
  EXPECT_EQ(
      Run({"import", "in/inference.json", "--params", "weights", "-o", "m.pdmodel", "--params-out", "w"}).exit_code, 0);
  EXPECT_TRUE(Read("w") == Params("cond_if"));
}

// The program and the parameters are told of in one run; nothing is written.
TEST_F(ImportTest, EveryReasonAtOnce) {
  Write(
      "x.json",
      BuildPir(
          "%1:f32[4] = p w\n%2:f32[4] = data x\n%3:f32[4] = 1.rely %2\n%4:f32[4] = 1.tann %2\nfetch 0 %3\nfetch 1 %4"));
  Write("x.pdiparams", "short");
  const Finished done = Run({"import", "x.json", "-o", "x.pdmodel"});
  EXPECT_EQ(done.exit_code, 3);
  EXPECT_THAT(done.err, HasSubstr("'pd_op.rely': is an op that has no known counterpart"));
  EXPECT_THAT(done.err, HasSubstr("'pd_op.tann': is an op that has no known counterpart"));
  EXPECT_THAT(done.err, HasSubstr("[parameter-file]"));
  EXPECT_FALSE(Exists("x.pdmodel"));
}

// Parameters of another program: too many, of another shape.
TEST_F(ImportTest, ParametersOfAnotherProgram) {
  CopyExport("cond_if", "in");
  Write("in/inference.pdiparams", Params("deepset_shared"));
  const Finished done = Run({"import", "in", "-o", "out"});
  EXPECT_EQ(done.exit_code, 3);
  EXPECT_FALSE(Exists("out"));
  Write("in/inference.pdiparams", Params("cond_if") + Params("deepset_shared"));
  EXPECT_EQ(Run({"import", "in", "-o", "out"}).exit_code, 3);
}

TEST_F(ImportTest, WhatIsNoPir) {
  CopyNetwork("mlp");
  const Finished done = Run({"import", "main.pb", "-o", "x.pdmodel"});
  EXPECT_EQ(done.exit_code, 3);
  EXPECT_THAT(done.err, HasSubstr("'main.pb': not a program of Paddle 3 (PIR)"));
  EXPECT_EQ(Run({"import", "nothing", "-o", "x.pdmodel"}).exit_code, 4);
}

TEST_F(ImportTest, DryRunWritesNothing) {
  CopyExport("cond_if", "in");
  const Finished done = Run({"import", "in", "--dry-run", "--report", "-"});
  EXPECT_EQ(done.exit_code, 0);
  EXPECT_THAT(FilesIn("."), ElementsAre("in/inference.json", "in/inference.pdiparams"));
  const auto report = nlohmann::json::parse(done.out);
  EXPECT_EQ(report["schema"], "pdquant-import-report");
  EXPECT_EQ(report["file_version"], 4);
  EXPECT_EQ(report["parameters"], 4);
  EXPECT_EQ(report["inputs"], nlohmann::json({"x"}));
}

TEST_F(ImportTest, ReportFitsItsSchema) {
  CopyExport("cond_if", "in");
  EXPECT_EQ(Run({"import", "in", "-o", "out", "--report", "r.json"}).exit_code, 0);
  const std::string line = "python3 '" PDQUANT_SOURCE "/tests/support/validate_json.py' '" PDQUANT_SOURCE
                           "/docs/reference/import-report.schema.json' '" +
                           Path("r.json") + "' 2>&1";
  const int code = std::system(line.c_str());
  if (WIFEXITED(code) && WEXITSTATUS(code) == 77) GTEST_SKIP() << "python3-jsonschema isn't installed";
  EXPECT_EQ(code, 0);
}

TEST_F(ImportTest, Options) {
  CopyExport("cond_if", "in");
  EXPECT_EQ(Run({"import", "in"}).exit_code, 2);
  EXPECT_EQ(Run({"import", "in", "-o", "out", "--target", "onnx"}).exit_code, 2);
  for (const char* shape : {"x", "x=", "=1", "x=1,", "x=1,b", "x=-2,4"}) {
    EXPECT_EQ(Run({"import", "in", "-o", "out", "--input-shape", shape}).exit_code, std::string(shape) == "x=" ? 3 : 2)
        << shape;
  }
  EXPECT_EQ(Run({"import", "in", "-o", "out", "--input-shape", "x=7,4"}).exit_code, 0);
  const auto program = ReadProgram("out/inference.pdmodel");
  for (const auto& var : program.blocks(0).vars()) {
    if (var.name() == "x") {
      EXPECT_THAT(var.type().lod_tensor().tensor().dims(), ElementsAre(7, 4));
    }
  }
}

TEST_F(ImportTest, FromStandardInputToStandardOutput) {
  Invocation call;
  call.arguments = {"import", "-", "-o", "-"};
  call.input = BuildPir("%1:f32[4] = data x\n%2:f32[4] = 1.relu %1\nfetch 0 %2");
  const Finished done = Run(call);
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_EQ(ParseMessage(done.out).blocks(0).ops_size(), 3);
}

}  // namespace
}  // namespace pdquant::testing
