// Reports: forms that programs read, names that try to break them, shards.
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "batch/batch_testing.h"

namespace pdquant::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ReportTest : public BatchTest {
 protected:
  // Checks files against a schema of docs/reference/; the exit code.
  int Validate(const std::string& schema, const std::vector<std::string>& files) const {
    std::string line =
        "/usr/bin/env python3 " PDQUANT_SOURCE "/tests/support/validate_json.py " PDQUANT_SOURCE "/docs/reference/";
    line += schema;
    for (const std::string& file : files) line += " '" + Path(file) + "'";
    return WEXITSTATUS(std::system(line.c_str()));
  }
};

TEST_F(ReportTest, NamesCannotBreakAForm) {
  fs::create_directories(Path("in"));
  Write("in/a|\x1b[31m<b>&\"'\n`x`.pb", "garbage");
  const std::string xml = Batch({"--out", "out", "--format", "junit", "in"}).out;
  EXPECT_THAT(xml, HasSubstr("a|\\x1b[31m&lt;b>&amp;&quot;"));
  EXPECT_THAT(xml, Not(HasSubstr("\x1b")));
  const std::string json = Batch({"--out", "out", "--format", "json", "in"}).out;
  EXPECT_THAT(json, HasSubstr("\\u001b[31m<b>&\\\""));
  const std::string markdown = Batch({"--out", "out", "--format", "markdown", "in"}).out;
  EXPECT_THAT(markdown, HasSubstr("a\\|"));
  EXPECT_THAT(markdown, Not(HasSubstr("<b>")));
  EXPECT_THAT(Batch({"--out", "out", "in"}).out, Not(HasSubstr("\x1b")));
}

// The line that says how to retry can be pasted into a shell, and breaks neither a terminal nor Markdown.
TEST_F(ReportTest, NamesCannotBreakTheLineThatRetries) {
  const std::string name = "it's \x1b[31m\xe2\x80\xae\n\n# <b>`x`</b>\n\xff $(false) \\";
  fs::create_directories(Path(name));
  Write(name + "/a.pb", "garbage");
  const Finished text = Batch({"--out", "out", name});
  const Finished markdown = Batch({"--out", "out", "--format", "markdown", name});
  for (const std::string& out : {text.out, markdown.out}) {
    EXPECT_THAT(out, Not(HasSubstr("\x1b")));
    EXPECT_THAT(out, Not(HasSubstr("\xe2\x80\xae")));
    EXPECT_THAT(out, Not(HasSubstr("\n#  <b>")));
    const size_t at = out.find("pdquant batch --retry-failed");
    ASSERT_NE(at, std::string::npos);
    const std::string line = out.substr(at);
    EXPECT_EQ(line.find('\n') + 1, line.size()) << "all of it is one line, the last";
    Write("retry.sh", "pdquant() { '" PDQUANT_JUDGED "' \"$@\"; }\n" + line);
    const int status = std::system(("cd '" + folder() + "' && bash retry.sh > retry.out").c_str());
    EXPECT_EQ(WEXITSTATUS(status), 1);
    EXPECT_THAT(Read("retry.out"), StartsWith("1 model: 0 done, 1 failed\n"));
  }
}

TEST_F(ReportTest, ReportsAndJournalsAreAsTheirSchemasSay) {
  MakeModels(10);
  Write("in/odd\xff\\.pb", "garbage");
  Write("first", Batch({"--out", "out", "--format", "json", "in"}).out);
  Write("second", Batch({"--out", "out", "--format", "json", "in"}).out);
  Write("merged", Run({"batch", "--merge-reports", "out", "--format", "json"}).out);
  const int code = Validate("batch-report.schema.json", {"first", "second", "merged"});
  if (code == 77) GTEST_SKIP() << "python3-jsonschema isn't installed";
  EXPECT_EQ(code, 0);
  EXPECT_EQ(nlohmann::json::parse(Read("first"))["failed"], 2);
  EXPECT_EQ(nlohmann::json::parse(Read("second"))["skipped"], 9);
  std::vector<std::string> lines;
  std::istringstream journal(Journal());
  for (std::string line; std::getline(journal, line); Write(lines.back(), line)) {
    lines.push_back("line" + std::to_string(lines.size()));
  }
  EXPECT_EQ(lines.size(), 11U + 2U * 2U);  // what is skipped is there already
  EXPECT_EQ(Validate("batch-journal.schema.json", lines), 0);
}

TEST_F(ReportTest, ShardsTogetherAreTheWhole) {
  MakeModels(60);
  Batch({"--out", "whole", "in"});
  for (const char* shard : {"1/3", "2/3"}) Batch({"--out", "out", "--shard", shard, "in"});
  Finished merged = Run({"batch", "--merge-reports", "out"});
  EXPECT_EQ(merged.exit_code, 75);
  EXPECT_THAT(merged.out, HasSubstr("missing: shard 3 of 3"));
  Invocation third;
  third.arguments = {"batch", "--out", "out", "--shard", "auto", "in", "--", "transpile"};
  third.environment = {"JOB_COMPLETION_INDEX=2", "PDQUANT_SHARDS=3"};
  Run(third);
  merged = Run({"batch", "--merge-reports", "out"});
  EXPECT_EQ(merged.exit_code, 1);
  EXPECT_THAT(merged.out, StartsWith("60 models: 54 done, 6 failed\n"));
  EXPECT_EQ(Tree("out"), Tree("whole"));
  // Another number of shards finds all of it done.
  EXPECT_THAT(Batch({"--out", "out", "in"}).out,
              StartsWith("60 models: 0 done, 6 failed (6 in an earlier run), 54 skipped"));
  EXPECT_EQ(Run({"batch", "--merge-reports", "out"}).exit_code, 2);
  EXPECT_THAT(Run({"batch", "--merge-reports", "out", "--shard", "1/1"}).out,
              StartsWith("60 models: 54 done, 6 failed\n"));
}

TEST_F(ReportTest, AnUnfinishedShardIsNamed) {
  MakeModels(20);
  Batch({"--out", "out", "--shard", "1/1", "-j", "1", "--fail-fast", "in/0/m9.pb", "in/1"});
  const Finished merged = Run({"batch", "--merge-reports", "out", "--format", "json"});
  EXPECT_EQ(merged.exit_code, 75);
  EXPECT_THAT(merged.out, HasSubstr("\"incomplete_shards\": [\n    1\n  ]"));
}

}  // namespace
}  // namespace pdquant::testing
