#include <string_view>

#include "base/words.h"
#include "cli/about/about.h"

namespace pdquant {
namespace {

using Value = OptionDescription::Value;

// The tables come behind this: a function that prints what may stand where an option or an argument of a command is
// begun, and one for the value of an option; both print "<files>" where files may stand.
constexpr std::string_view kHead = R"(# Completes pdquant in bash. 'pdquant completion bash' printed this.
_pdquant() {
  local cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command='' option='' list i
  # bash cuts "--option=value" at the "=".
  if [[ $cur == '=' ]]; then
    option=$before cur=''
  elif [[ $before == '=' ]]; then
    option=${COMP_WORDS[COMP_CWORD - 2]}
  elif [[ $before == -* ]]; then
    option=$before
  fi
  for ((i = 1; i < COMP_CWORD; ++i)); do
    if [[ -z $command ]]; then
      [[ ${COMP_WORDS[i]} == [-=]* ]] || command=${COMP_WORDS[i]}
    elif [[ ${COMP_WORDS[i]} == -- ]] && _pdquant_takes_rest "$command"; then
      command=''
      ((i + 1 < COMP_CWORD)) || list=$(_pdquant_commands)
    fi
  done
  if [[ -z $list ]]; then
    list=$(_pdquant_values "$command" "$option") || list=$(_pdquant_words "$command")
  fi
  if [[ $cur == -* ]]; then list=${list//'<files>'/}; fi
  COMPREPLY=()
  if [[ $list == *'<files>'* ]]; then
    list=${list//'<files>'/}
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
  fi
  mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$list" -- "$cur")
}
)";

std::string Names(const CommandDescription& command) {
  std::string names;
  for (const OptionDescription& option : command.options) {
    if (option.is_argument) continue;
    for (const std::string& name : option.names) names += " " + name;
  }
  return names.empty() ? names : names.substr(1);
}

std::string Words(const OptionDescription& option) {
  return option.value == Value::kPath ? "<files>" : Join(option.words, " ");
}

std::string CommandNames(const CommandTree& tree) { return Join(tree.commands, " ", &CommandDescription::name); }

std::string WordsCase(const CommandDescription& command) {
  std::string words = Names(command);
  bool takes_files = false;
  for (const OptionDescription& option : command.options) {
    if (!option.is_argument || option.value == Value::kNone) continue;
    takes_files |= option.value == Value::kPath;
    if (option.value == Value::kWord) words += " " + Words(option);
  }
  if (takes_files) words += " <files>";
  return "    " + ShellQuoted(command.name) + ") echo " + ShellQuoted(words) + " ;;\n";
}

std::string ValueCases(const CommandDescription& command) {
  std::string cases;
  for (const OptionDescription& option : command.options) {
    if (option.is_argument || option.value == Value::kNone) continue;
    const auto pattern = [&](const std::string& name) { return ShellQuoted(command.name + " " + name); };
    cases += "    " + Join(option.names, " | ", pattern) + ") echo " + ShellQuoted(Words(option)) + " ;;\n";
  }
  return cases;
}

std::string RestPattern(const CommandTree& tree) {
  std::string pattern;
  for (const CommandDescription& command : tree.commands) {
    if (command.takes_rest) pattern += (pattern.empty() ? "" : " | ") + ShellQuoted(command.name);
  }
  return pattern;
}

}  // namespace

std::string ShellQuoted(const std::string& word) {
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string BashCompletion(const CommandTree& tree) {
  std::string script(kHead);
  script += "_pdquant_commands() { echo " + ShellQuoted(CommandNames(tree)) + "; }\n";
  script += "_pdquant_takes_rest() {\n  case $1 in\n    " + RestPattern(tree) +
            ") return 0 ;;\n    *) return 1 ;;\n  esac\n}\n";
  script += "_pdquant_words() {\n  case $1 in\n";
  script += "    '') echo " + ShellQuoted(CommandNames(tree) + " " + Names(tree.pdquant)) + " ;;\n";
  for (const CommandDescription& command : tree.commands) script += WordsCase(command);
  script += "  esac\n}\n_pdquant_values() {\n  case \"$1 $2\" in\n";
  script += ValueCases(tree.pdquant);
  for (const CommandDescription& command : tree.commands) script += ValueCases(command);
  return script + "    *) return 1 ;;\n  esac\n}\ncomplete -F _pdquant pdquant\n";
}

}  // namespace pdquant
