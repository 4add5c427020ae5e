// What a run tells while it works: one line on a terminal, a line now and then elsewhere, nothing when quiet.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "batch/batch_testing.h"

namespace pdquant::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

class ProgressTest : public BatchTest {
 protected:
  // What a run writes to a terminal as its standard error.
  std::string OnTerminal(const std::vector<std::string>& arguments) const {
    const int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    EXPECT_EQ(grantpt(terminal), 0);
    EXPECT_EQ(unlockpt(terminal), 0);
    const std::string name = ptsname(terminal);
    const int other = open(name.c_str(), O_RDWR | O_NOCTTY);  // so that what was written stays
    Invocation invocation;
    invocation.arguments = arguments;
    invocation.prepare = [&name] { dup2(open(name.c_str(), O_WRONLY | O_NOCTTY), STDERR_FILENO); };
    Run(invocation);
    std::string text;
    std::array<char, 4096> chunk;
    for (ssize_t got; (got = read(terminal, chunk.data(), chunk.size())) > 0;) {
      text.append(chunk.data(), static_cast<size_t>(got));
    }
    close(other);
    close(terminal);
    return text;
  }
};

TEST_F(ProgressTest, ALineIsRenewedOnATerminal) {
  MakeModels(20);
  const std::string text = OnTerminal({"batch", "--out", "out", "-j", "1", "in", "--", "transpile"});
  EXPECT_THAT(text, StartsWith("\r"));
  EXPECT_THAT(text, HasSubstr(" of 20: "));
  EXPECT_THAT(text, HasSubstr(" a second, "));
  EXPECT_THAT(text, HasSubstr(" left\033[K"));
  EXPECT_TRUE(text.ends_with("\r\033[K"));  // it is gone in the end
  EXPECT_THAT(text, Not(HasSubstr("\n")));
  EXPECT_EQ(OnTerminal({"batch", "-q", "--out", "out2", "in/0/m1.pb", "--", "transpile"}), "");
}

TEST_F(ProgressTest, ElsewhereALineComesNowAndThen) {
  MakeModels(210);
  const std::string text = Batch({"--out", "out", "-j", "2", "in"}).err;
  EXPECT_THAT(text, MatchesRegex("10[0-9] of 210: [0-9]+ done, [0-9]+ failed, 0 skipped, [0-9]+ a second, .* left\n"
                                 "2[01][0-9] of 210: [^\n]*\n"));
  EXPECT_EQ(Batch({"--out", "few", "in/0"}).err, "");
}

}  // namespace
}  // namespace pdquant::testing
