#include <cctype>
#include <string_view>
#include <utility>

#include "base/version.h"
#include "cli/about/about.h"

namespace pdquant {
namespace {

// Text as roff: a hyphen as it is typed, and no line that begins like a request.
std::string Roff(std::string_view text) {
  std::string roff;
  bool is_line_start = true;
  for (const char c : text) {
    if (is_line_start && (c == '.' || c == '\'')) roff += "\\&";
    if (c == '\\') {
      roff += "\\e";
    } else if (c == '-') {
      roff += "\\-";
    } else {
      roff += c;
    }
    is_line_start = c == '\n';
  }
  return roff;
}

std::string UpperCase(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::string Title(const std::string& name) {
  return ".TH " + Roff(UpperCase(name)) + " 1 \"\" \"pdquant " + Roff(kPdquantVersion) + "\" \"User Commands\"\n";
}

// .SH NAME wants a summary that doesn't begin like a sentence and doesn't end like one.
std::string Name(const std::string& name, std::string summary) {
  summary[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(summary[0])));
  if (summary.ends_with('.')) summary.pop_back();
  return ".SH NAME\n" + Roff(name) + " \\- " + Roff(summary) + "\n";
}

std::string Synopsis(const CommandDescription& command) {
  std::string text = ".B pdquant " + Roff(command.name) + "\n[\\fIOPTIONS\\fR]";
  for (const OptionDescription& option : command.options) {
    if (!option.is_argument) continue;
    const std::string name = "\\fI" + Roff(option.names[0]) + "\\fR" + (option.takes_all ? "..." : "");
    text += option.is_required ? " " + name : " [" + name + "]";
  }
  if (command.takes_rest) text += " \\-\\- \\fICOMMAND\\fR [\\fIOPTIONS\\fR]";
  return text + "\n";
}

std::string Item(const OptionDescription& option) {
  std::string head;
  for (const std::string& name : option.names) {
    if (!head.empty()) head += ", ";
    head += (option.is_argument ? "\\fI" : "\\fB") + Roff(name) + "\\fR";
  }
  if (!option.placeholder.empty()) head += " \\fI" + Roff(option.placeholder) + "\\fR";
  return ".TP\n" + head + "\n" + Roff(option.help) + "\n";
}

// The arguments of a command, then its options, group by group; `heading` is the macro for each.
std::string Options(const CommandDescription& command, std::string_view heading) {
  std::string arguments;
  std::string options;
  std::string_view group;
  for (const OptionDescription& option : command.options) {
    if (option.is_argument) {
      arguments += Item(option);
      continue;
    }
    if (std::exchange(group, option.group) != option.group) {
      options += std::string(heading) + " " + Roff(UpperCase(option.group)) + "\n";
    }
    options += Item(option);
  }
  return (arguments.empty() ? "" : std::string(heading) + " ARGUMENTS\n" + arguments) + options;
}

std::string Ending(const CommandTree& tree, const std::string& see_also) {
  return ".SH EXIT STATUS\n" + Roff(tree.exit_codes) + "\n.SH SEE ALSO\n" + see_also + "\n";
}

std::string Reference(const std::string& name) { return "\\fB" + Roff(name) + "\\fR(1)"; }

}  // namespace

std::string ManualPage(const CommandTree& tree) {
  std::string page = Title("pdquant") + Name("pdquant", tree.pdquant.summary);
  page += ".SH SYNOPSIS\n.B pdquant\n[\\fIOPTIONS\\fR] \\fICOMMAND\\fR\n.SH DESCRIPTION\n" +
          Roff(tree.pdquant.summary) + "\nThe commands:\n";
  for (const CommandDescription& command : tree.commands) {
    page += ".TP\n.B " + Roff(command.name) + "\n" + Roff(command.summary) + "\n";
  }
  page += Options(tree.pdquant, ".SH");
  std::string see_also;
  for (const CommandDescription& command : tree.commands) {
    page += ".SH " + Roff(UpperCase("pdquant " + command.name)) + "\n" + Roff(command.summary) + ".\n.PP\n" +
            Synopsis(command) + Options(command, ".SS");
    see_also += (see_also.empty() ? "" : ", ") + Reference("pdquant-" + command.name);
  }
  return page + Ending(tree, see_also);
}

std::string ManualPage(const CommandTree& tree, const CommandDescription& command) {
  const std::string name = "pdquant-" + command.name;
  return Title(name) + Name(name, command.summary) + ".SH SYNOPSIS\n" + Synopsis(command) + ".SH DESCRIPTION\n" +
         Roff(command.summary) + ".\n" + Options(command, ".SH") + Ending(tree, Reference("pdquant"));
}

}  // namespace pdquant
