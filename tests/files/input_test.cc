#include "files/input.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <ctime>
#include <thread>

#include "files/io_testing.h"

namespace pdquant {
namespace {

using testing::HasSubstr;

constexpr uint64_t kNoLimit = uint64_t{1} << 30U;

std::string Pattern(size_t size, size_t seed) {
  std::string text(size, '\0');
  for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>((i + seed) * 2654435761U >> 8U);
  return text;
}

TEST(InputTest, ReadsRegularFiles) {
  const TemporaryFolder folder;
  const std::string path = folder / "model";
  for (const size_t size : {0U, 1U, 4096U, 65536U, (2U << 20U) - 1U, 2U << 20U, 5000001U}) {
    const std::string text = Pattern(size, 1);
    WriteFile(path, text);
    const Result<Bytes> bytes = ReadInput(path, size);
    ASSERT_TRUE(bytes.ok()) << bytes.status().message();
    EXPECT_TRUE(bytes->view() == text) << size;
  }
}

TEST(InputTest, SaysWhyItCannotOpen) {
  const TemporaryFolder folder;
  const Result<Bytes> missing = ReadInput("/nowhere/a\nb", kNoLimit);
  EXPECT_EQ(missing.status().code(), StatusCode::kIo);
  EXPECT_EQ(missing.status().message(), "'/nowhere/a\\nb': can't open: No such file or directory");
  EXPECT_EQ(ReadInput("", kNoLimit).status().message(), "'': can't open: No such file or directory");
  EXPECT_EQ(ReadInput(std::string("/dev/null\0x", 11), kNoLimit).status().code(), StatusCode::kIo);

  const Result<Bytes> directory = ReadInput(folder.path(), kNoLimit);
  EXPECT_EQ(directory.status().code(), StatusCode::kBadInput);
  EXPECT_THAT(directory.status().message(), HasSubstr("__model__"));

  const std::string secret = folder / "secret";
  WriteFile(secret, "x");
  chmod(secret.c_str(), 0);
  chmod(folder.path().c_str(), 0755);
  EXPECT_EQ(InChildWithoutRights([&] { return static_cast<int>(ReadInput(secret, kNoLimit).status().code()); }), 4);
}

TEST(InputTest, RefusesALargeFileBeforeItIsRead) {
  const TemporaryFolder folder;
  const std::string path = folder / "large";
  WriteFile(path, "");
  ASSERT_EQ(truncate(path.c_str(), off_t{3} << 30U), 0);
  const std::clock_t start = std::clock();  // of this process: others may be busy
  const Result<Bytes> bytes = ReadInput(path, kNoLimit);
  EXPECT_LT(std::clock() - start, CLOCKS_PER_SEC / 10);
  EXPECT_EQ(bytes.status().code(), StatusCode::kBadInput);
  EXPECT_THAT(bytes.status().message(), HasSubstr("3221225472 bytes, over the limit of 1073741824 (--max-bytes)"));

  WriteFile(path, "12345");
  EXPECT_TRUE(ReadInput(path, 5).ok());
  EXPECT_EQ(ReadInput(path, 4).status().code(), StatusCode::kBadInput);
}

TEST(InputTest, ReadsStreamsUpToTheLimit) {
  const TemporaryFolder folder;
  const std::string path = folder / "fifo";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const std::string text = Pattern(3000000, 7);
  for (const size_t limit : {text.size() + 1, text.size(), text.size() - 1, size_t{0}}) {
    const pid_t writer = StartChild([&] {
      WriteFile(path, text);
      return 0;
    });
    const Result<Bytes> bytes = ReadInput(path, limit);
    WaitForChild(writer);
    ASSERT_EQ(bytes.ok(), limit >= text.size());
    if (bytes.ok()) {
      EXPECT_TRUE(bytes->view() == text);
    } else {
      EXPECT_EQ(bytes.status().code(), StatusCode::kBadInput);
    }
  }
  EXPECT_EQ(ReadInput("/dev/zero", 1 << 20U).status().code(), StatusCode::kBadInput);
  EXPECT_EQ(ReadInput("/dev/null", 0)->size(), 0U);
  EXPECT_GT(ReadInput("/proc/self/status", kNoLimit)->size(), 0U);  // a regular file of size 0, with contents
}

TEST(InputTest, ReadsStandardInput) {
  const TemporaryFolder folder;
  const std::string path = folder / "model";
  WriteFile(path, "0123456789");
  const auto read_from = [&](int fd, uint64_t limit, std::string_view expected) {
    return InChild([&] {
      dup2(fd, STDIN_FILENO);
      const Result<Bytes> bytes = ReadInput("-", limit);
      if (!bytes.ok()) return static_cast<int>(bytes.status().code());
      return bytes->view() == expected ? 0 : 1;
    });
  };
  int pipe_ends[2];
  ASSERT_EQ(pipe2(pipe_ends, O_NONBLOCK), 0);  // nobody promises that standard input blocks
  ASSERT_EQ(write(pipe_ends[1], "abc", 3), 3);
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    EXPECT_EQ(write(pipe_ends[1], "def", 3), 3);
    close(pipe_ends[1]);
  });
  const pid_t reader = StartChild([&] {
    close(pipe_ends[1]);
    dup2(pipe_ends[0], STDIN_FILENO);
    return ReadInput("-", 6)->view() == "abcdef" ? 0 : 1;
  });
  later.join();
  EXPECT_EQ(WaitForChild(reader), 0);
  close(pipe_ends[0]);

