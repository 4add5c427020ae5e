#include "model/program_file.h"

#include <gmock/gmock.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <new>
#include <thread>

#include "files/io_testing.h"
#include "ir/index.h"
#include "support/encode.h"
#include "support/programs.h"
#include "support/thorough.h"

namespace pdquant {
namespace {

using ::testing::AllOf;
using testing::BytesField;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class LoadProgramTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, std::string_view content) {
    WriteFile(folder_ / name, content);
    return folder_ / name;
  }
  static Status StatusOf(const std::string& path, const LoadLimits& limits = {}) {
    Findings findings;
    return LoadProgram(path, limits, &findings).status();
  }

  TemporaryFolder folder_;
};

TEST_F(LoadProgramTest, WhateverTheName) {
  const std::string bytes = testing::ReadFile(testing::MainOf("mlp"));
  for (const char* name : {"__model__", "x.pdmodel", "x.pb", "x", "x.json", "git-blob-a3f"}) {
    Findings findings;
    const Result<Program> program = LoadProgram(Write(name, bytes), {}, &findings);
    ASSERT_TRUE(program.ok()) << program.status().message();
    EXPECT_EQ(program->bytes(), bytes);
    EXPECT_TRUE(findings.all().empty());
  }
}

// P2.
TEST_F(LoadProgramTest, WhatIsNoProgram) {
  const std::pair<std::string, std::string> kFiles[] = {
      {"", "': not a program of Paddle (ProgramDesc), but an empty file"},
      {"hello\n", "': not a program of Paddle (ProgramDesc), but text"},
      {testing::ReadFile(PDQUANT_TESTDATA "/params/shared_weight.int8.params"), "but a parameter file of Paddle"},
      {testing::ReadFile(testing::MainOf("mlp")).substr(0, 1000),
       "or cut off: byte 0: a field claims more bytes than there are left"},
      {BytesField(4, "\x08\x01"), "a program without a block"},
  };
  for (const auto& [bytes, message] : kFiles) {
    const Status status = StatusOf(Write("x\x1b", bytes));
    EXPECT_EQ(status.code(), StatusCode::kBadInput);
    EXPECT_THAT(status.message(), AllOf(HasSubstr("x\\x1b'"), HasSubstr(message)));
  }
}

TEST_F(LoadProgramTest, WhatIsNoFile) {
  EXPECT_EQ(StatusOf(folder_ / "missing").code(), StatusCode::kIo);
  EXPECT_EQ(StatusOf(folder_.path()).code(), StatusCode::kBadInput);
  EXPECT_EQ(StatusOf("/dev/null").code(), StatusCode::kBadInput);
}

TEST_F(LoadProgramTest, Fifos) {
  const std::string path = folder_ / "fifo";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const std::string bytes = testing::ReadFile(testing::MainOf("resnet"));  // more than a pipe holds
  for (const std::string& content : {bytes, std::string("garbage")}) {
    std::thread writer([&] { WriteFile(path, content); });
    EXPECT_EQ(StatusOf(path).ok(), content == bytes);
    writer.join();
  }
}

TEST_F(LoadProgramTest, StandardInputHasAName) {
  const int saved = dup(STDIN_FILENO);
  const std::string path = Write("x", "garbage");
  ASSERT_NE(freopen(path.c_str(), "rb", stdin), nullptr);
  EXPECT_THAT(StatusOf("-").message(), StartsWith("standard input: not a program"));
  dup2(saved, STDIN_FILENO);
  close(saved);
}

// P3.
TEST_F(LoadProgramTest, LargeFilesAreRefusedBeforeTheyAreRead) {
  const std::string path = Write("large", "");
  std::filesystem::resize_file(path, uint64_t{3} << 30U);
  const std::clock_t start = std::clock();  // of this process: others may be busy
  const Status status = StatusOf(path);
  EXPECT_EQ(status.code(), StatusCode::kBadInput);
  EXPECT_THAT(status.message(), HasSubstr("--max-bytes"));
  EXPECT_LT(std::clock() - start, CLOCKS_PER_SEC / 10);
}

TEST_F(LoadProgramTest, StreamsAreCutAtTheLimit) {
  LoadLimits limits;
  limits.max_bytes = 10'000'000;
  EXPECT_EQ(StatusOf("/dev/zero", limits).code(), StatusCode::kBadInput);
  EXPECT_THAT(StatusOf("/dev/zero", limits).message(), HasSubstr("10000000"));
}

TEST_F(LoadProgramTest, LimitOfOps) {
  LoadLimits limits;
  limits.max_ops = 10;
  EXPECT_THAT(StatusOf(testing::MainOf("mlp"), limits).message(), HasSubstr("--max-ops"));
}

