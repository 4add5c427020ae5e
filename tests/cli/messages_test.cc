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

}  // namespace
}  // namespace pdquant::testing
