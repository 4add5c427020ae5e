// Wrong command lines: exit code 2, one line on standard error, nothing else happens.
#include <gmock/gmock.h>
#include <unistd.h>

#include "cli/process.h"

namespace pdquant::testing {
namespace {

using ::testing::ElementsAre;

struct Wrong {
  std::vector<std::string> arguments;
  std::string message;  // without "pdquant: error: " and " [usage]\n"
};

class UsageTest : public CommandTest {
 protected:
  void ExpectWrong(const Wrong& wrong) const {
    SCOPED_TRACE(wrong.message);
    const Finished finished = Run(wrong.arguments);
    EXPECT_EQ(finished.exit_code, 2);
    EXPECT_EQ(finished.out, "");
    EXPECT_EQ(finished.err, "pdquant: error: " + wrong.message + " [usage]\n");
  }
};

TEST_F(UsageTest, CommandsAndOptions) {
  const std::string see = "; see 'pdquant --help'";
  const std::string see_check = "; see 'pdquant check --help'";
  ExpectWrong({{}, "a command is required" + see});
  ExpectWrong({{"quantise"}, "there is no command 'quantise'" + see});
  ExpectWrong({{""}, "there is no command ''" + see});
  ExpectWrong({{"--frobnicate"}, "there is no option '--frobnicate'" + see});
  ExpectWrong({{"-q", "check", "a"}, "there is no option '-q'" + see});
  ExpectWrong({{"check"}, "check: PROGRAM|MODEL is required" + see_check});
  ExpectWrong({{"check", ""}, "check: PROGRAM|MODEL: is empty" + see_check});
  ExpectWrong({{"check", "a", "b"}, "check: one argument too many: 'b'" + see_check});
  ExpectWrong({{"check", "a", "--strikt"}, "check: there is no option '--strikt'" + see_check});
  ExpectWrong({{"check", "a", "--max-ops"}, "check: --max-ops needs a value" + see_check});
  ExpectWrong({{"check", "a", "--all=maybe"}, "check: --all: 'maybe' is not true or false" + see_check});
  ExpectWrong({{"check", "a", "--color", "red"}, "check: --color: 'red' is not auto, always or never" + see_check});
  ExpectWrong({{"check", "a", "--log-level", "loud"},
               "check: --log-level: 'loud' is not error, warning, info or debug" + see_check});
  ExpectWrong({{"check", "--\x1b[31m\n"}, "check: there is no option '--\\x1b[31m\\n'" + see_check});
}

TEST_F(UsageTest, Values) {
  const std::string see = "; see 'pdquant transpile --help'";
  const auto expect = [&](const std::string& option, const std::string& value, const std::string& problem) {
    ExpectWrong({{"transpile", "a", option, value}, "transpile: " + option + ": " + problem + see});
  };
  expect("--weight-bits", "1", "1 is not between 2 and 16");
  expect("--weight-bits", "17", "17 is not between 2 and 16");
  expect("--weight-bits", "eight", "'eight' is not a whole number");
  expect("--weight-bits", "8.0", "'8.0' is not a whole number");
  expect("--weight-bits", "99999999999", "'99999999999' is not a whole number");
  expect("--activation-bits", "0", "0 is not between 2 and 16");
  expect("--activation-bits", "", "'' is not a whole number");
  expect("--window-size", "0", "0 is not between 1 and 1048576");
  expect("--moving-rate", "1", "has to be above 0 and below 1");
  expect("--moving-rate", "nan", "has to be above 0 and below 1");
  expect("--moving-rate", "0,9", "'0,9' is not a number");
  expect("--weight-quantize-type", "max",
         "'max' is not abs_max, channel_wise_abs_max, range_abs_max, "
         "moving_average_abs_max or window_mean_abs_max");
  for (const char* size : {"", "0", "-1", "1Q", "G", "1 G", "1i", "1GG", "1iB2", "99999999999999999999", "99999999T"}) {
    expect("--max-bytes", size, "'" + std::string(size) + "' is not a number above 0 such as 1000, 64K or 2Gi");
  }
}

// What a form can't write, in which order ever the options stand.
TEST_F(UsageTest, ScalesAndForms) {
  ExpectWrong(
      {{"transpile", "a", "-o", "b", "--activation-quantize-type", "window_mean_abs_max", "--form", "fused"},
       "--activation-quantize-type: window_mean_abs_max isn't for activations in the form fused; its scales are "
       "abs_max or moving_average_abs_max"});
  ExpectWrong({{"transpile", "a", "-o", "b", "--form", "linear", "--activation-quantize-type", "abs_max"},
               "--activation-quantize-type: abs_max isn't for activations in the form linear; its scales are "
               "moving_average_abs_max or window_mean_abs_max"});
  ExpectWrong({{"transpile", "a", "-o", "b", "--weight-quantize-type", "window_mean_abs_max"},
               "--weight-quantize-type: window_mean_abs_max isn't for weights in the form legacy; its scales are "
               "abs_max, channel_wise_abs_max, range_abs_max or moving_average_abs_max"});
  ExpectWrong({{"transpile", "a", "-o", "b", "--unbiased-start"},
               "--unbiased-start: no scale is a running average, and there is no --out-scales"});
}

TEST_F(UsageTest, WhereOutputGoes) {
  ExpectWrong({{"transpile", "a"}, "one of -o, --in-place and --dry-run is required"});
  ExpectWrong({{"transpile", "a", "-o", "b", "--in-place"}, "-o and --in-place exclude each other"});
  ExpectWrong({{"transpile", "a", "--startup", "s", "--startup-out", "t", "--in-place"},
               "--startup-out and --in-place exclude each other"});
  ExpectWrong({{"transpile", "a", "-o", "b", "--startup-out", "t"}, "--startup-out needs --startup"});
  ExpectWrong({{"transpile", "a", "-o", "b", "--startup", "s"}, "--startup needs --startup-out or --in-place"});
  ExpectWrong({{"transpile", "-", "--in-place"}, "--in-place can't replace standard input"});
  ExpectWrong({{"transpile", "a", "--startup", "-", "--in-place"}, "--in-place can't replace standard input"});
  ExpectWrong(
      {{"transpile", "-", "--startup", "-", "--dry-run"}, "PROGRAM and --startup can't both be standard input"});
  EXPECT_THAT(Files(), ElementsAre());
}

// By the same path, by another spelling of it, by either kind of link, and through standard input.
TEST_F(UsageTest, OutputIsInput) {
  CopyNetwork("mlp");
  const std::string before = Read("main.pb");
  ASSERT_EQ(symlink("main.pb", Path("soft.pb").c_str()), 0);
  ASSERT_EQ(link(Path("main.pb").c_str(), Path("hard.pb").c_str()), 0);
  const std::string hint = "; name another file, or say --in-place to replace the program";
  for (const char* out : {"main.pb", "./main.pb", "soft.pb", "hard.pb"}) {
    const std::string name = "'" + std::string(out) + "'";
    ExpectWrong({{"transpile", "main.pb", "-o", out}, "-o " + name + " is the input PROGRAM 'main.pb'" + hint});
    ExpectWrong({{"transpile", out, "-o", "o", "--startup", "startup.pb", "--startup-out", "main.pb"},
                 "--startup-out 'main.pb' is the input PROGRAM " + name + hint});
    ExpectWrong({{"transpile", "main.pb", "--in-place", "--report", out},
                 "--report " + name + " is the input PROGRAM 'main.pb'" + hint});
  }
  ExpectWrong({{"transpile", "main.pb", "-o", "startup.pb", "--startup", "startup.pb", "--startup-out", "o"},
               "-o 'startup.pb' is the input --startup 'startup.pb'" + hint});
  Invocation redirected;
  redirected.arguments = {"transpile", "-", "-o", "main.pb"};
  redirected.prepare = [this] {
    const FILE* file = std::freopen(Path("main.pb").c_str(), "r", stdin);
    if (file == nullptr) _exit(126);
  };
  EXPECT_EQ(Run(redirected).exit_code, 2);
  EXPECT_TRUE(Read("main.pb") == before);
  EXPECT_THAT(Files(), ElementsAre("hard.pb", "main.pb", "soft.pb", "startup.pb"));
}

TEST_F(UsageTest, TwoOutputsAreOneFile) {
  CopyNetwork("mlp");
  Write("there", "");
  ASSERT_EQ(symlink("there", Path("link").c_str()), 0);
  const std::vector<std::string> both = {"transpile", "main.pb", "--startup", "startup.pb"};
  const auto expect = [&](std::vector<std::string> more, const std::string& message) {
    std::vector<std::string> arguments = both;
    arguments.insert(arguments.end(), more.begin(), more.end());
    ExpectWrong({arguments, message});
  };
  expect({"-o", "new", "--startup-out", "new"}, "-o 'new' and --startup-out 'new' are one file");
  expect({"-o", "there", "--startup-out", "link"}, "-o 'there' and --startup-out 'link' are one file");
  expect({"-o", "new", "--startup-out", "o", "--report", "o"}, "--startup-out 'o' and --report 'o' are one file");
  expect({"-o", "-", "--startup-out", "-"}, "-o '-' and --startup-out '-' are one file");
  ExpectWrong({{"transpile", "main.pb", "--startup", "./main.pb", "--in-place"},
               "PROGRAM 'main.pb' and --startup './main.pb' are one file"});
  const Finished nowhere =
      Run({"transpile", "main.pb", "--startup", "startup.pb", "-o", "/dev/null", "--startup-out", "/dev/null"});
  EXPECT_EQ(nowhere.exit_code, 0) << nowhere.err;
}

}  // namespace
}  // namespace pdquant::testing
