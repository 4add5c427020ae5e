// Runs that nobody disturbs, one after the other.
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>

#include "batch/batch_testing.h"

namespace pdquant::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class RunTest : public BatchTest {};

TEST_F(RunTest, DoesTheGoodOnesAndNamesTheBadOnes) {
  MakeModels(30);
  const Finished finished = Batch({"--out", "out", "in"});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_THAT(finished.out, StartsWith("30 models: 27 done, 3 failed\n"));
  EXPECT_THAT(finished.out, HasSubstr("'0/m9.pb': 'in/0/m9.pb': not a program"));
  EXPECT_THAT(finished.out, HasSubstr("pdquant batch --retry-failed --out out in -- transpile\n"));
  const auto tree = Tree("out");
  EXPECT_EQ(tree.size(), 27U + 3U);  // and three folders
  Finished alone = Run({"transpile", "in/1/m12.pb", "-o", "alone.pb"});
  EXPECT_EQ(Read("out/1/m12.pb"), Read("alone.pb"));
}

TEST_F(RunTest, IsTheSameForAnyNumberOfWorkers) {
  MakeModels(40);
  Batch({"--out", "one", "-j", "1", "in"});
  const std::string failures = Batch({"--out", "one", "in"}).out;
  for (const char* jobs : {"2", "16"}) {
    Batch({"--out", jobs, "-j", jobs, "in"});
    EXPECT_EQ(Tree(jobs), Tree("one"));
    std::string other = Batch({"--out", jobs, "in"}).out;
    const size_t at = other.rfind(std::string("--out ") + jobs);
    EXPECT_EQ(other.replace(at, 6 + std::string(jobs).size(), "--out one"), failures);
  }
}

TEST_F(RunTest, SkipsWhatIsDoneAndUnchanged) {
  MakeModels(20);
  Batch({"--out", "out", "in"});
  const std::string journal = Journal();
  EXPECT_THAT(Batch({"--out", "out", "in"}).out,
              StartsWith("20 models: 0 done, 2 failed (2 in an earlier run), 18 skipped"));
  EXPECT_EQ(Batch({"--out", "out", "in"}).exit_code, 1);
  EXPECT_THAT(Journal(), StartsWith(journal));
  EXPECT_THAT(Batch({"--out", "out", "--retry-failed", "in"}).out,
              StartsWith("20 models: 0 done, 2 failed, 18 skipped"));
  EXPECT_THAT(Batch({"--out", "out", "--force", "in"}).out, StartsWith("20 models: 18 done, 2 failed\n"));
}

TEST_F(RunTest, DoesAgainWhatHasChanged) {
  MakeModels(20);
  Batch({"--out", "out", "in"});
  fs::copy_file(Path("in/0/m1.pb"), Path("in/0/m2.pb"), fs::copy_options::overwrite_existing);
  fs::copy_file(Path("in/0/m1.pb"), Path("in/0/m9.pb"), fs::copy_options::overwrite_existing);
  EXPECT_THAT(Batch({"--out", "out", "in"}).out,
              StartsWith("20 models: 2 done, 1 failed (1 in an earlier run), 17 skipped"));
  Remove("out/0/m3.pb");
  Write("out/0/m4.pb", Read("out/0/m4.pb").replace(10, 1, "x"));
  EXPECT_THAT(Batch({"--out", "out", "in"}).out, StartsWith("20 models: 2 done"));
  fs::rename(Path("in"), Path("moved"));  // the place of the inputs is no part of the key
  EXPECT_THAT(Batch({"--out", "out", "moved"}).out, StartsWith("20 models: 0 done"));
  const Finished other = Run({"batch", "--out", "out", "moved", "--", "transpile", "--weight-bits", "4"});
  EXPECT_THAT(other.out, StartsWith("20 models: 19 done"));
}

TEST_F(RunTest, ADeletedJournalMeansAllAgain) {
  MakeModels(10);
  Batch({"--out", "out", "in"});
  Write("out/.pdquant/journal-1-of-1.jsonl", "garbage\n");
  const Finished finished = Batch({"--out", "out", "in"});
  EXPECT_THAT(finished.out, StartsWith("10 models: 9 done, 1 failed\n"));
  EXPECT_THAT(finished.err, HasSubstr("1 foreign line skipped over"));
}

