// Completions, manual pages and --version --format json: each option that --help names is in all of them. Completions
// run in a real bash, and in fish where that is installed.
#include <gmock/gmock.h>

#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "cli/process.h"
#include "support/programs.h"

namespace pdquant::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

class CompletionTest : public CommandTest {
 protected:
  // "-o", "--out", … by command; those of pdquant itself by "".
  std::map<std::string, std::set<std::string>> OptionsOfHelp() const {
    std::map<std::string, std::set<std::string>> options;
    const std::string help = Run({"--help"}).out;
    options[""] = OptionsIn(help);
    const std::string commands = help.substr(help.find("\nCommands:\n"));
    const std::regex line("\n  ([a-z0-9-]+) ");
    for (std::sregex_iterator i(commands.begin(), commands.end(), line), end; i != end; ++i) {
      const std::string command = (*i)[1];
      options[command] = OptionsIn(Run({command, "--help"}).out);
    }
    return options;
  }

  // The lines that a shell prints in the test's folder.
  std::set<std::string> Shell(const std::string& shell, const std::string& script) const {
    Write("script", script);
    const std::string command =
        "cd '" + folder() + "' && env -i PATH=/usr/bin:/bin HOME=. " + shell + " script > lines 2> errors";
    EXPECT_EQ(std::system(command.c_str()), 0) << script;
    EXPECT_EQ(Read("errors"), "") << script;
    std::set<std::string> lines;
    std::istringstream text(Read("lines"));
    for (std::string line; std::getline(text, line);) lines.insert(line.substr(0, line.find('\t')));
    return lines;
  }

  // What bash proposes for the last of the words, which it cuts as it does.
  std::set<std::string> Bash(const std::vector<std::string>& words) const {
    Write("completion", Run({"completion", "bash"}).out);
    std::string script = ". ./completion\nCOMP_WORDS=(pdquant";
    for (const std::string& word : words) script += " '" + word + "'";
    return Shell("bash --norc", script + ")\nCOMP_CWORD=" + std::to_string(words.size()) +
                                    "\n_pdquant pdquant\nfor word in \"${COMPREPLY[@]}\"; do echo \"$word\"; done\n");
  }

 private:
  static std::set<std::string> OptionsIn(const std::string& help) {
    std::set<std::string> options;
    const std::regex line("\n  (-[^ ]+)");
    const std::regex name("-[^,]+");
    for (std::sregex_iterator i(help.begin(), help.end(), line), end; i != end; ++i) {
      const std::string names = (*i)[1];
      for (std::sregex_iterator j(names.begin(), names.end(), name); j != end; ++j) options.insert(j->str());
    }
    return options;
  }
};

TEST_F(CompletionTest, BashHasEachOption) {
  const auto options = OptionsOfHelp();
  EXPECT_THAT(options.at("transpile"), IsSupersetOf({"-o", "--out", "--weight-bits", "-q", "--config"}));
  for (const auto& [command, names] : options) {
    const std::vector<std::string> words =
        command.empty() ? std::vector<std::string>{"-"} : std::vector<std::string>{command, "-"};
    EXPECT_EQ(Bash(words), names) << command;
    if (!command.empty()) {
      EXPECT_THAT(Bash({""}), Contains(command));
    }
  }
}

TEST_F(CompletionTest, ZshAndFishHaveEachOption) {
  const std::string zsh = Run({"completion", "zsh"}).out;
  const std::string fish = Run({"completion", "fish"}).out;
  for (const auto& [command, names] : OptionsOfHelp()) {
    const size_t begin = command.empty() ? 0 : zsh.find("\n    " + command + ")\n");
    ASSERT_NE(begin, std::string::npos) << command;
    const std::string of_command =
        zsh.substr(begin, command.empty() ? zsh.find("case $state") : zsh.find(";;", begin) - begin);
    std::string fish_lines;
    std::istringstream text(fish);
    for (std::string line; std::getline(text, line);) {
      if (line.find("-n '__pdquant_is \\'" + command + "\\''") != std::string::npos) fish_lines += line + "\n";
    }
    for (const std::string& name : names) {
      const bool is_long = name.starts_with("--");
      EXPECT_TRUE(std::regex_search(of_command, std::regex("['*)]" + name + "[=+]?\\["))) << command << " " << name;
      EXPECT_THAT(fish_lines, HasSubstr((is_long ? " -l " + name.substr(2) : " -s " + name.substr(1)) + " "))
          << command;
    }
  }
}

TEST_F(CompletionTest, ManualHasEachOption) {
  const std::string pages = PDQUANT_MANUAL;
  const std::string whole = ReadFile(pages + "/pdquant.1");
  for (const auto& [command, names] : OptionsOfHelp()) {
    const std::string page = command.empty() ? whole : ReadFile(pages + "/pdquant-" + command + ".1");
    for (std::string name : names) {
      for (size_t at = 0; (at = name.find('-', at)) != std::string::npos; at += 2) name.insert(at, 1, '\\');
      EXPECT_THAT(page, HasSubstr("\\fB" + name + "\\fR")) << command;
      EXPECT_THAT(whole, HasSubstr("\\fB" + name + "\\fR")) << command;
    }
  }
  EXPECT_THAT(whole, HasSubstr(".SH EXIT STATUS\n"));
}