// Runs in a process of its own with little memory, MiB of it; its exit code is the status, or 99 for bad_alloc.
int CodeWithLittleMemory(const std::function<Status()>& run, uint64_t mebibytes = 512) {
  const pid_t child = fork();
  if (child == 0) {
    const rlimit limit = {mebibytes << 20U, mebibytes << 20U};
    if (!kSanitized) setrlimit(RLIMIT_AS, &limit);
    try {
      _exit(static_cast<int>(run().code()));
    } catch (const std::bad_alloc&) {
      _exit(99);
    }
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string Repeated(const std::string& text, size_t bytes) {
  std::string out;
  out.reserve(bytes);
  while (out.size() < bytes) out += text;
  return out;
}

// P5: 20 MB of the smallest messages of a kind.
TEST_F(LoadProgramTest, BombsAreRefusedBeforeMemoryIsTaken) {
  constexpr size_t kBytes = 20'000'000;
  const std::string empty_op = BytesField(4, "");
  const std::pair<const char*, std::string> kBombs[] = {
      {"ops", BytesField(1, Repeated(empty_op, kBytes))},
      {"blocks", Repeated(BytesField(1, ""), kBytes)},
      {"blocks with an op", Repeated(BytesField(1, empty_op), kBytes)},
  };
  for (const auto& [name, bytes] : kBombs) {
    const std::string path = Write("bomb", bytes);
    EXPECT_EQ(CodeWithLittleMemory([&] { return StatusOf(path); }), static_cast<int>(StatusCode::kBadInput)) << name;
  }
}

// The same of messages without a limit of their own: what they take is in proportion. A quarter of it, unless
// PDQUANT_THOROUGH is set.
TEST_F(LoadProgramTest, MessagesWithoutALimitTakeLittleMemory) {
  const size_t total = 20'000'000 / testing::SampleStep(4);
  const uint64_t mebibytes = testing::Thorough() ? 512 : 256;
  const std::string numbers = testing::VarintField(1, 0) + testing::VarintField(2, -1);
  const std::pair<const char*, std::string> kPrograms[] = {
      {"variables", BytesField(1, numbers + Repeated(BytesField(3, ""), total))},
      {"attributes", BytesField(1, numbers + BytesField(4, BytesField(3, "op") + Repeated(BytesField(4, ""), total)))},
      {"slots", BytesField(1, numbers + BytesField(4, BytesField(3, "op") + Repeated(BytesField(1, ""), total)))},
      {"arguments", BytesField(1, numbers + BytesField(4, BytesField(3, "op") +
                                                              BytesField(1, BytesField(1, "X") +
                                                                                Repeated(BytesField(2, ""), total))))},
      {"dims",
       BytesField(
           1, numbers + BytesField(
                            3, BytesField(1, "x") +
                                   BytesField(
                                       2, testing::VarintField(1, 7) +
                                              BytesField(3, BytesField(1, BytesField(2, std::string(total, '\1')))))))},
      {"versions", BytesField(1, numbers) + BytesField(5, Repeated(BytesField(1, ""), total))},
  };
  for (const auto& [name, bytes] : kPrograms) {
    const std::string path = Write("program", bytes);
    const auto load_and_index = [&]() -> Status {
      Findings findings;
      const Result<Program> program = LoadProgram(path, {}, &findings);
      if (!program.ok()) return program.status();
      const Index index(*program);
      return {};
    };
    EXPECT_EQ(CodeWithLittleMemory(load_and_index, mebibytes), 0) << name;
  }
}

// P4: what a length claims isn't allocated.
TEST_F(LoadProgramTest, LengthClaims) {
  for (const char* claim : {"\x0a\xff\xff\xff\xff\x07", "\x0a\xff\xff\xff\xff\x0f"}) {
    const std::string path = Write("claim", claim);
    EXPECT_EQ(CodeWithLittleMemory([&] { return StatusOf(path); }), static_cast<int>(StatusCode::kBadInput));
  }
}

// Runs on a small stack.
void OnSmallStack(const std::function<void()>& run) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, size_t{256} << 10U), 0);
  pthread_t thread;
  const auto call = [](void* argument) -> void* {
    (*static_cast<const std::function<void()>*>(argument))();
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, call, const_cast<std::function<void()>*>(&run)), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

// P6: unknown groups inside one another.
TEST_F(LoadProgramTest, DeepGroups) {
  OnSmallStack([&] {
    const std::string block = BytesField(1, testing::VarintField(1, 0) + testing::VarintField(2, -1));
    for (const size_t depth : {1U, 100U, 101U, 100'000U}) {
      // Field 1000, begun and ended: tags of two bytes.
      const std::string bytes = block + Repeated("\xc3\x3e", 2 * depth) + Repeated("\xc4\x3e", 2 * depth);
      Findings findings;
      const Result<Program> program = LoadProgram(Write("groups", bytes), {}, &findings);
      ASSERT_EQ(program.ok(), depth <= 100) << depth;
      if (program.ok()) {
        EXPECT_EQ(program->bytes(), bytes);
      }
    }
  });
}

}  // namespace
}  // namespace pdquant
