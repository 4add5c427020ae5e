#include <string_view>

#include "base/words.h"
#include "cli/about/about.h"

namespace pdquant {
namespace {

using Value = OptionDescription::Value;

// In a specification of _arguments, colons and brackets are cut at.
std::string Escaped(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == ':' || c == '[' || c == ']' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

// What stands for a value: "FILE:_files", "FORM:(legacy linear)".
std::string ValueSpecification(const OptionDescription& option) {
  const std::string& what = option.is_argument ? option.names[0] : option.placeholder;
  std::string text = Escaped(what) + ":";
  if (option.value == Value::kPath) return text + "_files";
  if (option.value != Value::kWord) return text + " ";
  return text + "(" + Join(option.words, " ") + ")";
}

std::string OptionSpecification(const OptionDescription& option) {
  const std::string help = "[" + Escaped(option.help) + "]";
  const bool takes_value = option.value != Value::kNone;
  std::string text;
  for (const std::string& name : option.names) {
    std::string one = option.takes_all ? "*" : option.names.size() > 1 ? "(" + Join(option.names, " ") + ")" : "";
    one += name;
    if (takes_value) one += name.starts_with("--") ? "=" : "+";
    one += help;
    if (takes_value) one += ":" + ValueSpecification(option);
    text += " \\\n        " + ShellQuoted(one);
  }
  return text;
}

std::string ArgumentSpecification(const OptionDescription& option) {
  const std::string position = option.takes_all ? "*:" : option.is_required ? ":" : "::";
  return " \\\n        " + ShellQuoted(position + ValueSpecification(option));
}

std::string Arguments(const CommandDescription& command) {
  std::string text;
  for (const OptionDescription& option : command.options) {
    text += option.is_argument ? ArgumentSpecification(option) : OptionSpecification(option);
  }
  return text;
}

std::string CommandCase(const CommandDescription& command) {
  std::string text = "    " + command.name + ")\n";
  if (command.takes_rest) {
    text +=
        "      local -i rest=${words[(i)--]}\n"
        "      if (( rest < CURRENT )); then\n"
        "        words=(pdquant \"${(@)words[rest + 1, -1]}\")\n"
        "        (( CURRENT -= rest - 1 ))\n"
        "        _pdquant\n"
        "        return\n"
        "      fi\n";
  }
  return text + "      _arguments -s" + Arguments(command) + "\n      ;;\n";
}

}  // namespace

std::string ZshCompletion(const CommandTree& tree) {
  std::string script =
      "#compdef pdquant\n"
      "# Completes pdquant in zsh. 'pdquant completion zsh' printed this.\n"
      "_pdquant() {\n"
      "  local curcontext=$curcontext state\n"
      "  local -a line commands\n"
      "  commands=(\n";
  for (const CommandDescription& command : tree.commands) {
    script += "    " + ShellQuoted(Escaped(command.name) + ":" + Escaped(command.summary)) + "\n";
  }
  script += "  )\n  _arguments -C" + Arguments(tree.pdquant) +
            " \\\n        '1: :->command' '*:: :->arguments' && return\n"
            "  case $state in\n"
            "  command) _describe command commands; return ;;\n"
            "  esac\n"
            "  case $words[1] in\n";
  for (const CommandDescription& command : tree.commands) script += CommandCase(command);
  return script +
         "  esac\n"
         "}\n"
         "# Loaded by zsh's own means, or read by 'source'.\n"
         "if [[ $funcstack[1] == _pdquant ]]; then _pdquant \"$@\"; else compdef _pdquant pdquant; fi\n";
}

}  // namespace pdquant
