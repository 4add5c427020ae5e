// What is written about pdquant: completions for shells, manual pages, the version.
#ifndef PDQUANT_CLI_ABOUT_ABOUT_H_
#define PDQUANT_CLI_ABOUT_ABOUT_H_

#include <string>
#include <string_view>
#include <vector>

#include "cli/shell/option_list.h"

namespace pdquant {

// What the command line takes, as data, for those who write it down. It is read off the tree of CLI11 that --help is
// made of.
struct OptionDescription {
  enum class Value { kNone, kWord, kPath, kOther };

  std::vector<std::string> names;  // "-o", "--out"; of an argument its name alone, "MODEL"
  std::string placeholder;         // "FILE"; empty for flags and arguments
  std::string help;
  std::string group;  // the heading that it comes under
  Value value = Value::kNone;
  std::vector<std::string> words;  // kWord: those that it takes
  bool is_argument = false;
  bool is_required = false;
  bool takes_all = false;  // may come more than once
};

struct CommandDescription {
  std::string name;  // empty for pdquant itself
  std::string summary;
  std::vector<OptionDescription> options;
  bool takes_rest = false;  // what stands behind "--" is a command line of its own
};

struct CommandTree {
  CommandDescription pdquant;
  std::vector<CommandDescription> commands;
  std::string exit_codes;  // what they mean, for people
};

// `list` knows more of the options than CLI11 does.
CommandDescription DescribeCommand(const CLI::App& app, const OptionList& list);

// Scripts that complete command lines of pdquant in a shell.
std::string BashCompletion(const CommandTree& tree);
std::string ZshCompletion(const CommandTree& tree);
std::string FishCompletion(const CommandTree& tree);

// A word in single quotes, as a POSIX shell reads it.
std::string ShellQuoted(const std::string& word);

// Manual pages, as roff with the macros of man(7). pdquant.1: pdquant, and all its commands.
std::string ManualPage(const CommandTree& tree);
// pdquant-COMMAND.1.
std::string ManualPage(const CommandTree& tree, const CommandDescription& command);

// What `--version` prints: the version, and the newest Paddle whose schema is known.
std::string VersionText();
// The same for programs, with the schemas of all JSON that pdquant writes, and what `check --target` judges by.
std::string VersionJson();

}  // namespace pdquant

#endif  // PDQUANT_CLI_ABOUT_ABOUT_H_
