// check for programs: its formats, read by other people's parsers, with names that try to break them.
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>

#include "cli/process.h"
#include "support/programs.h"

namespace pdquant::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr int kNotInstalled = 77;

class CheckReportTest : public CommandTest {
 protected:
  CheckReportTest() {
    namespace fs = std::filesystem;
    fs::copy(PDQUANT_TESTDATA "/wire/files", folder(), fs::copy_options::recursive);
    fs::copy(PDQUANT_TESTDATA "/params/faults/files", Path("params"), fs::copy_options::recursive);
    CopyNetwork("mlp");
    fs::rename(Path("undeclared-name-nul.pb"), Path("a b,c:%\x1b\xff.pb"));
  }

  // What check writes about each, into files. The exit code is that of the text form.
  std::vector<std::string> WriteReports(const std::string& format) {
    std::vector<std::string> inputs;
    for (const auto& entry : std::filesystem::directory_iterator(folder())) {
      if (entry.is_regular_file()) inputs.push_back(entry.path().filename().string());
    }
    std::vector<std::string> files;
    for (const std::string& input : inputs) {
      const Finished text = Run({"check", input});
      const Finished report = Run({"check", "--format", format, input});
      EXPECT_EQ(report.exit_code, text.exit_code) << input;
      EXPECT_EQ(report.err, text.err) << input;
      files.push_back("report" + std::to_string(files.size()));
      Write(files.back(), report.out);
    }
    EXPECT_GT(files.size(), 100U);
    return files;
  }

  // Runs a Python script of the tests over files; its exit code.
  int Python(const std::string& arguments, const std::vector<std::string>& files) {
    std::string command = "/usr/bin/env python3 " + arguments;
    for (const std::string& file : files) command += " " + Path(file);
    return WEXITSTATUS(std::system(command.c_str()));
  }
};

TEST_F(CheckReportTest, JsonFollowsTheSchema) {
  const int code = Python(PDQUANT_SOURCE "/tests/support/validate_json.py " PDQUANT_SOURCE
                                         "/docs/reference/check-report.schema.json",
                          WriteReports("json"));
  if (code == kNotInstalled) GTEST_SKIP() << "python3-jsonschema is not installed";
  EXPECT_EQ(code, 0);
}

TEST_F(CheckReportTest, JunitIsXml) {
  EXPECT_EQ(Python(PDQUANT_SOURCE "/tests/support/read_junit.py", WriteReports("junit")), 0);
}

TEST_F(CheckReportTest, SarifHasLocations) {
  EXPECT_EQ(Python(PDQUANT_SOURCE "/tests/support/read_sarif.py", WriteReports("sarif")), 0);
}

TEST_F(CheckReportTest, GithubHasNothingButCommands) {
  for (const std::string& file : WriteReports("github")) {
    std::istringstream lines(Read(file));
    int count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
      EXPECT_THAT(line, ::testing::MatchesRegex("::(error|warning|notice) .*title=[^:,]*::[^\r]+"));
      if (count == 0) {
        EXPECT_THAT(line, HasSubstr(" title=pdquant check::"));
      }
    }
    EXPECT_GE(count, 1);
    EXPECT_LE(count, 10);
  }
}

TEST_F(CheckReportTest, GithubOfASoundProgram) {
  EXPECT_EQ(Run({"check", "--format", "github", "main.pb"}).out,
            "::notice title=pdquant check::'main.pb': well formed: 1 block, 29 ops, 61 variables\n");
}

TEST_F(CheckReportTest, ReportsNameTheParameterFile) {
  const Finished finished =
      Run({"check", "--format", "github", "params/sound.pb", "--params", "params/one-byte-short.params"});
  EXPECT_EQ(finished.exit_code, 3);
  EXPECT_EQ(finished.out,
            "::error title=pdquant check::'params/sound.pb': 1 error\n"
            "::error file=params/one-byte-short.params,title=parameter-file::variable 'w': needs 24 bytes at 0x3e, 23 "
            "are left\n");
}

