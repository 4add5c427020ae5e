// Files in folders, by names that nobody vouches for; new folders; files that are written piece by piece.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>

#include "files/descriptor.h"
#include "files/folder.h"
#include "files/io_testing.h"
#include "files/output.h"
#include "files/path.h"
#include "files/temporary_registry.h"

namespace pdquant {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

Status WriteIn(OutputSet* set, const std::string& folder, const std::string& name, std::string_view text) {
  const Result<OutputStream*> stream = set->OpenIn(folder, name);
  return stream.ok() ? (*stream)->Write(text) : stream.status();
}

// A set of files in a folder, named after it.
Status WriteFolder(const std::string& folder, const std::vector<std::string>& names, const std::string& text) {
  OutputSet set;
  if (Status status = set.SetName(folder); !status.ok()) return status;
  if (Status status = set.AddFolder(folder); !status.ok()) return status;
  for (const std::string& name : names) {
    if (Status status = WriteIn(&set, folder, name, text + name); !status.ok()) return status;
  }
  return set.Commit();
}

TEST(BeneathTest, PlainPaths) {
  for (const char* name : {"a", "a/b", "..a", "a../b", ".a", " ", "\xff"}) EXPECT_TRUE(IsPlainPath(name)) << name;
  for (const char* name : {"", "/", "/a", "a/", "a//b", ".", "..", "a/..", "../a", "a/./b", "./a"}) {
    EXPECT_FALSE(IsPlainPath(name)) << name;
  }
  EXPECT_FALSE(IsPlainPath(std::string_view("a\0b", 3)));
}

TEST(BeneathTest, OpensOnlyWhatLiesBeneath) {
  const TemporaryFolder folder;
  fs::create_directories(folder / "in/sub");
  WriteFile(folder / "in/sub/w", "in");
  WriteFile(folder / "out", "out");
  fs::create_symlink("../out", folder / "in/link");
  fs::create_symlink("sub", folder / "in/inner");
  fs::create_symlink(folder.path(), folder / "in/absolute");
  const Descriptor root = OpenDescriptor(folder / "in", O_PATH | O_DIRECTORY);
  for (const auto open : {OpenBeneath, OpenByComponents}) {
    EXPECT_TRUE(open(root.get(), "sub/w", O_RDONLY, 0).valid());
    for (const char* name : {"link", "inner/w", "absolute/out", "inner"}) {
      EXPECT_FALSE(open(root.get(), name, O_RDONLY, 0).valid());
      EXPECT_EQ(errno, ELOOP) << name;
    }
    for (const char* name : {"../out", "sub/../../out", "/etc/passwd", "."}) {
      EXPECT_FALSE(open(root.get(), name, O_RDONLY, 0).valid());
      EXPECT_EQ(errno, EXDEV) << name;
    }
    EXPECT_FALSE(open(root.get(), "none/w", O_RDONLY, 0).valid());
    EXPECT_EQ(errno, ENOENT);
    EXPECT_FALSE(open(root.get(), "sub/w/x", O_RDONLY, 0).valid());
    EXPECT_EQ(errno, ENOTDIR);
  }
}

TEST(OutputTreeTest, ANewFolderAppearsWhole) {
  const TemporaryFolder folder;
  {
    OutputSet set;
    ASSERT_TRUE(set.AddFolder(folder / "new/").ok());
    ASSERT_TRUE(WriteIn(&set, folder / "new", "model", "m").ok());
    ASSERT_TRUE(WriteIn(&set, folder / "new/", "a/b/w", "w").ok());
    EXPECT_FALSE(fs::exists(folder / "new"));
    EXPECT_EQ(ListFolder(folder.path()).size(), 1U);
  }
  EXPECT_THAT(ListFolder(folder.path()), ElementsAre());
  ASSERT_TRUE(WriteFolder(folder / "new", {"model", "a/b/w", "a/w"}, "").ok());
  EXPECT_THAT(ListFolder(folder.path()), ElementsAre("new"));
  EXPECT_EQ(ReadFile(folder / "new/a/b/w"), "a/b/w");
  EXPECT_THAT(ListFolder(folder / "new"), ElementsAre("a", "model"));
  EXPECT_EQ(ModeOf(folder / "new"), 0777U & ~022U);
}

TEST(OutputTreeTest, ANewFolderAndAFile) {
  const TemporaryFolder folder;
  OutputSet set;
  const std::string_view text = "text";
  ASSERT_TRUE(set.SetName(folder / "new").ok());
  ASSERT_TRUE(set.AddFolder(folder / "new").ok());
  ASSERT_TRUE(WriteIn(&set, folder / "new", "w", "w").ok());
  ASSERT_TRUE(set.Add(folder / "report", {&text, 1}).ok());
  ASSERT_TRUE(set.Add(folder / "new/report", {&text, 1}).ok());
  ASSERT_TRUE(set.Commit().ok());
  EXPECT_THAT(ListFolder(folder.path()), ElementsAre("new", "report"));
  EXPECT_THAT(ListFolder(folder / "new"), ElementsAre("report", "w"));
}

TEST(OutputTreeTest, ManyFilesInANewFolder) {
  const TemporaryFolder folder(true);
  std::vector<std::string> names;
  for (int i = 0; i < 300; ++i) names.push_back("s" + std::to_string(i % 7) + "/w" + std::to_string(i));
  EXPECT_EQ(InChild([&] {
              rlimit limit = {24, 24};
              setrlimit(RLIMIT_NOFILE, &limit);
              return WriteFolder(folder / "new", names, "").ok() ? 0 : 1;
            }),
            0);
  EXPECT_EQ(ReadFile(folder / "new/s4/w298"), "s4/w298");
}

TEST(OutputTreeTest, WhatIsInTheWay) {
  const TemporaryFolder folder;
  WriteFile(folder / "file", "old");
  OutputSet set;
  Status status = set.AddFolder(folder / "file");
  EXPECT_EQ(status.code(), StatusCode::kIo);
  EXPECT_THAT(status.message(), HasSubstr("is in the way"));
  EXPECT_EQ(set.AddFolder(folder / "none/new").code(), StatusCode::kIo);
  ASSERT_TRUE(set.AddFolder(folder / "new").ok());
  ASSERT_TRUE(WriteIn(&set, folder / "new", "a", "").ok());
  EXPECT_EQ(WriteIn(&set, folder / "new", "a", "").code(), StatusCode::kUsage);
  EXPECT_EQ(WriteIn(&set, folder / "new", "a/b", "").code(), StatusCode::kIo);
  EXPECT_EQ(WriteIn(&set, folder / "new", "../b", "").code(), StatusCode::kBadInput);
  EXPECT_EQ(WriteIn(&set, folder / "other", "b", "").code(), StatusCode::kInternal);
  // Somebody else makes the folder in the meantime.
  fs::create_directory(folder / "new");
  WriteFile(folder / "new/foreign", "");
  EXPECT_EQ(set.Commit().code(), StatusCode::kTryAgain);
  EXPECT_THAT(ListFolder(folder.path()), ElementsAre("file", "new"));
  EXPECT_THAT(ListFolder(folder / "new"), ElementsAre("foreign"));
}

TEST(OutputRootTest, WritesIntoAnExistingFolder) {
  const TemporaryFolder folder;
  fs::create_directories(folder / "old/sub");
  WriteFile(folder / "old/foreign", "foreign");
  WriteFile(folder / "old/w", "old");
  chmod((folder / "old/w").c_str(), 0640);
  {
    OutputSet set;
    ASSERT_TRUE(set.AddFolder(folder / "old").ok());
    ASSERT_TRUE(WriteIn(&set, folder / "old", "w", "new").ok());
    ASSERT_TRUE(WriteIn(&set, folder / "old", "sub/deep/er/w", "new").ok());
    EXPECT_EQ(WriteIn(&set, folder / "old", "sub/deep/er/w", "new").code(), StatusCode::kUsage);
  }
  EXPECT_THAT(ListFolder(folder / "old"), ElementsAre("foreign", "sub", "w"));
  EXPECT_THAT(ListFolder(folder / "old/sub"), ElementsAre());
  ASSERT_TRUE(WriteFolder(folder / "old", {"w", "sub/deep/w", "made/w"}, "").ok());
  EXPECT_THAT(ListFolder(folder.path()), ElementsAre("old"));
  EXPECT_THAT(ListFolder(folder / "old"), ElementsAre("foreign", "made", "sub", "w"));
  EXPECT_EQ(ReadFile(folder / "old/made/w"), "made/w");
  EXPECT_EQ(ReadFile(folder / "old/w"), "w");
  EXPECT_EQ(ModeOf(folder / "old/w"), 0640U);
}

// More files than a process may have open, in more folders than that.
TEST(OutputRootTest, ManyFilesInAnExistingFolder) {
  const TemporaryFolder folder(true);
  fs::create_directories(folder / "old");
  WriteFile(folder / "old/w7", "old");
  std::vector<std::string> names;
  for (int i = 0; i < 300; ++i)
    names.push_back((i % 2 == 0 ? "s" + std::to_string(i) + "/w" : "w") + std::to_string(i));
  EXPECT_EQ(InChild([&] {
              rlimit limit = {64, 64};
              setrlimit(RLIMIT_NOFILE, &limit);
              const Status status = WriteFolder(folder / "old", names, "");
              EXPECT_TRUE(status.ok()) << status.message();
              return HasFailure() ? 1 : 0;
            }),
            0);
  for (const std::string& name : names) ASSERT_EQ(ReadFile(folder / "old/" + name), name);
  EXPECT_EQ(ListFolder(folder / "old").size(), names.size());
  EXPECT_THAT(ListFolder(folder.path()), ElementsAre("old"));
}

// Names that are cut in those of their temporary files, and are one then.
TEST(OutputRootTest, LongNamesThatBeginTheSame) {
  const TemporaryFolder folder(true);
  fs::create_directories(folder / "old");
  std::vector<std::string> names;
  for (int i = 100; i < 140; ++i) names.push_back(std::string(250, 'n') + std::to_string(i));
  ASSERT_TRUE(WriteFolder(folder / "old", names, "").ok());
  EXPECT_THAT(ListFolder(folder / "old"), testing::ElementsAreArray(names));
}

// A writer of many files has closed most of them.
class ManyFilesWriterTest : public testing::Test {
 protected:
  ManyFilesWriterTest() {
    fs::create_directories(folder_ / "old/sub");
    for (int i = 0; i < 40; ++i) names_.push_back((i % 4 == 0 ? "sub/w" : "w") + std::to_string(i));
  }
  // Starts one that has written all its files when this returns, and waits for a byte before it goes on.
  pid_t StartWriter(int go_on) {
    int ready[2];
    if (pipe(ready) != 0) return -1;
    const pid_t writer = StartChild([&] {
      OutputSet set;
      if (!set.SetName(folder_ / "old").ok() || !set.AddFolder(folder_ / "old").ok()) return 1;
      for (const std::string& name : names_) {
        if (!WriteIn(&set, folder_ / "old", name, "first").ok()) return 2;
      }
      char byte = 0;
      if (write(ready[1], "x", 1) != 1 || read(go_on, &byte, 1) != 1) return 3;
      return set.Commit().ok() ? 0 : 4;
    });
    char byte = 0;
    EXPECT_EQ(read(ready[0], &byte, 1), 1);
    for (const int end : ready) close(end);
    return writer;
  }
  size_t FilesThere() { return ListFolder(folder_ / "old").size() - 1 + ListFolder(folder_ / "old/sub").size(); }

