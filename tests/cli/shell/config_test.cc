#include <gmock/gmock.h>

#include "cli/process.h"

namespace pdquant::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ConfigTest : public CommandTest {
 protected:
  ConfigTest() { CopyNetwork("mlp"); }

  Finished Transpile(const std::string& config, std::vector<std::string> more = {}) const {
    Write("conf.toml", config);
    more.insert(more.begin(), {"transpile", "main.pb", "--dry-run", "--config", "conf.toml"});
    return Run(more);
  }

  void ExpectWrong(const std::string& config, const std::string& message) const {
    SCOPED_TRACE(config);
    const Finished finished = Transpile(config);
    EXPECT_EQ(finished.exit_code, 2);
    EXPECT_EQ(finished.out, "");
    EXPECT_EQ(finished.err, "pdquant: error: conf.toml:" + message + " [usage]\n");
  }
};

TEST_F(ConfigTest, SetsOptions) {
  const Finished finished = Transpile(R"(
    [transpile]
    weight-bits = 4
    activation-quantize-type = "moving_average_abs_max"
    moving-rate = 0.5
    window-size = 100
    for-test = false
    max-ops = "1K"
    max-bytes = 100000
    [check]
    all = true
  )",
                                      {"--report", "-", "-q"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr(R"("weight_bits": 4)"));
  EXPECT_THAT(finished.out, HasSubstr(R"("activation_quantize_type": "moving_average_abs_max")"));
  EXPECT_THAT(finished.out, HasSubstr(R"("moving_rate": 0.5)"));
  EXPECT_THAT(finished.out, HasSubstr(R"("window_size": 100)"));
  EXPECT_THAT(finished.out, HasSubstr(R"("activation_bits": 8)"));
}

