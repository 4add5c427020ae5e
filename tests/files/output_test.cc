
#include "files/output.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "files/input.h"
#include "files/io_testing.h"
#include "files/path.h"
#include "files/temporary_registry.h"

namespace pdquant {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

int CodeOf(const Status& status) { return static_cast<int>(status.code()); }

TEST(OutputTest, WritesANewFile) {
  const TemporaryFolder folder;
  const std::string path = folder / "model";
  const mode_t before = umask(027);
  OutputSet set;
  const std::string_view pieces[] = {"one, ", "", "two, ", "three"};
  ASSERT_TRUE(set.Add(path, pieces).ok());
  EXPECT_EQ(access(path.c_str(), F_OK), -1);
  const Status status = set.Commit();
  umask(before);
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(ReadFile(path), "one, two, three");
  EXPECT_EQ(ModeOf(path), 0640U);
  EXPECT_THAT(ListFolder(folder.path()), ElementsAre("model"));
  EXPECT_TRUE(set.Commit().ok());  // nothing is left in the set
}

TEST(OutputTest, WithoutCommitNothingChanges) {
  const TemporaryFolder folder;
  WriteFile(folder / "model", "old");
  {
    OutputSet set;
    const std::string_view text = "new";
    ASSERT_TRUE(set.Add(folder / "model", {&text, 1}).ok());
    ASSERT_TRUE(set.Add(folder / "other", {&text, 1}).ok());
    EXPECT_THAT(ListFolder(folder.path()), SizeIs(3));
  }
  EXPECT_THAT(ListFolder(folder.path()), ElementsAre("model"));
  EXPECT_EQ(ReadFile(folder / "model"), "old");
}

TEST(OutputTest, KeepsTheMode) {
  const TemporaryFolder folder;
  const std::string path = folder / "model";
  for (const mode_t mode : {0600U, 0640U, 0755U, 0444U, 0666U, 04755U}) {
    WriteFile(path, "old");
    chmod(path.c_str(), mode);
    ASSERT_TRUE(WriteOutput(path, "new").ok());
    EXPECT_EQ(ReadFile(path), "new");
    EXPECT_EQ(ModeOf(path), mode);
    unlink(path.c_str());
  }
}

TEST(OutputTest, RootKeepsTheOwner) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  const TemporaryFolder folder;
  const std::string path = folder / "model";
  WriteFile(path, "old");
  ASSERT_EQ(chown(path.c_str(), 1234, 4321), 0);
  ASSERT_TRUE(WriteOutput(path, "new").ok());
  struct stat status;
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, 1234U);
  EXPECT_EQ(status.st_gid, 4321U);
}

TEST(OutputTest, SaysWhyItCannotWrite) {
  const TemporaryFolder folder;
  mkdir((folder / "sub").c_str(), 0755);
  WriteFile(folder / "file", "old");
  const auto refused = [&](const std::string& path, const std::string& text) {
    OutputSet set;
    const std::string_view piece = "new";
    const Status status = set.Add(path, {&piece, 1});
    EXPECT_EQ(status.code(), StatusCode::kIo) << path;
    EXPECT_THAT(status.message(), HasSubstr(text));
    EXPECT_THAT(ListFolder(folder.path()), ElementsAre("file", "sub"));
  };
  refused("", "'': can't write: No such file or directory");
  refused(folder / "sub", "/sub': is a folder; name a file");
  refused(folder / "sub/", "is a folder");
  refused(folder / "sub/..", "is a folder");
  refused(folder / "missing/model", "/missing/': can't open the folder: No such file or directory");
  refused(folder / "missing/", "missing/': can't write: Is a directory");
  refused(folder / "file/model", "Not a directory");
  refused(folder / std::string(256, 'x'), "File name too long");
  refused(folder / std::string("a\0b", 3), "No such file");
}