TEST_F(RunTest, AListHasOptionsAndOutputs) {
  MakeModels(10);
  Write("list",
        "{\"input\": \"in/0/m1.pb\", \"output\": \"x/a.pb\", \"options\": [\"--weight-bits\", \"4\"]}\nin/0/m2.pb\n");
  const Finished finished = Batch({"--out", "out", "--list", "list"});
  EXPECT_EQ(finished.exit_code, 0) << finished.out << finished.err;
  Run({"transpile", "in/0/m1.pb", "--weight-bits", "4", "-o", "alone.pb"});
  EXPECT_EQ(Read("out/x/a.pb"), Read("alone.pb"));
  EXPECT_TRUE(Exists("out/m2.pb"));
  Invocation standard_input;
  standard_input.arguments = {"batch", "--out", "out", "-", "--", "transpile"};
  standard_input.input = "in/0/m3.pb\nin/0/m4.pb\n";
  EXPECT_THAT(Run(standard_input).out, StartsWith("2 models: 2 done"));
}

TEST_F(RunTest, RefusesBeforeAnythingStarts) {
  MakeModels(10);
  const std::vector<std::vector<std::string>> lines = {{"--out", "out", "in/0/m1.pb", "in/0/m2.pb", "in/0/m1.pb"},
                                                       {"--out", "in", "in"},
                                                       {"in"},
                                                       {"--out", "out"},
                                                       {"--out", "out", "--shard", "3/2", "in"},
                                                       {"--out", "out", "--jobs", "-1", "in"}};
  for (const auto& line : lines) {
    EXPECT_EQ(Batch(line).exit_code, 2);
    EXPECT_FALSE(Exists("out"));
  }
  EXPECT_EQ(Run({"batch", "--out", "out", "in"}).exit_code, 2);
  EXPECT_EQ(Run({"batch", "--out", "out", "in", "--", "transpile", "--no-such"}).exit_code, 2);
  EXPECT_EQ(Run({"batch", "--out", "out", "in", "--", "batch"}).exit_code, 2);
  Write("list", "{\"input\": \"in/0/m1.pb\", \"output\": \"../evil.pb\"}\n");
  EXPECT_EQ(Batch({"--out", "out", "--list", "list"}).exit_code, 2);
  EXPECT_FALSE(Exists("out"));
  EXPECT_FALSE(Exists("in/.pdquant"));
}

TEST_F(RunTest, NeverWritesThroughALink) {
  MakeModels(10);
  fs::create_directories(Path("out"));
  fs::create_directories(Path("elsewhere"));
  fs::create_directory_symlink(Path("elsewhere"), Path("out/0"));
  EXPECT_THAT(Batch({"--out", "out", "in"}).out, StartsWith("10 models: 0 done, 10 failed"));
  EXPECT_TRUE(fs::is_empty(Path("elsewhere")));
}

TEST_F(RunTest, CapturesWhatACommandPrints) {
  MakeModels(10);
  const Finished finished = Run({"batch", "--out", "out", "in", "--", "check"});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_EQ(Read("out/0/m1.pb.txt"), Run({"check", "in/0/m1.pb"}).out);
  EXPECT_FALSE(Exists("out/0/m9.pb.txt"));
}

TEST_F(RunTest, FillsInPlacesOfOtherFiles) {
  for (const char* network : {"mlp", "lenet"}) {
    fs::create_directories(Path(std::string("in/") + network));
    CopyNetwork(network);
    for (const char* name : {"main.pb", "startup.pb"})
      fs::rename(Path(name), Path(std::string("in/") + network + "/" + name));
  }
  const Finished finished = Run({"batch", "--out", "out", "in/*/main.pb", "--", "transpile", "--startup",
                                 "{dir}/startup.pb", "--startup-out", "{output}.startup", "--report", "{output}.json"});
  EXPECT_EQ(finished.exit_code, 0) << finished.out;
  EXPECT_EQ(Tree("out").size(), 2U + 6U);
  Remove("out/mlp/main.pb.json");
  fs::copy_file(Path("in/mlp/startup.pb"), Path("in/lenet/startup.pb"), fs::copy_options::overwrite_existing);
  EXPECT_THAT(Batch({"--out", "out", "in/*/main.pb"}).out, StartsWith("2 models: 2 done"));
}

TEST_F(RunTest, ImportsPrograms) {
  fs::create_directories(Path("in"));
  const std::string corpus = PDQUANT_PIR_CORPUS;
  for (const char* network : {"binary", "small_ops"})
    fs::copy(corpus + "/" + network, Path(std::string("in/") + network), fs::copy_options::recursive);
  EXPECT_EQ(Run({"batch", "--out", "out", "in", "--", "import"}).exit_code, 0);
  EXPECT_EQ(Tree("out").size(), 2U + 4U);
  EXPECT_EQ(Run({"import", "in/binary", "-o", "alone"}).exit_code, 0);
  for (const char* file : {"inference.pdmodel", "inference.pdiparams"})
    EXPECT_EQ(Read(std::string("out/binary/") + file), Read(std::string("alone/") + file)) << file;
}