TEST_F(CompletionTest, BashCompletesValues) {
  Write("a model.pdmodel", "x");
  Write("-x", "x");
  EXPECT_THAT(Bash({"check", "m", "--format", ""}), ElementsAre("github", "json", "junit", "sarif", "text"));
  EXPECT_THAT(Bash({"check", "--format", "=", "j"}), ElementsAre("json", "junit"));  // --format=j
  EXPECT_THAT(Bash({"check", "--format", "="}), Contains("github"));
  EXPECT_THAT(Bash({"transpile", "--weight-bits", ""}), IsEmpty());
  EXPECT_THAT(Bash({"transpile", "-o", "a"}), ElementsAre("a model.pdmodel"));
  EXPECT_THAT(Bash({"check", "a"}), ElementsAre("a model.pdmodel"));
  EXPECT_THAT(Bash({"check", "--st"}), ElementsAre("--strict"));
  EXPECT_THAT(Bash({"--version", "--format", ""}), UnorderedElementsAre("text", "json"));
  EXPECT_THAT(Bash({"params", ""}), AllOf(Contains("pack"), Contains("unpack"), Contains("a model.pdmodel")));
  EXPECT_THAT(Bash({"completion", ""}), IsSupersetOf({"bash", "fish", "zsh"}));
  EXPECT_THAT(Bash({"git-setup", ""}), Not(Contains("a model.pdmodel")));
  EXPECT_THAT(Bash({"batch", "--out", ""}), Contains("a model.pdmodel"));
}

// What stands behind "--" of a batch is a command line of its own.
TEST_F(CompletionTest, BashCompletesTheCommandOfABatch) {
  EXPECT_THAT(Bash({"batch", "--out", "o", "*.pb", "--", "fre"}), ElementsAre("freeze"));
  EXPECT_THAT(Bash({"batch", "--", "freeze", "--fo"}), ElementsAre("--form"));
  EXPECT_THAT(Bash({"batch", "--", "freeze", "--form", "l"}), ElementsAre("legacy", "linear"));
}

TEST_F(CompletionTest, Fish) {
  if (std::system("fish --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "fish isn't installed";
  Write("completion", Run({"completion", "fish"}).out);
  const auto complete = [this](const std::string& line) {
    return Shell("fish --no-config", "source completion\ncomplete -C '" + line + "'\n");
  };
  EXPECT_THAT(complete("pdquant "), IsSupersetOf({"transpile", "batch"}));
  EXPECT_THAT(complete("pdquant check --st"), ElementsAre("--strict"));
  EXPECT_THAT(complete("pdquant freeze m --form "), ElementsAre("legacy", "linear"));
  EXPECT_THAT(complete("pdquant batch --out o -- fre"), ElementsAre("freeze"));
}

TEST_F(CompletionTest, ZshTakesTheScript) {
  if (std::system("zsh --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "zsh isn't installed";
  Write("completion", Run({"completion", "zsh"}).out);
  EXPECT_THAT(
      Shell("zsh -f", "autoload -Uz compinit && compinit -u -d dump && . ./completion && echo $_comps[pdquant]"),
      ElementsAre("_pdquant"));
}

TEST_F(CompletionTest, WrongShell) {
  const Finished finished = Run({"completion", "tcsh"});
  EXPECT_EQ(finished.exit_code, 2);
  EXPECT_THAT(finished.err, HasSubstr("SHELL: 'tcsh' is not bash, zsh or fish"));
}

TEST_F(CompletionTest, VersionAsJson) {
  const Finished finished = Run({"--version", "--format", "json"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_EQ(Run({"--format=json", "--version"}).out, finished.out);
  EXPECT_EQ(Run({"--version", "--format", "text"}).out, Run({"--version"}).out);
  Write("version.json", finished.out);
  const std::string command = "python3 '" PDQUANT_SOURCE "/tests/support/validate_json.py' '" PDQUANT_SOURCE
                              "/docs/reference/version.schema.json' '" +
                              Path("version.json") + "'";
  const int status = std::system(command.c_str());
  EXPECT_TRUE(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 77);
  const nlohmann::json version = nlohmann::json::parse(finished.out);
  EXPECT_EQ(version["pdquant"], PDQUANT_VERSION);
  EXPECT_EQ(version["newest_paddle"], "2.6.2");
  EXPECT_THAT(version["schemas"], Contains(nlohmann::json({{"name", "pdquant-diff"}, {"version", 1}})));
  EXPECT_THAT(version["schemas"], Contains(nlohmann::json({{"name", "pdquant-version"}, {"version", 1}})));
  EXPECT_EQ(version["targets"][0]["target"], "paddle");
  EXPECT_THAT(Run({"--version", "--format", "xml"}).err, HasSubstr("--format: 'xml' is not text or json"));
  EXPECT_EQ(Run({"--format", "json", "check", "x"}).exit_code, 2);
}

}  // namespace
}  // namespace pdquant::testing
