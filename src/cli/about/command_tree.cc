#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/about/about.h"

namespace pdquant {
namespace {

// Null for the flags --help and --version.
const OptionList::Option* FindIn(const OptionList& list, const CLI::Option* option) {
  const auto found = std::find_if(list.all().begin(), list.all().end(),
                                  [&](const OptionList::Option& known) { return known.parsed == option; });
  return found == list.all().end() ? nullptr : &*found;
}

OptionDescription::Value ValueOf(const OptionList::Option& option) {
  using Value = OptionDescription::Value;
  if (option.kind == OptionKind::kFlag) return Value::kNone;
  if (!option.choices.empty()) return Value::kWord;
  const bool is_text = option.kind == OptionKind::kText;
  return option.role != PathRole::kNone || (option.is_argument && is_text) ? Value::kPath : Value::kOther;
}

}  // namespace

CommandDescription DescribeCommand(const CLI::App& app, const OptionList& list) {
  CommandDescription command;
  command.name = app.get_parent() == nullptr ? "" : app.get_name();
  command.summary = app.get_description();
  for (const CLI::Option* option : app.get_options()) {
    OptionDescription description;
    for (const std::string& name : option->get_snames()) description.names.push_back("-" + name);
    for (const std::string& name : option->get_lnames()) description.names.push_back("--" + name);
    description.is_argument = description.names.empty();
    if (description.is_argument) description.names.push_back(option->get_name());
    description.help = option->get_description();
    description.group = option->get_group();
    description.is_required = option->get_required();
    if (const OptionList::Option* known = FindIn(list, option)) {
      description.value = ValueOf(*known);
      description.words.assign(known->choices.begin(), known->choices.end());
      description.takes_all = known->takes_all;
      if (!description.is_argument && known->kind != OptionKind::kFlag)
        description.placeholder = option->get_type_name();
    }
    command.options.push_back(std::move(description));
  }
  return command;
}

}  // namespace pdquant
