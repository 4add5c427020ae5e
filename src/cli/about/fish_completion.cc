#include <string_view>

#include "base/words.h"
#include "cli/about/about.h"

namespace pdquant {
namespace {

using Value = OptionDescription::Value;

constexpr std::string_view kHead = R"(# Completes pdquant in fish. 'pdquant completion fish' printed this.
# The command that is typed: the first word, or the one behind "--" of a command that takes another.
function __pdquant_command
    set -l words (commandline -opc)
    set -e words[1]
    if set -l rest (contains -i -- -- $words)
        set -e words[1..$rest]
    end
    echo "$words[1]"
end
function __pdquant_is
    test (__pdquant_command) = "$argv[1]"
end
complete -c pdquant -f
)";

std::string Quoted(const std::string& word) {
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

std::string Line(const CommandDescription& command, const OptionDescription& option) {
  std::string line = "complete -c pdquant -n " + Quoted("__pdquant_is '" + command.name + "'");
  if (!option.is_argument) {
    for (const std::string& name : option.names) {
      line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    }
    line += " -d " + Quoted(option.help);
    if (option.value != Value::kNone) line += " -r";
  }
  if (option.value == Value::kPath) line += " -F";
  if (option.value == Value::kWord) line += " -f -a " + Quoted(Join(option.words, " "));
  if (option.value == Value::kOther) line += " -f";
  return line + "\n";
}

std::string Lines(const CommandDescription& command) {
  std::string lines;
  for (const OptionDescription& option : command.options) {
    if (!option.is_argument || option.value == Value::kPath || option.value == Value::kWord) {
      lines += Line(command, option);
    }
  }
  return lines;
}

}  // namespace

std::string FishCompletion(const CommandTree& tree) {
  std::string script(kHead);
  for (const CommandDescription& command : tree.commands) {
    script += "complete -c pdquant -n \"__pdquant_is ''\" -a " + command.name + " -d " + Quoted(command.summary) + "\n";
  }
  script += Lines(tree.pdquant);
  for (const CommandDescription& command : tree.commands) script += Lines(command);
  return script;
}

}  // namespace pdquant
