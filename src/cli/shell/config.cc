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
    case OptionKind::kText:
      break;
  }
  return "a string";
}

// The value as the command line would have it; nothing where it is of the wrong type.
std::optional<std::string> TextOf(const toml::node& value, OptionKind kind) {
  const bool is_integer = value.is_integer();
  switch (kind) {
    case OptionKind::kFlag:
      if (const auto* flag = value.as_boolean()) return flag->get() ? "true" : "false";
      return std::nullopt;
    case OptionKind::kNumber:
      if (const auto* number = value.as_floating_point()) return ShortestText(number->get());
      break;
    case OptionKind::kText:
    case OptionKind::kSize:
      if (const auto* text = value.as_string()) return text->get();
      break;
    case OptionKind::kInteger:
      break;
  }
  if (is_integer && kind != OptionKind::kText) return std::to_string(value.as_integer()->get());
  return std::nullopt;
}

// The same for all values of an option: one that may come more than once takes an array, too.
std::optional<std::vector<std::string>> TextsOf(const toml::node& value, const OptionList::Option& option) {
  std::vector<std::string> texts;
  const auto add = [&](const toml::node& node) {
    std::optional<std::string> text = TextOf(node, option.kind);
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
