#include "cli/shell/config.h"

#include <optional>
#include <vector>

#include "base/escape.h"
#include "base/shortest_text.h"
#include "cli/shell/console.h"
#include "files/toml_file.h"

namespace pdquant {
namespace {

std::string_view TypeWanted(OptionKind kind) {
  switch (kind) {
    case OptionKind::kFlag:
      return "true or false";
    case OptionKind::kInteger:
      return "an integer";
    case OptionKind::kNumber:
      return "a number";
    case OptionKind::kSize:
      return "an integer, or a string such as \"2Gi\"";
    case OptionKind::kOpNumber:
      return "an integer, or a string such as \"1:3\"";
    case OptionKind::kText:
      break;
  }
  return "a string";
}

// Whether the words that an option takes are integers.
bool HasIntegers(const std::vector<std::string_view>& words) {
  return !words.empty() && words[0].find_first_not_of("0123456789") == std::string_view::npos;
}

// The value as the command line would have it; nothing where it is of the wrong type.
std::optional<std::string> TextOf(const toml::node& value, const OptionList::Option& option) {
  switch (option.kind) {
    case OptionKind::kFlag:
      if (const auto* flag = value.as_boolean()) return flag->get() ? "true" : "false";
      return std::nullopt;
    case OptionKind::kNumber:
      if (const auto* number = value.as_floating_point()) return ShortestText(number->get());
      break;
    case OptionKind::kText:
    case OptionKind::kSize:
    case OptionKind::kOpNumber:
      if (const auto* text = value.as_string()) return text->get();
      break;
    case OptionKind::kInteger:
      break;
  }
  const auto* integer = value.as_integer();
  if (integer == nullptr || (option.kind == OptionKind::kText && !HasIntegers(option.choices))) return std::nullopt;
  return std::to_string(integer->get());
}

// The same for all values of an option: one that may come more than once takes an array, too.
std::optional<std::vector<std::string>> TextsOf(const toml::node& value, const OptionList::Option& option) {
  std::vector<std::string> texts;
  const auto add = [&](const toml::node& node) {
    std::optional<std::string> text = TextOf(node, option);
    if (text) texts.push_back(std::move(*text));
    return text.has_value();
  };
  const toml::array* array = option.takes_all ? value.as_array() : nullptr;
  if (array == nullptr) return add(value) ? std::optional(std::move(texts)) : std::nullopt;
  for (const toml::node& node : *array) {
    if (!add(node)) return std::nullopt;
  }
  return texts;
}

Status ApplyTable(const TomlFile& file, const toml::table& table, const std::string& name, OptionList* options,
                  bool set) {
  for (const auto& [key, value] : table) {
    OptionList::Option* option = options->Find(key.str());
    if (option == nullptr || key == "config") {
      return file.Error(key.source(), name + " has no option " + Quote(key.str()) + " for a configuration file");
    }
    const std::optional<std::vector<std::string>> texts = TextsOf(value, *option);
    if (!texts) {
      return file.Error(value.source(), Quote(key.str()) + " has to be " + std::string(TypeWanted(option->kind)) +
                                            (option->takes_all ? ", or an array of such" : ""));
    }
    if (!set || option->is_given()) continue;
    for (const std::string& text : *texts) {
      if (const Status status = option->Take(text); !status.ok())
        return file.Error(value.source(), Quote(key.str()) + ": " + status.message());
    }
  }
  return {};
}

}  // namespace

Status ApplyConfig(const std::string& path, std::string_view command,
                   const std::function<OptionList*(std::string_view command)>& options_of) {
  const Result<TomlFile> file = TomlFile::Read("--config", path);
  if (!file.ok()) return file.status();
  for (const auto& [key, value] : file->table()) {
    OptionList* options = options_of(key.str());
    if (options == nullptr) return file->Error(key.source(), "there is no command " + Quote(key.str()));
    if (!value.is_table()) return file->Error(value.source(), Quote(key.str()) + " has to be a table");
    Status status = ApplyTable(*file, *value.as_table(), std::string(key.str()), options, key == command);
    if (!status.ok()) return status;
  }
  return {};
}

}  // namespace pdquant
