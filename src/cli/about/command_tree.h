// What the command line takes, as data, for those who write it down: completions for shells, manual pages. It is read
// off the tree of CLI11 that --help is made of.
#ifndef PDQUANT_CLI_ABOUT_COMMAND_TREE_H_
#define PDQUANT_CLI_ABOUT_COMMAND_TREE_H_

#include <string>
#include <string_view>
#include <vector>

#include "cli/shell/option_list.h"

namespace pdquant {

struct OptionDescription {
  enum class Value { kNone, kWord, kPath, kOther };

  std::vector<std::string> names;  // "-o", "--out"; of an argument its name alone, "MODEL"
  std::string placeholder;         // "FILE"; empty for flags and arguments
  std::string help;                // with line breaks
  std::string group;               // the heading that it comes under
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

// The help of an option in one line.
std::string HelpLine(const OptionDescription& option);

}  // namespace pdquant

#endif  // PDQUANT_CLI_ABOUT_COMMAND_TREE_H_