// What Paddle 3 exported is named by its prefix: its program is a part of the key all the same.
TEST_F(RunTest, AChangedExportOfPaddle3IsDoneAgain) {
  fs::create_directories(Path("in"));
  fs::copy(std::string(PDQUANT_PIR_CORPUS) + "/binary", Path("in/binary"), fs::copy_options::recursive);
  const std::vector<std::string> line = {"batch", "--out", "out", "in", "--", "import"};
  EXPECT_THAT(Run(line).out, StartsWith("1 model: 1 done"));
  EXPECT_THAT(Run(line).out, StartsWith("1 model: 0 done, 0 failed, 1 skipped"));
  const std::string program = "in/binary/inference.json";
  Write(program, Read(program) + "\n");
  EXPECT_THAT(Run(line).out, StartsWith("1 model: 1 done"));
}

// Results of other options are none of this run.
TEST_F(RunTest, AReportCountsWhatTheLastOptionsDid) {
  MakeModels(4);
  Write("in/0/m3.pb", std::string(100'000, 'x'));  // the largest: it goes first
  EXPECT_EQ(Batch({"-j", "1", "--out", "out", "in"}).exit_code, 1);
  const Finished other =
      Run({"batch", "-j", "1", "--fail-fast", "--out", "out", "in", "--", "transpile", "--weight-bits", "4"});
  EXPECT_THAT(other.out, StartsWith("4 models: 0 done, 1 failed"));
  const Finished report = Run({"batch", "--merge-reports", "out"});
  EXPECT_EQ(report.exit_code, 75) << report.out;
}

TEST_F(RunTest, ComparesWithABaseline) {
  MakeModels(4);
  fs::copy(Path("in"), Path("old"), fs::copy_options::recursive);
  fs::copy_file(Path("in/0/m0.pb"), Path("old/0/m1.pb"), fs::copy_options::overwrite_existing);
  Remove("old/0/m2.pb");
  const std::vector<std::string> line = {"batch", "--out", "out", "--baseline", "old", "in", "--", "diff"};
  const Finished finished = Run(line);
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_THAT(finished.out, StartsWith("4 models: 2 done, 2 failed\n"));
  EXPECT_THAT(finished.out, HasSubstr("'0/m1.pb.txt': it differs: see '0/m1.pb.txt'\n"));
  EXPECT_THAT(finished.out, HasSubstr("'0/m2.pb.txt': 'old/0/m2.pb': can't open"));
  EXPECT_EQ(Read("out/0/m1.pb.txt"), Run({"diff", "old/0/m1.pb", "in/0/m1.pb"}).out);
  // The other program is a part of the key.
  fs::copy_file(Path("in/0/m2.pb"), Path("old/0/m2.pb"));
  fs::copy_file(Path("in/0/m1.pb"), Path("old/0/m1.pb"), fs::copy_options::overwrite_existing);
  EXPECT_THAT(Run(line).out, StartsWith("4 models: 2 done, 0 failed, 2 skipped"));
}

TEST_F(RunTest, ParametersOfTheBaselineArePartOfTheKey) {
  const std::string pairs = PDQUANT_TESTDATA "/paddle/static_quantization/pairs/";
  for (const char* folder : {"new", "old"}) {
    fs::create_directories(Path(folder));
    for (const char* file : {"/m.pdmodel", "/m.pdiparams"})
      fs::copy_file(pairs + file, Path(std::string(folder) + file));
  }
  Write("list", "{\"input\": \"new/m.pdmodel\", \"output\": \"m.pdmodel.txt\"}\n");
  const std::vector<std::string> line = {"batch",  "--out", "out", "--baseline", "old",
                                         "--list", "list",  "--",  "diff",       "--tensors"};
  EXPECT_THAT(Run(line).out, StartsWith("1 model: 1 done"));
  std::string parameters = Read("old/m.pdiparams");
  parameters.back() = static_cast<char>(parameters.back() ^ 1);
  Write("old/m.pdiparams", parameters);
  EXPECT_THAT(Run(line).out, StartsWith("1 model: 0 done, 1 failed"));
}

TEST_F(RunTest, FailFastStartsNothingMore) {
  MakeModels(40);
  const Finished finished = Batch({"--out", "out", "-j", "1", "--fail-fast", "in/0/m9.pb", "in/1/*.pb"});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_THAT(finished.out, HasSubstr("not started"));
}

TEST_F(RunTest, QuietShowsErrorsOnly) {
  MakeModels(10);
  const Finished finished = Batch({"-q", "--out", "out", "in"});
  EXPECT_EQ(finished.out, "");
  EXPECT_THAT(finished.err, StartsWith("pdquant: error: 'in/0/m9.pb': not a program"));
}

// What a configuration file says is bound by the same rules as the words behind "--".
TEST_F(RunTest, AConfigurationFileIsNoWayAroundTheRules) {
  MakeModels(5);
  const auto with = [&](const std::string& table) {
    Write("conf.toml", table);
    return Batch({"--out", "out", "--config", "conf.toml", "in"});
  };
  for (const char* table :
       {"[transpile]\ndry-run = true\n", "[transpile]\nin-place = true\n", "[transpile]\nout = \"x\"\n",
        "[transpile]\nreport = \"r.json\"\n", "[transpile]\nstartup-out = \"/tmp/s.pb\"\n"}) {
    const Finished finished = with(table);
    EXPECT_EQ(finished.exit_code, 2) << table << finished.out;
    EXPECT_FALSE(Exists("out"));
  }
  EXPECT_EQ(with("[transpile]\nreport = \"{output}.json\"\nweight-bits = 4\ndry-run = false\n").exit_code, 0);
  EXPECT_THAT(Read("out/0/m1.pb.json"), HasSubstr("\"schema\""));
  EXPECT_EQ(Run({"transpile", "in/0/m1.pb", "--weight-bits", "4", "-o", "alone.pb"}).exit_code, 0);
  EXPECT_TRUE(Read("out/0/m1.pb") == Read("alone.pb"));
  // What is changed in it for another command changes nothing here.
  EXPECT_THAT(with("[transpile]\nreport = \"{output}.json\"\nweight-bits = 4\n[show]\nformat = \"json\"\n").out,
              StartsWith("5 models: 0 done, 0 failed, 5 skipped"));
  EXPECT_THAT(with("[transpile]\nreport = \"{output}.json\"\nweight-bits = 5\n").out,
              StartsWith("5 models: 5 done, 0 failed\n"));
}

// A line for the folder that can't be read, such as lost+found; the others are done.
TEST_F(RunTest, AFolderThatCannotBeReadCostsItselfOnly) {
  MakeModels(5);
  fs::create_directories(Path("in/lost+found/below"));
  fs::create_directories(Path("alone"));
  for (const char* closed : {"in/lost+found", "alone"}) fs::permissions(Path(closed), fs::perms::none);
  fs::permissions(folder(), fs::perms::all);
  Invocation invocation;
  invocation.prepare = [] {
    constexpr uid_t kNobody = 65534;
    if (geteuid() == 0 && (setgid(kNobody) != 0 || setuid(kNobody) != 0)) _exit(99);
  };
  invocation.arguments = {"batch", "--out", "out", "in", "--", "check"};
  Finished finished = Run(invocation);
  if (finished.exit_code == 127) GTEST_SKIP() << "nobody may run " << PDQUANT_BINARY;
  EXPECT_EQ(finished.exit_code, 1) << finished.err;
  EXPECT_THAT(finished.out, StartsWith("6 models: 5 done, 1 failed\n"));
  EXPECT_THAT(finished.out, HasSubstr("  'lost+found.txt': 'in/lost+found': can't"));
  EXPECT_THAT(finished.out, HasSubstr("Permission denied"));
  invocation.arguments = {"batch", "--out", "all", "alone", "in/**/*.pb", "--", "transpile"};
  finished = Run(invocation);
  EXPECT_EQ(finished.exit_code, 1) << finished.err;
  EXPECT_THAT(finished.out, StartsWith("7 models: 5 done, 2 failed\n"));
  for (const char* closed : {"in/lost+found", "alone"}) fs::permissions(Path(closed), fs::perms::owner_all);
}

TEST_F(RunTest, APatternThatTheShellExpandedIsTold) {
  for (const char* name : {"p/a/main.pb", "p/b/main.pb"}) {
    fs::create_directories(fs::path(Path(name)).parent_path());
    Write(name, "");
  }
  const Finished finished = Batch({"--out", "out", "p/a/main.pb", "p/b/main.pb"});
  EXPECT_EQ(finished.exit_code, 2);
  EXPECT_THAT(finished.err, HasSubstr("a pattern in quotes"));
}

}  // namespace
}  // namespace pdquant::testing
