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
  const int code =
      Python(PDQUANT_SOURCE "/tests/support/validate_json.py " PDQUANT_SOURCE "/docs/check-report.schema.json",
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