TEST_F(ConfigTest, MayGiveWhatIsRequired) {
  Write("conf.toml", "[transpile]\nout = 'out.pb'\n");
  const Finished finished = Run({"transpile", "main.pb", "--config", "conf.toml"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_TRUE(Exists("out.pb"));
}

// Some options take integers and other words.
TEST_F(ConfigTest, IntegersAmongOtherWords) {
  const auto out = [this](const std::string& config, const std::string& command) {
    Write("conf.toml", "[" + command + "]\n" + config);
    std::vector<std::string> arguments = {command, "main.pb", "--config", "conf.toml"};
    if (command == "weights") arguments.insert(arguments.end(), {"-o", "out.pb", "--params", "none"});
    return Run(arguments);
  };
  EXPECT_EQ(out("op = 3", "show").out, Run({"show", "main.pb", "--op", "3"}).out);
  EXPECT_EQ(out("op = '0:3'", "show").out, Run({"show", "main.pb", "--op", "3"}).out);
  EXPECT_THAT(out("op = true", "show").err, HasSubstr("'op' has to be an integer, or a string such as \"1:3\""));
  for (const char* bits : {"8", "'8'"})
    EXPECT_THAT(out("bits = " + std::string(bits), "weights").err, Not(HasSubstr("conf.toml"))) << bits;
  EXPECT_THAT(out("bits = 4", "weights").err, HasSubstr("2:8: 'bits': '4' is not 8 or 16"));
}

TEST_F(ConfigTest, CommandLineWins) {
  const Finished finished = Transpile("transpile = {weight-bits = 4, quiet = true, max-ops = 1}",
                                      {"--weight-bits", "5", "--report=-", "--max-ops", "2M"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr(R"("weight_bits": 5)"));
}

TEST_F(ConfigTest, OtherCommandsTablesHaveNoEffect) {
  EXPECT_EQ(Transpile("[check]\nmax-ops = 1").exit_code, 0);
  EXPECT_EQ(Transpile("[transpile]\nmax-ops = 1").exit_code, 3);
}

TEST_F(ConfigTest, UnknownNames) {
  ExpectWrong("[transpile]\n\n  weight-bit = 4", "3:3: transpile has no option 'weight-bit' for a configuration file");
  ExpectWrong("[transpile]\nweight_bits = 4", "2:1: transpile has no option 'weight_bits' for a configuration file");
  ExpectWrong("[check]\nweight-bits = 4", "2:1: check has no option 'weight-bits' for a configuration file");
  ExpectWrong("[transpile]\nconfig = 'x'", "2:1: transpile has no option 'config' for a configuration file");
  ExpectWrong("[transpile]\nhelp = true", "2:1: transpile has no option 'help' for a configuration file");
  ExpectWrong("[transpile]\nPROGRAM = 'x'", "2:1: transpile has no option 'PROGRAM' for a configuration file");
  ExpectWrong("[transpile]\n\"\\u001b[31m\" = 1", "2:1: transpile has no option '\\x1b[31m' for a configuration file");
  ExpectWrong("\n[freez]", "2:2: there is no command 'freez'");
  ExpectWrong("all = true", "1:1: there is no command 'all'");
}

TEST_F(ConfigTest, WrongTypesAndValues) {
  ExpectWrong("[transpile]\nweight-bits = '4'", "2:15: 'weight-bits' has to be an integer");
  ExpectWrong("[transpile]\nweight-bits = 4.0", "2:15: 'weight-bits' has to be an integer");
  ExpectWrong("[transpile]\nweight-bits = [4]", "2:15: 'weight-bits' has to be an integer");
  ExpectWrong("[transpile]\nweight-bits = 1", "2:15: 'weight-bits': 1 is not between 2 and 16");
  ExpectWrong("[transpile]\nmoving-rate = true", "2:15: 'moving-rate' has to be a number");
  ExpectWrong("[transpile]\nmoving-rate = inf", "2:15: 'moving-rate': has to be above 0 and below 1");
  ExpectWrong("[transpile]\nall = 1", "2:7: 'all' has to be true or false");
  ExpectWrong("[transpile]\nout = 1", "2:7: 'out' has to be a string");
  ExpectWrong("[transpile]\nout = ''", "2:7: 'out': is empty");
  ExpectWrong("[transpile]\nmax-bytes = 1.5", "2:13: 'max-bytes' has to be an integer, or a string such as \"2Gi\"");
  ExpectWrong("[transpile]\nmax-bytes = -1",
              "2:13: 'max-bytes': '-1' is not a number above 0 such as 1000, 64K or 2Gi");
  ExpectWrong("[check]\nall = 1", "2:7: 'all' has to be true or false");
  ExpectWrong("transpile = 1", "1:13: 'transpile' has to be a table");
  ExpectWrong("[[transpile]]", "1:1: 'transpile' has to be a table");
}

TEST_F(ConfigTest, Malformed) {
  for (const char* config :
       {"[transpile", "[transpile]\nall", "[transpile]\nall = ", "[transpile]\n[transpile]\n",
        "[transpile]\nall = true\nall = true", "\xff = 1", "x = \"\x1b\"", "[transpile]\nout = '\n'"}) {
    SCOPED_TRACE(config);
    const Finished finished = Transpile(config);
    EXPECT_EQ(finished.exit_code, 2);
    EXPECT_THAT(finished.err,
                ::testing::ContainsRegex("^pdquant: error: conf.toml:[0-9]+:[0-9]+: [^\x1b]+ .usage.\n$"));
  }
}

// As shells and editors of Windows write text files.
TEST_F(ConfigTest, OtherEncodings) {
  Write("mark.toml", "\xef\xbb\xbf[check]\r\nall = true\r\n");
  EXPECT_EQ(Run({"check", "main.pb", "--config", "mark.toml"}).exit_code, 0);
  for (const std::string& text : {std::string("\xff\xfe[\0c\0", 6), std::string("\xfe\xff\0[\0c", 6)}) {
    Write("wide.toml", text);
    const Finished finished = Run({"check", "main.pb", "--config", "wide.toml"});
    EXPECT_EQ(finished.exit_code, 2);
    EXPECT_EQ(finished.err, "pdquant: error: 'wide.toml': the file is UTF-16; save it as UTF-8 [usage]\n");
  }
}

TEST_F(ConfigTest, NoFile) {
  const Finished missing = Run({"check", "main.pb", "--config", "no.toml"});
  EXPECT_EQ(missing.exit_code, 4);
  EXPECT_EQ(missing.err, "pdquant: error: 'no.toml': can't open: No such file or directory [input-output]\n");
  EXPECT_EQ(Run({"check", "main.pb", "--config", "."}).exit_code, 2);
  EXPECT_EQ(Run({"check", "main.pb", "--config", "/dev/zero"}).exit_code, 2);
  EXPECT_EQ(Run({"check", "main.pb", "--config", "/dev/null"}).exit_code, 0);
}

}  // namespace
}  // namespace pdquant::testing
