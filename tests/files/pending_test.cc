// What killed writers leave, and writers that meet.
#include "files/pending.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <thread>

#include "files/io_testing.h"
#include "files/output.h"
#include "files/output_folder.h"
#include "files/temporary.h"

namespace pdquant {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const char kId[] = "0123456789abcdef";
const char kOtherId[] = "fedcba9876543210";

// The set {a, b}, committed by a writer that was killed before the first rename.
class KilledWriterTest : public testing::Test {
 protected:
  KilledWriterTest() {
    WriteFile(a_, "old a");
    WriteFile(b_, "old b");
    WriteFile(TemporaryOf("a", kId), "new a");
    WriteFile(TemporaryOf("b", kOtherId), "new b");
    List({{"a", kId}, {"b", kOtherId}});
  }

  std::string TemporaryOf(const std::string& name, const std::string& id) {
    return folder_ / TemporaryName{name, id}.FileName();
  }
  void List(const std::vector<PendingRename>& renames) { WriteFile(pending_, EncodePending(renames)); }

  void ExpectFinished() {
    EXPECT_EQ(ReadFile(a_), "new a");
    EXPECT_EQ(ReadFile(b_), "new b");
    EXPECT_THAT(ListFolder(folder_.path()), ElementsAre("a", "b"));
  }
  void ExpectRefused(const std::string& text) {
    const Status status = FinishPending(a_);
    EXPECT_EQ(status.code(), StatusCode::kIo);
    EXPECT_THAT(status.message(), HasSubstr(text));
    EXPECT_EQ(ReadFile(a_).substr(0, 3), "old");
    EXPECT_TRUE(std::filesystem::exists(std::filesystem::symlink_status(pending_)));
    // A writer doesn't go past it either.
    EXPECT_EQ(WriteOutput(a_, "newer").code(), StatusCode::kIo);
    EXPECT_EQ(ReadFile(a_).substr(0, 3), "old");
  }