TEST(OutputTest, NeedsAFolderThatMayBeWritten) {
  const TemporaryFolder folder;
  WriteFile(folder / "model", "old");
  chmod(folder.path().c_str(), 0555);
  EXPECT_EQ(InChildWithoutRights([&] {
              const Status status = WriteOutput(folder / "model", "new");
              EXPECT_THAT(status.message(), HasSubstr("can't create a file beside it: Permission denied"));
              return testing::Test::HasFailure() ? 1 : CodeOf(status);
            }),
            4);
  EXPECT_EQ(ReadFile(folder / "model"), "old");
  // May be written, not listed.
  chmod(folder.path().c_str(), 0333);
  EXPECT_EQ(InChildWithoutRights([&] { return CodeOf(WriteOutput(folder / "other", "new")); }), 0);
  chmod(folder.path().c_str(), 0755);
  EXPECT_EQ(ReadFile(folder / "other"), "new");
}

TEST(OutputTest, FollowsSymbolicLinks) {
  const TemporaryFolder folder;
  mkdir((folder / "sub").c_str(), 0755);
  WriteFile(folder / "sub/target", "old");
  ASSERT_EQ(symlink("sub/target", (folder / "link").c_str()), 0);
  ASSERT_EQ(symlink((folder / "link").c_str(), (folder / "second").c_str()), 0);
  ASSERT_EQ(symlink("sub/new", (folder / "dangling").c_str()), 0);
  ASSERT_EQ(symlink("loop", (folder / "loop").c_str()), 0);
  ASSERT_EQ(symlink("sub", (folder / "folder").c_str()), 0);

  EXPECT_TRUE(WriteOutput(folder / "second", "new").ok());
  EXPECT_EQ(ReadFile(folder / "sub/target"), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_TRUE(WriteOutput(folder / "dangling", "created").ok());
  EXPECT_EQ(ReadFile(folder / "sub/new"), "created");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "dangling"));
  EXPECT_EQ(WriteOutput(folder / "loop", "x").code(), StatusCode::kIo);
  EXPECT_EQ(WriteOutput(folder / "folder", "x").code(), StatusCode::kIo);
  EXPECT_THAT(ListFolder(folder / "sub"), ElementsAre("new", "target"));
}

TEST(OutputTest, ReplacesOneOfTwoHardLinks) {
  const TemporaryFolder folder;
  WriteFile(folder / "a", "old");
  ASSERT_EQ(link((folder / "a").c_str(), (folder / "b").c_str()), 0);
  ASSERT_TRUE(WriteOutput(folder / "a", "new").ok());
  EXPECT_EQ(ReadFile(folder / "b"), "old");
}

TEST(OutputTest, LongNames) {
  const TemporaryFolder folder;
  std::string umlauts;
  while (umlauts.size() < 254) umlauts += "\xC3\xA4";
  for (const std::string& name : {std::string(255, 'x'), umlauts, std::string("x") + umlauts, std::string(230, 'y')}) {
    ASSERT_TRUE(WritePair(folder / name, folder / "other", "new", "2").ok());
    EXPECT_EQ(ReadFile(folder / name), "new");
    unlink((folder / name).c_str());
    EXPECT_THAT(ListFolder(folder.path()), ElementsAre("other"));
  }
}

TEST(OutputTest, OneFileOnceInASet) {
  const TemporaryFolder folder;
  ASSERT_EQ(symlink("model", (folder / "link").c_str()), 0);
  for (const char* second : {"model", "./model", "link"}) {
    EXPECT_EQ(WritePair(folder / "model", folder / second, "1", "2").code(), StatusCode::kUsage) << second;
  }
  EXPECT_THAT(ListFolder(folder.path()), ElementsAre("link"));
  EXPECT_TRUE(WritePair("/dev/null", "/dev/null", "1", "2").ok());
}

TEST(OutputTest, ManyFilesWithFewDescriptors) {
  const TemporaryFolder folder(true);
  EXPECT_EQ(InChild([&] {
              rlimit limit = {20, 400};
              if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return 1;
              OutputSet set;
              for (int i = 0; i < 300; ++i) {
                const std::string text = std::to_string(i);
                const std::string_view piece = text;
                if (!set.Add(folder / ("w" + text), {&piece, 1}).ok()) return 2;
              }
              return CodeOf(set.Commit());
            }),
            0);
  EXPECT_THAT(ListFolder(folder.path()), SizeIs(300));
  EXPECT_EQ(ReadFile(folder / "w217"), "217");
}