// A folder or a prefix means the model, a program's file the program alone.
TEST_F(CheckReportTest, ModelsAreCheckedWithTheirParameters) {
  namespace fs = std::filesystem;
  fs::create_directory(Path("model"));
  fs::copy(Path("params/sound.pb"), Path("model/__model__"));
  fs::copy(Path("params/extra-file/b"), Path("model/b"));
  fs::copy(Path("params/extra-file/w"), Path("model/w"));
  fs::copy(Path("params/sound.pb"), Path("pair.pdmodel"));
  Write("pair.pdiparams", Read("model/b") + Read("model/w"));
  EXPECT_EQ(Run({"check", "model"}).out, "'model': well formed: 1 block, 2 ops, 5 variables, 2 parameters\n");
  EXPECT_EQ(Run({"check", "pair"}).out, "'pair': well formed: 1 block, 2 ops, 5 variables, 2 parameters\n");
  EXPECT_EQ(Run({"check", "pair.pdmodel"}).out, "'pair.pdmodel': well formed: 1 block, 2 ops, 5 variables\n");
  EXPECT_THAT(Run({"show", "model"}).out, HasSubstr("\n  parameters: 2 tensors, 36 bytes of data\n"));
  EXPECT_THAT(Run({"show", "--list", "params", "pair"}).out,
              StartsWith("0 b FP32 [3] at 0x0, 12 bytes, 1 to 3, hash "));
  Write("pair.pdiparams", Read("model/b"));
  const Finished cut = Run({"check", "pair"});
  EXPECT_EQ(cut.exit_code, 3);
  EXPECT_THAT(cut.err, StartsWith("pdquant: error: 'pair.pdiparams': variable 'w': needs 4 bytes at 0x24, 0 are left"));
  fs::remove(Path("model/b"));
  EXPECT_EQ(Run({"check", "model"}).exit_code, 3);
  fs::remove(Path("pair.pdiparams"));
  EXPECT_EQ(Run({"check", "pair"}).exit_code, 4);
  fs::create_directory(Path("nothing"));
  EXPECT_EQ(Run({"check", "nothing"}).exit_code, 3);
  EXPECT_EQ(Run({"check", "gone"}).exit_code, 4);
}

// The json report of an input that can't be loaded says why.
TEST_F(CheckReportTest, WhatCannotBeLoadedIsAFinding) {
  const Finished finished = Run({"check", "--format", "json", "zip.pb"});
  EXPECT_EQ(finished.exit_code, 3);
  EXPECT_THAT(finished.out, HasSubstr("\"code\":\"bad-input\""));
  EXPECT_THAT(finished.out, HasSubstr("zip archive"));
}

// All targets, on models that Paddle itself trained and froze; the counts follow from facts about the runtimes: lenet
// has two convolutions and one mul, each with a quantize op of its own.
TEST_F(CheckReportTest, Targets) {
  const auto count = [&](const std::string& model, const std::string& target) {
    const std::string folder = PDQUANT_FREEZE_CORPUS "/lenet/" + model;
    const std::string err =
        Run({"check", folder + "/model.pb", "--params", folder + "/params", "--target", target}).err;
    return std::count(err.begin(), err.end(), '\n');
  };
  EXPECT_EQ(count("moving/frozen", "paddle"), 0);
  EXPECT_EQ(count("moving/frozen", "onednn"), 1);     // the mul has a bias
  EXPECT_EQ(count("moving/frozen", "lite"), 1);       // not for x86
  EXPECT_EQ(count("moving/frozen", "tensorrt"), 2);   // per-tensor convolutions
  EXPECT_EQ(count("moving/frozen", "onnx"), 6);       // three legacy quantize ops, three dequantize ops
  EXPECT_EQ(count("moving/int8", "paddle"), 3);       // three weights stored as integers
  EXPECT_EQ(count("moving_w4a8/frozen", "lite"), 4);  // unequal bits
  EXPECT_EQ(count("moving_w4a8/frozen", "onednn"), 1);
  EXPECT_EQ(count("abs_max/frozen", "onednn"), 4);  // dynamic scales
  EXPECT_EQ(count("abs_max/frozen", "lite"), 4);
  EXPECT_EQ(count("moving/quant", "onednn"), 4);  // not frozen
}

TEST_F(CheckReportTest, StrictMakesErrorsOfWarnings) {
  const Finished finished = Run({"check", "--strict", "version-far.pb"});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_THAT(finished.err, StartsWith("pdquant: error: 'version-far.pb': the program is of version 9009009"));
  EXPECT_EQ(finished.out, "'version-far.pb': 1 error\n");
}

TEST_F(CheckReportTest, Explain) {
  const Finished finished = Run({"check", "--explain", "sub-block"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_THAT(finished.out, StartsWith("sub-block (error): an attribute names a block that the op can't own\n\n"));
  EXPECT_THAT(finished.out, HasSubstr("\n\nExample:\n  pdquant: error: "));
  EXPECT_EQ(Run({"check", "--explain", "sub-blocks"}).exit_code, 2);
  EXPECT_EQ(Run({"check"}).exit_code, 2);
}

}  // namespace
}  // namespace pdquant::testing