  TemporaryFolder folder_;
  const std::string a_ = folder_ / "a";
  const std::string b_ = folder_ / "b";
  const std::string pending_ = folder_ / "a.pdquant-pending";
};

TEST_F(KilledWriterTest, IsFinished) {
  ASSERT_TRUE(FinishPending(a_).ok());
  ExpectFinished();
  EXPECT_TRUE(FinishPending(a_).ok());
}

TEST_F(KilledWriterTest, IsFinishedThroughALink) {
  ASSERT_EQ(symlink("a", (folder_ / "link").c_str()), 0);
  ASSERT_TRUE(FinishPending(folder_ / "link").ok());
  unlink((folder_ / "link").c_str());
  ExpectFinished();
}

TEST_F(KilledWriterTest, IsFinishedHalfWay) {
  ASSERT_EQ(rename(TemporaryOf("a", kId).c_str(), a_.c_str()), 0);
  ASSERT_TRUE(FinishPending(a_).ok());
  ExpectFinished();
}

TEST_F(KilledWriterTest, IsFinishedBeforeTheNextWrite) {
  ASSERT_TRUE(WriteOutput(a_, "newer a").ok());
  EXPECT_EQ(ReadFile(a_), "newer a");
  EXPECT_EQ(ReadFile(b_), "new b");
  EXPECT_THAT(ListFolder(folder_.path()), ElementsAre("a", "b"));
}

TEST_F(KilledWriterTest, IsFinishedBetweenAddAndCommit) {
  ASSERT_TRUE(FinishPending(a_).ok());
  OutputSet set;
  const std::string_view text = "newer a";
  ASSERT_TRUE(set.Add(a_, {&text, 1}).ok());
  WriteFile(TemporaryOf("b", kOtherId), "newest b");
  List({{"b", kOtherId}});
  ASSERT_TRUE(set.Commit().ok());
  EXPECT_EQ(ReadFile(a_), "newer a");
  EXPECT_EQ(ReadFile(b_), "newest b");
  EXPECT_THAT(ListFolder(folder_.path()), ElementsAre("a", "b"));
}

TEST_F(KilledWriterTest, WasKilledBeforeTheListWasComplete) {
  const std::string text = ReadFile(pending_);
  for (size_t length = 0; length < text.size(); length += 7) {
    WriteFile(pending_, text.substr(0, length));
    ASSERT_TRUE(FinishPending(a_).ok());
    EXPECT_EQ(access(pending_.c_str(), F_OK), -1);
    EXPECT_EQ(ReadFile(a_), "old a");
    EXPECT_EQ(ReadFile(b_), "old b");
  }
}

TEST_F(KilledWriterTest, ItsTemporaryFileIsKeptForItsSet) {
  // Another set replaces b: given up, it must not leave a new a with an old b; done, its b is the newest.
  {
    OutputSet set;
    const std::string_view text = "newer b";
    ASSERT_TRUE(set.Add(b_, {&text, 1}).ok());
  }
  EXPECT_EQ(ReadFile(TemporaryOf("b", kOtherId)), "new b");
  ASSERT_TRUE(WriteOutput(b_, "newer b").ok());
  ASSERT_TRUE(FinishPending(a_).ok());
  EXPECT_EQ(ReadFile(a_), "new a");
  EXPECT_EQ(ReadFile(b_), "newer b");
  EXPECT_THAT(ListFolder(folder_.path()), ElementsAre("a", "b"));
}

TEST_F(KilledWriterTest, AForeignListIsRefused) {
  WriteFile(pending_, "not a list");
  ExpectRefused("a.pdquant-pending': is no list of an unfinished write that this version knows; remove it");
  List({{"/etc/a", kId}});
  ExpectRefused("is no list");
  ASSERT_EQ(truncate(pending_.c_str(), off_t{1} << 30U), 0);
  ExpectRefused("too large");
  unlink(pending_.c_str());
  mkfifo(pending_.c_str(), 0600);
  ExpectRefused("no regular file; remove it");
  unlink(pending_.c_str());
  ASSERT_EQ(symlink("b", pending_.c_str()), 0);
  ExpectRefused("can't open the list of an unfinished write: Too many levels of symbolic links");
}

TEST_F(KilledWriterTest, AListOfAnotherUserIsRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  ASSERT_EQ(chown(pending_.c_str(), 1234, 1234), 0);
  ExpectRefused("user 1234 left a write of several files unfinished");
}

TEST_F(KilledWriterTest, WhoMayNotFinishSaysSo) {
  chmod(folder_.path().c_str(), 0755);
  EXPECT_EQ(InChildWithoutRights([&] {
              const Status status = FinishPending(a_);
              EXPECT_THAT(status.message(), HasSubstr("can't open the list of an unfinished write: Permission denied"));
              return HasFailure() ? 1 : static_cast<int>(status.code());
            }),
            geteuid() == 0 ? 4 : 0);
}

TEST_F(KilledWriterTest, ATemporaryThatIsNoFileIsRefused) {
  unlink(TemporaryOf("a", kId).c_str());
  ASSERT_EQ(symlink("b", TemporaryOf("a", kId).c_str()), 0);
  ExpectRefused("is no regular file; a write of several files was interrupted here: remove ");
}

TEST_F(KilledWriterTest, AListThatNamesAFolderThatIsNotThereIsRefused) {
  List({{"../elsewhere-0123/a", kId}});
  ExpectRefused("can't find: No such file or directory");
}

TEST_F(KilledWriterTest, ADestinationThatCannotBeReplacedIsTold) {
  unlink(b_.c_str());
  mkdir(b_.c_str(), 0755);
  const Status status = FinishPending(a_);
  EXPECT_EQ(status.code(), StatusCode::kIo);
  EXPECT_THAT(status.message(), HasSubstr("/b': can't replace: Is a directory; a write of several files was"));
  rmdir(b_.c_str());
  EXPECT_TRUE(FinishPending(a_).ok());
  ExpectFinished();
}

TEST_F(KilledWriterTest, AWriterThatLivesIsAwaited) {
  int locked[2];
  ASSERT_EQ(pipe(locked), 0);
  const pid_t writer = StartChild([&] {
    const Descriptor file = OpenDescriptor(pending_, O_RDWR);
    if (TryLock(file.get()) != 0 || write(locked[1], "x", 1) != 1) return 1;
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    rename(TemporaryOf("a", kId).c_str(), a_.c_str());
    rename(TemporaryOf("b", kOtherId).c_str(), b_.c_str());
    unlink(pending_.c_str());
    return 0;
  });
  char byte = 0;
  ASSERT_EQ(read(locked[0], &byte, 1), 1);
  ASSERT_TRUE(FinishPending(a_).ok());
  ExpectFinished();
  EXPECT_EQ(WaitForChild(writer), 0);
  for (const int end : locked) close(end);
}

TEST_F(KilledWriterTest, AWriterThatHangsIsNotAwaitedForLong) {
  const Descriptor file = OpenDescriptor(pending_, O_RDWR);
  ASSERT_EQ(TryLock(file.get()), 0);
  const Status status = FinishPending(a_);
  EXPECT_EQ(status.code(), StatusCode::kTryAgain);
  EXPECT_THAT(status.message(), HasSubstr("another process"));
  EXPECT_EQ(ReadFile(a_), "old a");
}

TEST(PendingTest, FoldersMayMoveTogether) {
  const TemporaryFolder folder;
  mkdir((folder / "x").c_str(), 0755);
  mkdir((folder / "x/a").c_str(), 0755);
  mkdir((folder / "x/b").c_str(), 0755);
  WriteFile(folder / "x/b/.two.pdquant-0123456789abcdef", "new");
  auto pending = std::make_unique<PendingFile>();
  ASSERT_TRUE(pending->Lock(folder / "x/a/one").ok());
  ASSERT_TRUE(pending->Write({{folder / "x/a/../b/two", kId}}).ok());
  EXPECT_THAT(ReadFile(folder / "x/a/one.pdquant-pending"), HasSubstr("\n0123456789abcdef ../b/two\nend 1 "));
  ASSERT_EQ(rename((folder / "x").c_str(), (folder / "y").c_str()), 0);
  pending.reset();  // its writer is gone
  ASSERT_TRUE(FinishPending(folder / "y/a/one").ok());
  EXPECT_THAT(ListFolder(folder / "y/b"), ElementsAre("two"));
  EXPECT_THAT(ListFolder(folder / "y/a"), ElementsAre());
}

TEST(AbandonedTest, IsRemovedWhenItsWriterIsGone) {
  const TemporaryFolder folder;
  OutputFolder output;
  ASSERT_EQ(output.Open(folder / ""), 0);
  const uint32_t tag = output.TagOf("model");
  std::string abandoned;
  EXPECT_EQ(InChild([&] {
              auto file = std::make_unique<TemporaryFile>();
              const int error = file->Create(folder / "", "model", tag, 0444);
              file->Release();
              return error;
            }),
            0);
  TemporaryFile living;
  ASSERT_EQ(living.Create(folder / "", "model", tag, 0644), 0);
  WriteFile(folder / ".model.pdquant-0123456789abcdef.txt", "not ours");
  WriteFile(folder / ".model.pdquant-0123456789abcdeF", "not ours");
  mkdir((folder / ".model.pdquant-0123456789abcdef").c_str(), 0755);  // a new folder that was being filled
  WriteFile(folder / ".model.pdquant-0123456789abcdef/w", "half of it");
  ASSERT_THAT(ListFolder(folder.path()), testing::SizeIs(5));
  ASSERT_TRUE(WriteOutput(folder / "model", "new").ok());
  EXPECT_THAT(ListFolder(folder.path()), testing::UnorderedElementsAre(living.path().substr(folder.path().size() + 1),
                                                                       ".model.pdquant-0123456789abcdeF",
                                                                       ".model.pdquant-0123456789abcdef.txt", "model"));
}

// The disk may be full of them: they go before the new file is written, unless a list can name them.
TEST(AbandonedTest, IsRemovedBeforeTheNextWrite) {
  const TemporaryFolder folder;
  OutputFolder output;
  ASSERT_EQ(output.Open(folder / ""), 0);
  EXPECT_EQ(InChild([&] {
              OutputSet set;
              const std::string_view text = "text";
              for (const char* name : {"model", "startup"}) {
                if (!set.Add(folder / name, {&text, 1}).ok()) return 1;
              }
              kill(getpid(), SIGKILL);
              return 2;
            }),
            -SIGKILL);
  ASSERT_THAT(ListFolder(folder.path()), testing::SizeIs(2));
  OutputSet set;
  const std::string_view text = "text";
  ASSERT_TRUE(set.Add(folder / "model", {&text, 1}).ok());
  EXPECT_THAT(ListFolder(folder.path()), testing::SizeIs(1));
}

// Four writers of one pair: at every moment that no writer is at work, both files are of one writer.
TEST(WritersTest, NeverMix) {
  const TemporaryFolder folder(true);
  const std::string a = folder / "a";
  const std::string b = folder / "b";
  ASSERT_TRUE(WritePair(a, b, "start", "start").ok());
  std::vector<pid_t> writers;
  for (int writer = 0; writer < 4; ++writer) {
    writers.push_back(StartChild([&] {
      for (int round = 0; round < 50; ++round) {
        const std::string text = std::to_string(writer) + ":" + std::to_string(round);
        if (!WritePair(a, b, text, text).ok()) return 1;
      }
      return 0;
    }));
  }
  for (int look = 0; look < 100; ++look) {
    PendingFile pending;
    ASSERT_TRUE(pending.Lock(a).ok());
    EXPECT_EQ(ReadFile(a), ReadFile(b));
    EXPECT_TRUE(pending.Remove().ok());
  }
  for (const pid_t writer : writers) EXPECT_EQ(WaitForChild(writer), 0);
  EXPECT_EQ(ReadFile(a), ReadFile(b));
  EXPECT_THAT(ListFolder(folder.path()), ElementsAre("a", "b"));
}

// Writers that are killed at any moment while others go on.
TEST(WritersTest, NeverMixWhenKilled) {
  const TemporaryFolder folder(true);
  const std::string a = folder / "a";
  const std::string b = folder / "b";
  ASSERT_TRUE(WritePair(a, b, "start", "start").ok());
  const auto write_for_ever = [&] {
    for (int round = 0;; ++round) {
      const std::string text = std::to_string(getpid()) + ":" + std::to_string(round);
      if (!WritePair(a, b, text, text).ok()) return 1;
    }
  };
  for (int round = 0; round < 100; ++round) {
    const pid_t writers[] = {StartChild(write_for_ever), StartChild(write_for_ever)};
    std::this_thread::sleep_for(std::chrono::microseconds(1500 + round * 31));
    for (const pid_t writer : writers) kill(writer, SIGKILL);
    for (const pid_t writer : writers) ASSERT_EQ(WaitForChild(writer), -SIGKILL);
    ASSERT_TRUE(FinishPending(a).ok());
    ASSERT_EQ(ReadFile(a), ReadFile(b));
  }
  ASSERT_TRUE(WritePair(a, b, "end", "end").ok());
  EXPECT_THAT(ListFolder(folder.path()), ElementsAre("a", "b"));
}

}  // namespace
}  // namespace pdquant