  TemporaryFolder folder_{true};
  std::vector<std::string> names_;
};

TEST_F(ManyFilesWriterTest, KeepsThemWhileItLives) {
  int go_on[2];
  ASSERT_EQ(pipe(go_on), 0);
  const pid_t writer = StartWriter(go_on[0]);
  // Another one, of the same set and of some of the same files, clears away what was left behind.
  ASSERT_TRUE(WriteFolder(folder_ / "old", {"sub/w0", "w1"}, "second ").ok());
  EXPECT_EQ(ReadFile(folder_ / "old/w1"), "second w1");
  ASSERT_EQ(write(go_on[1], "x", 1), 1);
  EXPECT_EQ(WaitForChild(writer), 0);
  for (const std::string& name : names_) EXPECT_EQ(ReadFile(folder_ / "old/" + name), "first") << name;
  EXPECT_EQ(FilesThere(), names_.size());
}

TEST_F(ManyFilesWriterTest, LosesThemWhenItIsGone) {
  int go_on[2];
  ASSERT_EQ(pipe(go_on), 0);
  const pid_t writer = StartWriter(go_on[0]);
  EXPECT_EQ(FilesThere(), names_.size() + 1);  // and their lock
  kill(writer, SIGKILL);
  EXPECT_EQ(WaitForChild(writer), -SIGKILL);
  ASSERT_TRUE(WriteFolder(folder_ / "old", {"sub/w0", "w1"}, "second ").ok());
  EXPECT_EQ(FilesThere(), 2U);
  EXPECT_EQ(ReadFile(folder_ / "old/sub/w0"), "second sub/w0");
}

TEST(OutputRootTest, NothingLeadsOut) {
  const TemporaryFolder folder;
  fs::create_directories(folder / "in");
  fs::create_directories(folder / "out");
  WriteFile(folder / "out/w", "canary");
  fs::create_symlink("../out", folder / "in/link");
  fs::create_symlink("../out/w", folder / "in/w");
  fs::create_symlink("../out/none", folder / "in/none");
  WriteFile(folder / "other", "linked");
  fs::create_hard_link(folder / "other", folder / "in/hard");
  OutputSet set;
  ASSERT_TRUE(set.AddFolder(folder / "in").ok());
  for (const char* name : {"w", "none", "link/w", "link", "link/new/w", "../out/w", "/tmp/w", "", "a//b", "a/"}) {
    const Status status = WriteIn(&set, folder / "in", name, "evil");
    EXPECT_EQ(status.code(), StatusCode::kBadInput) << name << ": " << status.message();
  }
  ASSERT_TRUE(WriteIn(&set, folder / "in", "hard", "new").ok());
  ASSERT_TRUE(set.Commit().ok());
  EXPECT_EQ(ReadFile(folder / "out/w"), "canary");
  EXPECT_THAT(ListFolder(folder / "out"), ElementsAre("w"));
  EXPECT_EQ(ReadFile(folder / "in/hard"), "new");
  EXPECT_EQ(ReadFile(folder / "other"), "linked");
}

// Somebody exchanges a folder in the output for a link that leads out, again and again.
TEST(OutputRootTest, NothingLeadsOutInARace) {
  const TemporaryFolder folder(true);
  fs::create_directories(folder / "in/sub");
  fs::create_directories(folder / "out");
  WriteFile(folder / "out/w", "canary");
  fs::create_symlink("../out", folder / "in/link");
  std::atomic<bool> stop = false;
  std::thread racer([&] {
    while (!stop) {
      syscall(SYS_renameat2, AT_FDCWD, (folder / "in/sub").c_str(), AT_FDCWD, (folder / "in/link").c_str(), 2);
    }
  });
  int written = 0;
  for (int i = 0; i < (kSanitized ? 300 : 3000); ++i) written += WriteFolder(folder / "in", {"sub/w", "x"}, "").ok();
  stop = true;
  racer.join();
  EXPECT_EQ(ReadFile(folder / "out/w"), "canary");
  EXPECT_THAT(ListFolder(folder / "out"), ElementsAre("w"));
  RecordProperty("written", written);
}

TEST(OutputRootTest, WhereNothingMayBeMadeBeside) {
  const TemporaryFolder folder;
  fs::create_directories(folder / "in");
  chmod((folder / "in").c_str(), 0777);
  chmod(folder.path().c_str(), 0755);
  EXPECT_EQ(InChildWithoutRights([&] { return WriteFolder(folder / "in", {"a", "b"}, "").ok() ? 0 : 1; }), 0);
  EXPECT_THAT(ListFolder(folder / "in"), ElementsAre("a", "b"));
}

TEST(OutputStreamTest, PiecesOfAllSizes) {
  const TemporaryFolder folder;
  std::string all;
  OutputSet set;
  const Result<OutputStream*> stream = set.Open(folder / "file");
  ASSERT_TRUE(stream.ok());
  for (size_t size = 1; size < (size_t{32} << 20U); size = size * 5 / 2 + 1) {
    const std::string piece(size, static_cast<char>('a' + size % 26));
    ASSERT_TRUE((*stream)->Write(piece).ok());
    all += piece;
  }
  EXPECT_FALSE(fs::exists(folder / "file"));
  ASSERT_TRUE(set.Commit().ok());
  EXPECT_TRUE(ReadFile(folder / "file") == all);
}

TEST(OutputStreamTest, WrittenThrough) {
  const TemporaryFolder folder;
  mkfifo((folder / "fifo").c_str(), 0600);
  const Descriptor reader(open((folder / "fifo").c_str(), O_RDONLY | O_NONBLOCK));
  OutputSet set;
  const Result<OutputStream*> stream = set.Open(folder / "fifo");
  ASSERT_TRUE(stream.ok());
  ASSERT_TRUE((*stream)->Write("text").ok());
  char text[8] = {};
  EXPECT_EQ(read(reader.get(), text, sizeof(text)), 0);
  ASSERT_TRUE(set.Commit().ok());
  EXPECT_EQ(read(reader.get(), text, sizeof(text)), 4);
}

TEST(OutputStreamTest, AFullDisk) {
  const TemporaryFolder folder;
  EXPECT_EQ(InChild([&] {
              signal(SIGXFSZ, SIG_IGN);
              rlimit limit = {1 << 20, 1 << 20};
              setrlimit(RLIMIT_FSIZE, &limit);
              OutputSet set;
              const Result<OutputStream*> stream = set.Open(folder / "file");
              const std::string piece(700 << 10, 'x');
              if (!stream.ok() || !(*stream)->Write(piece).ok()) return 1;
              if ((*stream)->Write(piece).code() != StatusCode::kIo) return 2;
              return (*stream)->Write("x").ok() || set.Commit().ok() ? 3 : 0;
            }),
            0);
  EXPECT_THAT(ListFolder(folder.path()), ElementsAre());
}

TEST(OutputTreeTest, ASignalLeavesNothingBehind) {
  const TemporaryFolder folder;
  EXPECT_EQ(InChild([&] {
              OutputSet set;
              if (!set.AddFolder(folder / "new").ok()) return 1;
              for (const char* name : {"a/b/c/w", "a/w", "w"}) {
                if (!WriteIn(&set, folder / "new", name, "text").ok()) return 2;
              }
              signal(SIGTERM, [](int) {
                RemoveTemporariesInSignalHandler();
                _exit(0);
              });
              raise(SIGTERM);
              return 3;
            }),
            0);
  EXPECT_THAT(ListFolder(folder.path()), ElementsAre());
}

}  // namespace
}  // namespace pdquant