  const int file = open(path.c_str(), O_RDONLY);
  EXPECT_EQ(read_from(file, 10, "0123456789"), 0);
  lseek(file, 4, SEEK_SET);
  EXPECT_EQ(read_from(file, 10, "456789"), 0);
  lseek(file, 20, SEEK_SET);
  EXPECT_EQ(read_from(file, 10, ""), 0);
  lseek(file, 0, SEEK_SET);
  EXPECT_EQ(read_from(file, 9, ""), 3);
  close(file);
  EXPECT_EQ(InChild([] {
              close(STDIN_FILENO);
              return static_cast<int>(ReadInput("-", 1).status().code());
            }),
            4);
}

// A stream must not take much more memory than its contents.
TEST(InputTest, AStreamGrowsInPlace) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer's realloc copies";
  EXPECT_EQ(InChild([] {
              EXPECT_FALSE(ReadInput("/dev/zero", 200 << 20U).ok());
              rusage usage;
              getrusage(RUSAGE_SELF, &usage);
              return usage.ru_maxrss < (240 << 10) ? 0 : 1;
            }),
            0);
}

// A writer changes the file in place: a reader gets one state of it or an error, never a mixture.
TEST(InputTest, NoticesAWriter) {
  const TemporaryFolder folder(true);
  const std::string path = folder / "model";
  const size_t size = 3 << 20U;
  WriteFile(path, std::string(size, 'a'));
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int round = 0; !stop; ++round) {
      EXPECT_EQ(truncate(path.c_str(), static_cast<off_t>(round % 2 == 0 ? size / 2 : size)), 0);
      std::this_thread::sleep_for(std::chrono::microseconds(300));
    }
  });
  int refused = 0;
  for (int round = 0; round < 300 || (refused == 0 && round < 100'000); ++round) {
    const Result<Bytes> bytes = ReadInput(path, kNoLimit);
    if (bytes.ok()) {
      EXPECT_TRUE(bytes->size() == size || bytes->size() == size / 2);
    } else {
      EXPECT_EQ(bytes.status().code(), StatusCode::kIo);
      EXPECT_THAT(bytes.status().message(), HasSubstr("changed while it was read"));
      ++refused;
    }
  }
  stop = true;
  writer.join();
  EXPECT_GT(refused, 0);
}

// To replace a file by renaming is no change to who reads the old one.
TEST(InputTest, TheOldFileIsReadToItsEndWhenItIsReplaced) {
  const TemporaryFolder folder(true);
  const std::string path = folder / "model";
  const std::string texts[] = {Pattern(3 << 20U, 3), Pattern(1 << 20U, 9)};
  WriteFile(path, texts[0]);
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (size_t round = 0; !stop; ++round) EXPECT_TRUE(WriteOutput(path, texts[round % 2]).ok());
  });
  for (int round = 0; round < 200; ++round) {
    const Result<Bytes> bytes = ReadInput(path, kNoLimit);
    EXPECT_TRUE(bytes.ok()) << bytes.status().message();
    if (!bytes.ok()) break;
    EXPECT_TRUE(bytes->view() == texts[0] || bytes->view() == texts[1]);
  }
  stop = true;
  writer.join();
}

}  // namespace
}  // namespace pdquant
