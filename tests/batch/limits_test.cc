// Time, memory and disks that end: rows B1, B8, F12.
#include <gmock/gmock.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "batch/batch_testing.h"

namespace pdquant::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class LimitsTest : public BatchTest {};

TEST_F(LimitsTest, ATimeoutCostsItsModelOnly) {
  MakeModels(9);
  ASSERT_EQ(mkfifo(Path("hang.pb").c_str(), 0600), 0);
  const Finished finished = Batch({"--out", "out", "--timeout", "3", "in", "hang.pb"});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_THAT(finished.out, StartsWith("10 models: 9 done, 1 failed\n"));
  EXPECT_THAT(finished.out, HasSubstr("'hang.pb': it took longer than 3 s"));
}

TEST_F(LimitsTest, MemoryCostsItsModelOnly) {
  if (!std::string_view(PDQUANT_SANITIZERS).empty()) GTEST_SKIP() << "sanitizers need address space without end";
  MakeModels(9);
  Write("in/large.pb", "");
  fs::resize_file(Path("in/large.pb"), uint64_t{900} << 20U);
  const Finished finished = Batch({"--out", "out", "--memory", "200M", "in"});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_THAT(finished.out, StartsWith("10 models: 9 done, 1 failed\n"));
  EXPECT_THAT(finished.out, HasSubstr("out of memory"));
}

// In a name space of its own, where anybody may mount.
TEST_F(LimitsTest, AFullDiskStopsTheRunAndTheNextOneGoesOn) {
  MakeModels(40);
  Batch({"--out", "undisturbed", "in"});
  fs::create_directories(Path("out"));
  Invocation invocation;
  invocation.arguments = {"batch", "--out", "out", "in", "--", "transpile"};
  invocation.prepare = [] {
    if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("tmpfs", "out", "tmpfs", 0, "size=500k") != 0) {
      _exit(99);
    }
  };
  const Finished full = Run(invocation);
  if (full.exit_code == 99) GTEST_SKIP() << "this process may not mount";
  EXPECT_EQ(full.exit_code, 4);
  EXPECT_THAT(full.out, HasSubstr("not started"));
  EXPECT_THAT(full.err, HasSubstr("No space left on device"));
}

// What looks like a full disk is the name of a model whose file can't be read.
TEST_F(LimitsTest, ANameIsNoFullDisk) {
  MakeModels(5);
  Write("list", "in/No space left on device\nin/Disk quota exceeded/a.pb\nin/0/m0.pb\nin/0/m1.pb\n");
  const Finished finished = Batch({"--out", "out", "-j", "1", "--list", "list"});
  EXPECT_EQ(finished.exit_code, 1) << finished.err;
  EXPECT_THAT(finished.out, StartsWith("4 models: 2 done, 2 failed\n"));
}

}  // namespace
}  // namespace pdquant::testing
