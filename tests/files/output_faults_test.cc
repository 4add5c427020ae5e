// Every system call of a write fails, is interrupted, or is the last one before the process is killed.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "files/io_testing.h"
#include "files/output.h"
#include "files/tracing.h"

namespace pdquant {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAreArray;

// The text that the helper writes.
std::string TextOf(char text, const std::string& path) {
  return std::string(4000, text) + path + std::string(4000, text);
}

// Files that are replaced together, in a folder of their own.
class FaultsTest : public testing::Test {
 protected:
  void Prepare(const std::vector<std::string>& names) {
    const std::string log = folder_ / "log";
    mkdir((folder_ / "x").c_str(), 0755);
    mkdir((folder_ / "y").c_str(), 0755);
    for (const std::string& name : names) paths_.push_back(folder_ / name);
    Reset();
    if (RunTraced({"-o", log}, 'n', paths_) != 0 || State() != "new") {
      GTEST_SKIP() << "NOT TESTED: strace is missing or may not trace here";
    }
    calls_ = ReadCalls(log);
    ASSERT_GT(calls_.size(), 15U);
  }

  // Back to the old files alone.
  void Reset() {
    for (const char* name : {"x", "y"}) {
      for (const std::string& file : ListFolder(folder_ / name)) unlink((folder_ / name + "/" + file).c_str());
    }
    for (const std::string& path : paths_) WriteFile(path, TextOf('o', path));
  }

  // "old", "new" or "newer", the text of all files, or "mixed" where each has one of them; else "torn".
  std::string State() const {
    std::string state;
    for (const std::string& path : paths_) {
      const std::string text = ReadFile(path);
      std::string this_one = "torn";
      for (const auto& [letter, name] : {std::pair('o', "old"), std::pair('n', "new"), std::pair('m', "newer")}) {
        if (text == TextOf(letter, path)) this_one = name;
      }
      if (this_one == "torn") return "torn";
      state = state.empty() || state == this_one ? this_one : "mixed";
    }
    return state;
  }

  std::vector<std::string> Files() const {
    std::vector<std::string> files;
    for (const char* name : {"x", "y"}) {
      for (const std::string& file : ListFolder(folder_ / name)) files.push_back(folder_ / name + "/" + file);
    }
    return files;
  }

  // From the old files.
  int RunWith(const Call& call, const std::string& fault) {
    Reset();
    return Continue(call, fault, 'n');
  }
  // From what is there.
  int Continue(const Call& call, const std::string& fault, char text) {
    return RunTraced({"-o", "/dev/null", "-e", "trace=" + call.name, "-e",
                      "inject=" + call.name + ":" + fault + ":when=" + std::to_string(call.when)},
                     text, paths_);
  }

