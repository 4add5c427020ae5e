#include "cli/shell/config.h"

#include <toml++/toml.h>

#include <optional>

#include "base/escape.h"
#include "base/shortest_text.h"
#include "cli/shell/console.h"
#include "files/input.h"

namespace pdquant {
namespace {

constexpr uint64_t kMaxBytes = uint64_t{1} << 20U;

std::string_view TypeWanted(ValueKind kind) {
  switch (kind) {
    case ValueKind::kFlag:
      return "true or false";
    case ValueKind::kInteger:
      return "an integer";
    case ValueKind::kNumber:
      return "a number";
    case ValueKind::kSize:
      return "an integer, or a string such as \"2Gi\"";
    case ValueKind::kText:
      break;
  }
  return "a string";
}

// The value as the command line would have it; nothing where it is of the wrong type.
std::optional<std::string> TextOf(const toml::node& value, ValueKind kind) {
  const bool is_integer = value.is_integer();
  switch (kind) {
    case ValueKind::kFlag:
      if (const auto* flag = value.as_boolean()) return flag->get() ? "true" : "false";
      return std::nullopt;
    case ValueKind::kNumber:
      if (const auto* number = value.as_floating_point()) return ShortestText(number->get());
      break;
    case ValueKind::kText:
    case ValueKind::kSize:
      if (const auto* text = value.as_string()) return text->get();
      break;
    case ValueKind::kInteger:
      break;
  }
  if (is_integer && kind != ValueKind::kText) return std::to_string(value.as_integer()->get());
  return std::nullopt;
}

class ConfigFile {
 public:
  explicit ConfigFile(const std::string& path) : path_(path) {}

  // "conf.toml:3:7: …", the form that editors know.
  Status Error(const toml::source_region& source, const std::string& text) const {
    return UsageError(Escape(path_) + ":" + std::to_string(source.begin.line) + ":" +
                      std::to_string(source.begin.column) + ": " + text);
  }

  Status ApplyTable(const toml::table& table, const std::string& name, OptionList* options, bool set) const {
    for (const auto& [key, value] : table) {
      OptionList::Option* option = options->Find(key.str());
      if (option == nullptr || key == "config") {
        return Error(key.source(), name + " has no option " + Quote(key.str()) + " for a configuration file");
      }
      const std::optional<std::string> text = TextOf(value, option->kind);
      if (!text) return Error(value.source(), Quote(key.str()) + " has to be " + std::string(TypeWanted(option->kind)));
      if (!set || option->is_given()) continue;
      if (const Status status = option->Take(*text); !status.ok()) {
        return Error(value.source(), Quote(key.str()) + ": " + status.message());
      }
    }
    return {};
  }

 private:
  const std::string& path_;
};

}  // namespace

Status ApplyConfig(const std::string& path, std::string_view command,
                   const std::function<OptionList*(std::string_view command)>& options_of) {
  const Result<Bytes> bytes = ReadInput(path, kMaxBytes);
  if (!bytes.ok()) {  // a folder, or something endless, is the wrong configuration file
    const bool wrong = bytes.status().code() == StatusCode::kBadInput;
    return wrong ? UsageError("--config: " + bytes.status().message()) : bytes.status();
  }
  // What some editors and shells of Windows write; TOML is UTF-8.
  if (bytes->view().starts_with("\xff\xfe") || bytes->view().starts_with("\xfe\xff"))
    return UsageError(Quote(path) + ": the configuration file is UTF-16; save it as UTF-8");
  const ConfigFile file(path);
  const toml::parse_result parsed = toml::parse(bytes->view());
  if (!parsed) return file.Error(parsed.error().source(), Printable(parsed.error().description()));
  for (const auto& [key, value] : parsed.table()) {
    OptionList* options = options_of(key.str());
    if (options == nullptr) return file.Error(key.source(), "there is no command " + Quote(key.str()));
    if (!value.is_table()) return file.Error(value.source(), Quote(key.str()) + " has to be a table");
    Status status = file.ApplyTable(*value.as_table(), std::string(key.str()), options, key == command);
    if (!status.ok()) return status;
  }
  return {};
}

}  // namespace pdquant
