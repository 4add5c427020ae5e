// The same bytes, whatever the environment is.
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "cli/process.h"

namespace pdquant::testing {
namespace {

class EnvironmentTest : public CommandTest {
 protected:
  EnvironmentTest() { CopyNetwork("mlp"); }

  // Everything that a run writes.
  std::string Everything(
      const std::vector<std::string>& environment, std::function<void()> prepare = [] {}) const {
    Invocation invocation;
    invocation.arguments = {"transpile",
                            "main.pb",
                            "--startup",
                            "startup.pb",
                            "-o",
                            "out.pb",
                            "--startup-out",
                            "s.pb",
                            "--report",
                            "report.json",
                            "--activation-quantize-type",
                            "moving_average_abs_max"};
    invocation.environment = environment;
    invocation.prepare = std::move(prepare);
    const Finished finished = Run(invocation);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return finished.out + finished.err + Read("out.pb") + Read("s.pb") + Read("report.json");
  }
};

TEST_F(EnvironmentTest, SameBytes) {
  const std::string expected = Everything({"PATH=/usr/bin:/bin", "HOME=/nowhere", "LC_ALL=C", "TZ=UTC"});
  for (const std::vector<std::string>& environment : {std::vector<std::string>{},
                                                      {"LC_ALL=de_DE.UTF-8"},
                                                      {"LC_ALL=C.UTF-8"},
                                                      {"LANG=tr_TR.UTF-8"},
                                                      {"LC_NUMERIC=fr_FR.UTF-8"},
                                                      {"LC_ALL=nonsense"},
                                                      {"TZ=Asia/Kolkata"},
                                                      {"TZ=:nonsense"},
                                                      {"HOME="},
                                                      {"NO_COLOR=1"},
                                                      {"TERM=dumb"},
                                                      {"TMPDIR=/nonexistent"},
                                                      {"SPDLOG_LEVEL=trace"},
                                                      {"COLUMNS=20"}}) {
    EXPECT_TRUE(Everything(environment) == expected) << environment.front();
  }
}

TEST_F(EnvironmentTest, ModesFollowTheUmask) {
  for (const mode_t mask : {022U, 077U, 0U, 0777U}) {
    Remove("out.pb");
    Invocation invocation;
    invocation.arguments = {"transpile", "main.pb", "-o", "out.pb"};
    invocation.prepare = [mask] { umask(mask); };
    EXPECT_EQ(Run(invocation).exit_code, 0);
    struct stat status;
    ASSERT_EQ(stat(Path("out.pb").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0666U & ~mask);
  }
}

TEST_F(EnvironmentTest, FewFiles) {
  const std::string expected = Everything({});
  const auto few = [] {
    const rlimit limit = {16, 16};
    setrlimit(RLIMIT_NOFILE, &limit);
  };
  EXPECT_TRUE(Everything({}, few) == expected);
}

}  // namespace
}  // namespace pdquant::testing