  TemporaryFolder folder_{true};
  std::vector<std::string> paths_;
  std::vector<Call> calls_;
};

class OutputFaultsTest : public FaultsTest, public testing::WithParamInterface<std::vector<std::string>> {
 protected:
  void SetUp() override { Prepare(GetParam()); }
};

TEST_P(OutputFaultsTest, KilledAtAnyCall) {
  for (const Call& call : Sample(calls_)) {
    SCOPED_TRACE("killed at " + call.line);
    ASSERT_EQ(RunWith(call, "signal=KILL"), -SIGKILL);
    ASSERT_NE(State(), "torn");
    const Status status = FinishPending(paths_[0]);
    ASSERT_TRUE(status.ok()) << status.message();
    ASSERT_TRUE(State() == "old" || State() == "new") << State();
    // The next run needs nobody to clean up.
    ASSERT_EQ(RunTraced({"-o", "/dev/null", "-e", "trace=none"}, 'n', paths_), 0);
    ASSERT_EQ(State(), "new");
    ASSERT_THAT(Files(), ElementsAreArray(paths_));
  }
}

// The process that finishes the work of a killed one is killed itself.
TEST_P(OutputFaultsTest, KilledWhileItFinishesAnother) {
  if (paths_.size() == 1) return;
  const auto first_rename = std::find_if(calls_.begin(), calls_.end(), IsRename);
  ASSERT_NE(first_rename, calls_.end());
  const Call second_rename = *std::find_if(first_rename + 1, calls_.end(), IsRename);
  ASSERT_EQ(RunWith(second_rename, "signal=KILL"), -SIGKILL);
  ASSERT_EQ(State(), "mixed");
  ASSERT_EQ(RunTraced({"-o", folder_ / "log"}, 'm', paths_), 0);
  ASSERT_EQ(State(), "newer");
  for (const Call& call : Sample(ReadCalls(folder_ / "log"))) {
    SCOPED_TRACE("killed at " + call.line);
    ASSERT_EQ(RunWith(second_rename, "signal=KILL"), -SIGKILL);
    ASSERT_EQ(Continue(call, "signal=KILL", 'm'), -SIGKILL);
    ASSERT_TRUE(FinishPending(paths_[0]).ok());
    ASSERT_TRUE(State() == "new" || State() == "newer") << State();
    ASSERT_EQ(RunTraced({"-o", "/dev/null", "-e", "trace=none"}, 'm', paths_), 0);
    ASSERT_EQ(State(), "newer");
    ASSERT_THAT(Files(), ElementsAreArray(paths_));
  }
}

TEST_P(OutputFaultsTest, AnyCallFails) {
  int failures = 0;
  for (const Call& call : Sample(calls_)) {
    for (const char* error : {"EIO", "ENOSPC"}) {
      SCOPED_TRACE(std::string(error) + " from " + call.line);
      const int code = RunWith(call, std::string("error=") + error);
      ASSERT_TRUE(code == 0 || code == 4) << code;
      if (code == 0) {  // nothing that matters
        ASSERT_EQ(State(), "new");
        ASSERT_THAT(Files(), ElementsAreArray(paths_));
        continue;
      }
      ++failures;
      const bool pending = Files().size() > paths_.size();
      ASSERT_NE(State(), "torn");
      if (pending) {
        ASSERT_THAT(Files(), Contains(paths_[0] + ".pdquant-pending"));
      } else {
        ASSERT_NE(State(), "mixed");
      }
      ASSERT_TRUE(FinishPending(paths_[0]).ok());
      ASSERT_NE(State(), "mixed");
      ASSERT_THAT(Files(), ElementsAreArray(paths_));
    }
  }
  EXPECT_GT(failures, 2);
}

TEST_P(OutputFaultsTest, AnInterruptedCallIsRepeated) {
  for (const Call& call : Sample(calls_)) {
    static const char* const kInterruptible[] = {"openat",    "open",      "writev", "write", "fsync",
                                                 "rename",    "renameat",  "unlink", "flock", "pread64",
                                                 "ftruncate", "getrandom", "fchmod"};
    if (std::find(std::begin(kInterruptible), std::end(kInterruptible), call.name) == std::end(kInterruptible))
      continue;
    SCOPED_TRACE("interrupted in " + call.line);
    ASSERT_EQ(RunWith(call, "error=EINTR"), 0);
    ASSERT_EQ(State(), "new");
    ASSERT_THAT(Files(), ElementsAreArray(paths_));
  }
}

// What strace says was written wasn't; all that can be seen is that the writer goes on.
TEST_P(OutputFaultsTest, AShortWriteIsContinued) {
  for (const Call& call : calls_) {
    if (call.name != "writev") continue;
    SCOPED_TRACE("short: " + call.line);
    ASSERT_EQ(RunWith(call, "retval=1"), 0);
    ASSERT_THAT(Files(), ElementsAreArray(paths_));
  }
}

// What survives a power cut: nothing is renamed that isn't on the disk, and no list is dropped before its renames are.
TEST_P(OutputFaultsTest, FlushesBeforeItRenames) {
  const auto is_folder = [](const std::string& line) { return line.find(".pdquant-") == std::string::npos; };
  std::string order;
  for (const Call& call : calls_) {
    const bool pending = call.line.find(".pdquant-pending") != std::string::npos;
    char what = 0;
    if (call.name == "writev") what = pending ? 'W' : 'w';
    if (call.name == "fsync") what = is_folder(call.line) ? 'd' : pending ? 'F' : 'f';
    if (IsRename(call)) what = 'r';
    if (call.name == "unlink") what = 'u';
    if (what != 0) order += what;
  }
  if (paths_.size() == 1) {
    EXPECT_EQ(order, "wfrd");
  } else {
    EXPECT_EQ(order, GetParam()[1].front() == 'x' ? "wwffdWFrrdud" : "wwffddWFrrddud");
  }
}

// Many files are flushed together.
TEST_F(FaultsTest, AFlushOfManyFilesFails) {
  std::vector<std::string> names;
  for (char letter = 'a'; letter <= 't'; ++letter) names.push_back(std::string("x/") + letter);
  Prepare(names);
  if (IsSkipped()) return;
  size_t flushes = 0;
  bool renamed = false;
  for (const Call& call : calls_) {
    renamed = renamed || IsRename(call);
    const bool last = call.name == "syncfs";
    if (!last && call.line.find("WAIT_AFTER") == std::string::npos) continue;
    SCOPED_TRACE(call.line);
    EXPECT_FALSE(renamed);
    ++flushes;
    ASSERT_EQ(RunWith(call, "error=EINTR"), 0);
    ASSERT_EQ(State(), "new");
    ASSERT_EQ(RunWith(call, "error=EIO"), 4);
    ASSERT_EQ(State(), "old");
    ASSERT_THAT(Files(), ElementsAreArray(paths_));
    if (last) break;
  }
  EXPECT_EQ(flushes, names.size() + 1);
}

// So many that most are closed before they are renamed.
TEST_F(FaultsTest, AWriterOfManyFilesIsKilled) {
  std::vector<std::string> names;
  for (char letter = 'a'; letter <= 't'; ++letter) names.push_back(std::string("x/") + letter);
  Prepare(names);
  if (IsSkipped()) return;
  for (size_t i = 0; i < calls_.size(); i += kSanitized ? 31 : 7) {
    SCOPED_TRACE("killed at " + calls_[i].line);
    ASSERT_EQ(RunWith(calls_[i], "signal=KILL"), -SIGKILL);
    const Status status = FinishPending(paths_[0]);
    ASSERT_TRUE(status.ok()) << status.message();
    ASSERT_TRUE(State() == "old" || State() == "new") << State();
    // The next run needs nobody to clean up.
    ASSERT_EQ(RunTraced({"-o", "/dev/null", "-e", "trace=none"}, 'n', paths_), 0);
    ASSERT_EQ(State(), "new");
    ASSERT_THAT(Files(), ElementsAreArray(paths_));
  }
}

INSTANTIATE_TEST_SUITE_P(Sets, OutputFaultsTest,
                         testing::Values(std::vector<std::string>{"x/model"},
                                         std::vector<std::string>{"x/model", "x/startup"},
                                         std::vector<std::string>{"x/model", "y/startup"}));

// Folders: new ones, alone and with a file beside, and existing ones.
class FolderFaultsTest : public testing::TestWithParam<bool> {
 protected:
  void Reset() {
    fs::remove_all(folder_ / "x");
    fs::create_directories(GetParam() ? folder_ / "x" : folder_ / "x/out");
    if (!GetParam()) WriteFile(folder_ / "x/out/w", Text('o', "w"));
  }
  std::string Text(char letter, const std::string& name) const {
    return std::string(4000, letter) + (folder_ / "x/out") + "::" + name + std::string(4000, letter);
  }
  // "old" or "new"; else what is wrong.
  std::string State() const {
    const std::string first = ReadFile(folder_ / "x/out/w");
    const std::string second = ReadFile(folder_ / "x/out/s/v");
    if (first == Text('n', "w") && second == Text('n', "s/v")) return "new";
    if (second != "(no such file)") return "mixed: " + second;
    if (GetParam()) return fs::exists(folder_ / "x/out") ? "half a folder" : "old";
    return first == Text('o', "w") ? "old" : "mixed: " + first;
  }
  int Run(const std::vector<std::string>& options) {
    return RunTraced(options, 'n', {(folder_ / "x/out") + "::w", (folder_ / "x/out") + "::s/v"});
  }
  int RunWith(const Call& call, const std::string& fault) {
    return Run({"-o", "/dev/null", "-e", "trace=" + call.name, "-e",
                "inject=" + call.name + ":" + fault + ":when=" + std::to_string(call.when)});
  }
  // Nothing but the output is there.
  bool IsClean() const {
    const std::vector<std::string> names = ListFolder(folder_ / "x");
    if (names.empty()) return true;
    if (names != std::vector<std::string>{"out"}) return false;
    const std::vector<std::string> inside = ListFolder(folder_ / "x/out");
    return inside == std::vector<std::string>{"w"} || inside == std::vector<std::string>{"s", "w"};
  }
  std::vector<Call> Calls() {
    Reset();
    if (Run({"-o", folder_ / "log"}) != 0 || State() != "new") return {};
    return Sample(ReadCalls(folder_ / "log"));
  }