TEST(OutputTest, WritesThroughWhatIsNoRegularFile) {
  const TemporaryFolder folder;
  const std::string fifo = folder / "fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  const std::string text(1000000, 'x');
  const pid_t reader = StartChild([&] { return ReadInput(fifo, 1000000)->view() == text ? 0 : 1; });
  EXPECT_TRUE(WriteOutput(fifo, text).ok());
  EXPECT_EQ(WaitForChild(reader), 0);
  EXPECT_THAT(ListFolder(folder.path()), ElementsAre("fifo"));

  EXPECT_TRUE(WriteOutput("/dev/null", text).ok());
  const Status full = WriteOutput("/dev/full", text);
  EXPECT_EQ(full.code(), StatusCode::kIo);
  EXPECT_EQ(full.message(), "'/dev/full': can't write: No space left on device");

  // A socket can't be opened by its name.
  int sockets[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
  EXPECT_TRUE(WriteOutput("/dev/fd/" + std::to_string(sockets[0]), "hello").ok());
  char buffer[8] = {};
  EXPECT_EQ(read(sockets[1], buffer, sizeof(buffer)), 5);
  close(sockets[0]);
  close(sockets[1]);
  EXPECT_EQ(WriteOutput("/dev/fd/999", "x").code(), StatusCode::kIo);
}

// What can't be taken back is written last but before anything is renamed.
TEST(OutputTest, AFailedPipeKeepsTheFiles) {
  const TemporaryFolder folder;
  WriteFile(folder / "model", "old");
  EXPECT_EQ(WritePair(folder / "model", "/dev/full", "new", "x").code(), StatusCode::kIo);
  EXPECT_EQ(ReadFile(folder / "model"), "old");
  EXPECT_THAT(ListFolder(folder.path()), ElementsAre("model"));
  EXPECT_TRUE(WritePair(folder / "model", "/dev/null", "new", "x").ok());
  EXPECT_EQ(ReadFile(folder / "model"), "new");
}

TEST(OutputTest, StandardOutput) {
  const TemporaryFolder folder;
  const std::string path = folder / "captured";
  // Appended to what is there: /dev/stdout must not be replaced as a file, nor written from its beginning.
  EXPECT_EQ(InChild([&] {
              dup2(open(path.c_str(), O_WRONLY | O_CREAT, 0600), STDOUT_FILENO);
              if (!WriteStandardOutput("1 ").ok() || !WriteOutput("-", "2 ").ok()) return 1;
              return CodeOf(WriteOutput("/dev/stdout", "3"));
            }),
            0);
  EXPECT_EQ(ReadFile(path), "1 2 3");
  const auto write_to = [](const char* target) {
    return InChild([&] {
      dup2(open(target, O_WRONLY), STDOUT_FILENO);
      const Status status = WriteStandardOutput("text");
      return status.ok() || status.message().empty() ? 1 : CodeOf(status);
    });
  };
  EXPECT_EQ(write_to("/dev/full"), 4);
  EXPECT_EQ(InChild([] {
              close(STDOUT_FILENO);
              return CodeOf(WriteStandardOutput("text"));
            }),
            4);
}

TEST(OutputTest, ABrokenPipeIsQuiet) {
  EXPECT_EQ(
      InChild([] {
        std::signal(SIGPIPE, SIG_IGN);
        int ends[2];
        if (pipe(ends) != 0) return 1;
        close(ends[0]);
        dup2(ends[1], STDOUT_FILENO);
        const Status direct = WriteStandardOutput("text");
        const Status through = WriteOutput("-", "text");
        return CodeOf(direct) == 4 && direct.message().empty() && CodeOf(through) == 4 && through.message().empty() ? 0
                                                                                                                    : 2;
      }),
      0);
}

TEST(OutputTest, AFullDiskKeepsTheOldFile) {
  const TemporaryFolder folder;
  WriteFile(folder / "model", "old");
  EXPECT_EQ(InChild([&] {
              std::signal(SIGXFSZ, SIG_IGN);
              const rlimit limit = {5000, 5000};
              setrlimit(RLIMIT_FSIZE, &limit);
              OutputSet set;
              const std::string text(10000, 'x');
              const std::string_view piece = text;
              return CodeOf(set.Add(folder / "model", {&piece, 1}));
            }),
            4);
  EXPECT_EQ(ReadFile(folder / "model"), "old");
  EXPECT_THAT(ListFolder(folder.path()), ElementsAre("model"));
}

// With standard output closed its number must not be given to a file of ours.
TEST(OutputTest, ClosedStandardStreams) {
  const TemporaryFolder folder;
  EXPECT_EQ(InChild([&] {
              for (const int fd : {0, 1, 2}) close(fd);
              OutputSet set;
              const std::string_view piece = "text";
              if (!set.Add(folder / "model", {&piece, 1}).ok()) return 1;
              if (WriteStandardOutput("stray").ok()) return 2;
              return CodeOf(set.Commit());
            }),
            0);
  EXPECT_EQ(ReadFile(folder / "model"), "text");
}

TEST(OutputTest, IsSameFile) {
  const TemporaryFolder folder;
  const std::string path = folder / "model";
  EXPECT_FALSE(IsSameFile(path, path));
  WriteFile(path, "x");
  WriteFile(folder / "copy", "x");
  ASSERT_EQ(symlink("model", (folder / "soft").c_str()), 0);
  ASSERT_EQ(link(path.c_str(), (folder / "hard").c_str()), 0);
  for (const char* same : {"model", "./model", "soft", "hard"}) EXPECT_TRUE(IsSameFile(path, folder / same)) << same;
  for (const char* other : {"copy", "missing", "."}) EXPECT_FALSE(IsSameFile(path, folder / other)) << other;
}

TEST(OutputTest, AForkedChildLeavesTheFilesOfItsParent) {
  const TemporaryFolder folder;
  const std::string_view text = "text";
  for (int round = 0; round < 3; ++round) {
    OutputSet set;
    ASSERT_TRUE(set.Add(folder / "a", {&text, 1}).ok());
    ASSERT_TRUE(set.Add(folder / "b", {&text, 1}).ok());
    EXPECT_EQ(InChild([] {
                RemoveTemporariesInSignalHandler();
                return 0;
              }),
              0);
    EXPECT_THAT(ListFolder(folder.path()), SizeIs(2));
    RemoveTemporariesInSignalHandler();
    EXPECT_THAT(ListFolder(folder.path()), SizeIs(0));
  }
}

void RemoveAndDie(int signal_number) {
  RemoveTemporariesInSignalHandler();
  std::signal(signal_number, SIG_DFL);
  raise(signal_number);
}

// A signal at any moment: the set is old or new, and nothing else is there.
TEST(OutputTest, ASignalLeavesNothingBehind) {
  const TemporaryFolder folder(true);
  for (int round = 0; round < 150; ++round) {
    ASSERT_TRUE(WritePair(folder / "a", folder / "b", "0", "0").ok());
    const pid_t child = StartChild([&] {
      std::signal(SIGTERM, RemoveAndDie);
      for (int i = 1;; ++i) {
        if (!WritePair(folder / "a", folder / "b", std::to_string(i), std::to_string(i)).ok()) return 1;
      }
    });
    std::this_thread::sleep_for(std::chrono::microseconds(500 + round * 37));
    kill(child, SIGTERM);
    const int ended = WaitForChild(child);
    ASSERT_EQ(ended, -SIGTERM);
    ASSERT_THAT(ListFolder(folder.path()), ElementsAre("a", "b"));
    ASSERT_EQ(ReadFile(folder / "a"), ReadFile(folder / "b"));
  }
}

}  // namespace
}  // namespace pdquant
