// No memory: exit code 75, and all is as it was.
#include <gmock/gmock.h>
#include <sys/resource.h>

#include "cli/process.h"
#include "support/programs.h"
#include "support/thorough.h"

namespace pdquant::testing {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class OutOfMemoryTest : public CommandTest {
 protected:
  OutOfMemoryTest() { CopyNetwork("mlp"); }

  void SetUp() override {
    if (std::string(PDQUANT_SANITIZERS) != "") GTEST_SKIP() << "sanitizers have an allocator of their own";
  }

  // 0 where the run could do without. A library's call that reports it as an error is one of reading or writing (4).
  static void ExpectOutOfMemory(const Finished& finished) {
    EXPECT_THAT(finished.exit_code, AnyOf(0, 4, 75)) << finished.signal << finished.err;
    if (finished.exit_code == 0) {
      EXPECT_EQ(finished.err, "");
    }
    if (finished.exit_code == 4) {
      EXPECT_THAT(finished.err, HasSubstr("Cannot allocate memory [input-output]\n"));
    }
    if (finished.exit_code == 75) {
      EXPECT_EQ(finished.err, "pdquant: error: out of memory; try again when more is free [try-again]\n");
    }
  }

  // Lets the allocations fail (every seventh, or with PDQUANT_THOROUGH all), one run for each, until a run doesn't come
  // to the one that would.
  void FailEach(const std::vector<std::string>& arguments, bool all_that_follow,
                const std::function<void(const Finished&)>& expect) const {
    Invocation invocation;
    invocation.arguments = arguments;
    int fruitless = 0;
    for (size_t n = 1; fruitless < 3; n += SampleStep(7)) {
      ASSERT_LT(n, 20000U);
      invocation.environment = {"LD_PRELOAD=" PDQUANT_FAILING_MALLOC, "PDQUANT_FAIL_AT=" + std::to_string(n)};
      if (all_that_follow) invocation.environment.push_back("PDQUANT_FAIL_ON=1");
      const Finished finished = Run(invocation);
      SCOPED_TRACE(n);
      ExpectOutOfMemory(finished);
      expect(finished);
      if (HasFailure()) return;
      fruitless = finished.exit_code == 0 ? fruitless + 1 : 0;
    }
  }
};

TEST_F(OutOfMemoryTest, Check) {
  for (const bool all : {false, true}) {
    FailEach({"check", "main.pb"}, all, [](const Finished&) {});
  }
}

TEST_F(OutOfMemoryTest, Transpile) {
  const std::vector<std::string> arguments = {"transpile", "main.pb", "-o", "out.pb", "-q"};
  ASSERT_EQ(Run(arguments).exit_code, 0);
  const std::string after = Read("out.pb");
  Write("out.pb", "before");
  for (const bool all : {false, true}) {
    FailEach(arguments, all, [&](const Finished& finished) {
      const std::string now = Read("out.pb");
      EXPECT_TRUE(now == after || (finished.exit_code != 0 && now == "before"));  // never anything in between
      Write("out.pb", "before");
      EXPECT_THAT(Files(), ElementsAre("main.pb", "out.pb", "startup.pb"));
    });
  }
}

// As under `ulimit -v`, with a program that needs much more than the process itself.
TEST_F(OutOfMemoryTest, LittleAddressSpace) {
  proto::ProgramDesc program = ParseMessage(Read("main.pb"));
  const proto::OpDesc op = program.blocks(0).ops(1);
  for (int i = 0; i < 100'000; ++i) *program.mutable_blocks(0)->add_ops() = op;
  Write("large.pb", program.SerializeAsString());
  int refused = 0;
  for (rlim_t megabytes = 16; megabytes < 200; megabytes += 7 * SampleStep(3)) {
    Invocation invocation;
    invocation.arguments = {"transpile", "large.pb", "--dry-run", "-q"};
    invocation.prepare = [megabytes] {
      const rlimit limit = {megabytes << 20U, megabytes << 20U};
      setrlimit(RLIMIT_AS, &limit);
    };
    const Finished finished = Run(invocation);
    refused += finished.exit_code == 75 ? 1 : 0;
    EXPECT_THAT(finished.exit_code, AnyOf(0, 75)) << megabytes << " MiB: " << finished.signal << finished.err;
  }
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace pdquant::testing