  TemporaryFolder folder_{true};
};

TEST_P(FolderFaultsTest, KilledAtAnyCall) {
  const std::vector<Call> calls = Calls();
  if (calls.empty()) GTEST_SKIP() << "NOT TESTED: strace is missing or may not trace here";
  for (const Call& call : calls) {
    SCOPED_TRACE("killed at " + call.line);
    Reset();
    ASSERT_EQ(RunWith(call, "signal=KILL"), -SIGKILL);
    const Status status = FinishPending(folder_ / "x/out");
    ASSERT_TRUE(status.ok()) << status.message();
    ASSERT_THAT(State(), testing::AnyOf("old", "new"));
    // The next run needs nobody to clean up.
    ASSERT_EQ(Run({"-o", "/dev/null", "-e", "trace=none"}), 0);
    ASSERT_EQ(State(), "new");
    ASSERT_TRUE(IsClean());
  }
}

TEST_P(FolderFaultsTest, AnyCallFails) {
  const std::vector<Call> calls = Calls();
  if (calls.empty()) GTEST_SKIP() << "NOT TESTED: strace is missing or may not trace here";
  for (const Call& call : calls) {
    for (const char* error : {"EIO", "ENOSPC", "EINTR"}) {
      SCOPED_TRACE(std::string(error) + " from " + call.line);
      Reset();
      const int code = RunWith(call, std::string("error=") + error);
      ASSERT_TRUE(code == 0 || code == 4) << code;
      ASSERT_TRUE(FinishPending(folder_ / "x/out").ok());
      ASSERT_THAT(State(), testing::AnyOf("old", "new"));
      if (code == 0) {
        ASSERT_EQ(State(), "new");
      }
      ASSERT_TRUE(IsClean());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(NewAndOld, FolderFaultsTest, testing::Bool());

}  // namespace
}  // namespace pdquant
