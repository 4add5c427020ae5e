// Levels and colours of messages.
#include <gmock/gmock.h>

#include "cli/process.h"

namespace pdquant::testing {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kRedError[] = "pdquant: \x1b[1;31merror\x1b[0m: 'missing': can't open";

class MessagesTest : public CommandTest {
 protected:
  Finished Fail(std::vector<std::string> options, const std::string& environment = "X=") const {
    Invocation invocation;
    invocation.arguments = std::move(options);
    invocation.arguments.insert(invocation.arguments.begin(), {"check", "missing"});
    invocation.environment = {"TERM=xterm-256color", environment};
    return Run(invocation);
  }
};

TEST_F(MessagesTest, Color) {
  EXPECT_THAT(Fail({}).err, Not(HasSubstr("\x1b")));  // no terminal
  EXPECT_THAT(Fail({"--color", "auto"}).err, Not(HasSubstr("\x1b")));
  EXPECT_THAT(Fail({"--color", "never"}).err, Not(HasSubstr("\x1b")));
  EXPECT_THAT(Fail({"--color", "always"}).err, HasSubstr(kRedError));
  EXPECT_THAT(Fail({"--color=never", "--color=always"}).err, HasSubstr(kRedError));
  EXPECT_THAT(Fail({"--color", "always"}, "NO_COLOR=1").err, HasSubstr(kRedError));
}

TEST_F(MessagesTest, ColorOfWrongOptions) {
  EXPECT_THAT(Fail({"--color", "always", "--max-ops", "x"}).err, Not(HasSubstr("\x1b")));
}

TEST_F(MessagesTest, Levels) {
  CopyNetwork("mlp");
  EXPECT_EQ(Run({"check", "main.pb"}).err, "");
  for (const std::vector<std::string>& options :
       {std::vector<std::string>{"-v"}, {"--log-level", "info"}, {"-v", "-q"}}) {
    std::vector<std::string> arguments = {"transpile", "main.pb", "-o", "out.pb"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const Finished finished = Run(arguments);
    EXPECT_EQ(finished.exit_code, 0);
    EXPECT_THAT(finished.err, HasSubstr("pdquant: info: 'main.pb': read: 12168 bytes, 29 ops\n"));
    EXPECT_THAT(finished.err, HasSubstr("pdquant: info: 'out.pb': to write: "));
    EXPECT_THAT(finished.err, Not(HasSubstr("debug")));
  }
  const Finished debug = Run({"transpile", "main.pb", "-o", "out.pb", "--log-level", "debug", "--color", "always"});
  EXPECT_THAT(debug.err, ContainsRegex("pdquant: \x1b.*debug\x1b.*: rewritten \\(\\+[0-9]+ us\\)\n"));
  EXPECT_EQ(Run({"transpile", "main.pb", "-o", "out.pb", "-v", "--log-level", "error"}).err, "");
}

// What is asked of every call of the program in all tests.
TEST_F(MessagesTest, EveryCallIsLookedAt) {
  const auto faults = [](const std::vector<std::string>& arguments, int code, const std::string& out,
                         const std::string& err) {
    return FaultsOf(arguments, {code, 0, out, err}).size();
  };
  const std::string error = "pdquant: error: 'a': can't open [input-output]\n";
  EXPECT_EQ(faults({"check", "a"}, 0, "'a': well formed\n", ""), 0U);
  EXPECT_EQ(faults({"check", "a"}, 4, "", error), 0U);
  EXPECT_EQ(faults({"diff", "a", "b"}, 1, "'a' -> 'b'\n", ""), 0U);
  EXPECT_EQ(faults({"check", "a"}, 3, "", ""), 1U);
  EXPECT_EQ(faults({"check", "a"}, 1, "", ""), 1U);
  EXPECT_EQ(faults({"show", "a"}, 0, "", "pdquant: \x1b[1;31merror\x1b[0m: 'a' [x]\n"), 1U);
  EXPECT_EQ(faults({"freeze", "a", "-o", "b"}, 1, "", error), 1U);
  EXPECT_EQ(faults({"freeze", "a", "-o", "b"}, 3, "'a': 2 ops frozen\n", error), 1U);
  EXPECT_EQ(faults({"transpile", "a", "-o", "-"}, 0, "'a': 2 ops quantized\n", ""), 1U);
  EXPECT_EQ(faults({"transpile", "a", "-o", "b", "--report", "-"}, 0, "{}\n'a': 2 ops\n", ""), 1U);
  EXPECT_EQ(faults({"params", "pack", "a", "-o", "b"}, 2, "", "pdquant: error: say --in-place [usage]\n"), 1U);
  EXPECT_EQ(faults({"params", "pack", "a", "-o", "b"}, 2, "", "pdquant: error: say '--in-place' [usage]\n"), 0U);
}

}  // namespace
}  // namespace pdquant::testing
