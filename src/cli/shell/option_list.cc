#include "cli/shell/option_list.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

#include "base/escape.h"
#include "base/number_text.h"
#include "base/shortest_text.h"
#include "base/words.h"
#include "cli/shell/standard_streams.h"

namespace pdquant {
namespace {

Status NotA(std::string_view text, std::string_view what) {
  return UsageError(Quote(text) + " is not " + std::string(what));
}

// How many powers of `*base` a unit stands for; nothing where there is no such unit.
std::optional<size_t> PowerOfUnit(std::string_view unit, uint64_t* base) {
  if (unit.ends_with('B')) unit.remove_suffix(1);
  *base = unit.ends_with('i') ? 1024 : 1000;
  if (unit.ends_with('i')) unit.remove_suffix(1);
  if (unit.empty()) return *base == 1000 ? std::optional<size_t>(0) : std::nullopt;
  const size_t position = std::string_view("KMGT").find(unit == "k" ? "K" : unit);
  return position == std::string_view::npos || unit.size() > 1 ? std::nullopt : std::optional<size_t>(position + 1);
}

bool ParseSize(std::string_view text, uint64_t* value) {
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  uint64_t base = 0;
  std::optional<uint64_t> number = ParseNumber<uint64_t>(text.substr(0, digits));
  if (!number || *number == 0) return false;
  const std::optional<size_t> power = PowerOfUnit(text.substr(digits), &base);
  if (!power) return false;
  for (size_t i = 0; i < *power; ++i) {
    if (__builtin_mul_overflow(*number, base, &*number)) return false;
  }
  *value = *number;
  return true;
}

// The message without the option's name in front, which whoever sets the option says anyway.
std::string WithoutName(const std::string& message) {
  const size_t end = message.starts_with("--") ? message.find(": ") : std::string::npos;
  return end == std::string::npos ? message : message.substr(end + 2);
}

// Keeps the old value where the check refuses the new one.
template <typename T>
OptionList::Setter SetNumber(T* value, OptionList::Check check, const char* what) {
  return [value, check = std::move(check), what](std::string_view text) -> Status {
    const std::optional<T> number = ParseNumber<T>(text);
    if (!number) return NotA(text, what);
    const T before = std::exchange(*value, *number);
    const Status status = check();
    if (status.ok()) return {};
    *value = before;
    return UsageError(WithoutName(status.message()));
  };
}

// Of a text that says something.
OptionList::Setter SetText(std::function<void(std::string_view)> set) {
  return [set = std::move(set)](std::string_view text) -> Status {
    if (text.empty()) return UsageError("is empty");
    set(text);
    return {};
  };
}

OptionList::Setter AddText(std::vector<std::string>* values) {
  return SetText([values](std::string_view text) { values->emplace_back(text); });
}

std::string WithDefault(const std::string& help, const std::string& value) { return help + " (default " + value + ")"; }

constexpr char kGuard = '\x01';

}  // namespace

std::string GuardFromLists(std::string word) {
  if (word.starts_with('[')) word += kGuard;
  return word;
}

std::string WithoutGuard(std::string word) {
  if (word.starts_with('[') && word.ends_with(kGuard)) word.pop_back();
  return word;
}

std::string_view OtherSpelling(std::string_view word, std::span<const std::string_view> known) {
  std::string spelled(word);
  std::replace(spelled.begin(), spelled.end(), '_', '-');
  const auto found = std::find(known.begin(), known.end(), spelled);
  return found == known.end() ? std::string_view() : *found;
}

bool OptionList::Option::is_given() const { return parsed->count() != 0; }

Status OptionList::Option::Take(std::string_view text) {
  Status status = set(text);
  if (status.ok()) values.emplace_back(text);
  return status;
}

void OptionList::Add(const std::string& names, const std::string& placeholder, const std::string& help, OptionKind kind,
                     Setter set) {
  CLI::Option* option = kind == OptionKind::kFlag ? app_->add_flag(names) : app_->add_option(names, CLI::callback_t());
  option->description(help)->group(group_)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  if (kind != OptionKind::kFlag) option->type_name(placeholder);
  const bool is_argument = option->get_positional();
  if (is_argument) option->required();
  options_.push_back({is_argument ? names : option->get_lnames().at(0), kind, is_argument, std::move(set), option});
}

void OptionList::Argument(const std::string& name, const std::string& help, std::string* value) {
  Text(name, "", help, value);
}

void OptionList::OptionalArgument(const std::string& name, const std::string& help, std::string* value) {
  Argument(name, help, value);
  app_->get_option(name)->required(false);
}

void OptionList::Arguments(const std::string& name, const std::string& help, std::vector<std::string>* values) {
  CLI::Option* option = app_->add_option(name, CLI::callback_t());
  option->description(help)->group(group_)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  option->expected(0, CLI::detail::expected_max_vector_size)->allow_extra_args()->type_name("");
  const Setter add = AddText(values);
  options_.push_back({name, OptionKind::kText, true, add, option});
  options_.back().takes_all = true;
}

void OptionList::Flag(const std::string& names, const std::string& help, bool* value, PathRole role) {
  Add(names, "", help, OptionKind::kFlag, [value](std::string_view text) -> Status {
    if (text != "true" && text != "false") return NotA(text, "true or false");
    *value = text == "true";
    return {};
  });
  options_.back().role = role;
}

void OptionList::Integer(const std::string& names, const std::string& help, int32_t* value, Check check) {
  Add(names, "N", WithDefault(help, std::to_string(*value)), OptionKind::kInteger,
      SetNumber(value, std::move(check), "a whole number"));
}

void OptionList::Number(const std::string& names, const std::string& help, float* value, Check check) {
  Add(names, "X", WithDefault(help, ShortestText(*value)), OptionKind::kNumber,
      SetNumber(value, std::move(check), "a number"));
}

void OptionList::Text(const std::string& names, const std::string& placeholder, const std::string& help,
                      std::string* value) {
  Add(names, placeholder, help, OptionKind::kText, SetText([value](std::string_view text) { *value = text; }));
}

void OptionList::OpNumber(const std::string& names, const std::string& help, std::string* value) {
  Text(names, "N", help, value);
  options_.back().kind = OptionKind::kOpNumber;
}

void OptionList::InputPath(const std::string& names, const std::string& placeholder, const std::string& help,
                           std::string* value) {
  Text(names, placeholder, help, value);
  options_.back().role = PathRole::kInput;
}

void OptionList::OutputFolder(const std::string& names, const std::string& placeholder, const std::string& help,
                              std::string* value) {
  Text(names, placeholder, help, value);
  options_.back().role = PathRole::kOutput;
}

void OptionList::OutputPath(const std::string& names, const std::string& placeholder, const std::string& help,
                            std::string* value, PathRole role) {
  const auto set = [value](std::string_view text) { *value = IsStandardOutput(std::string(text)) ? "-" : text; };
  Add(names, placeholder, help, OptionKind::kText, SetText(set));
  options_.back().role = role;
}

void OptionList::Texts(const std::string& names, const std::string& placeholder, const std::string& help,
                       std::vector<std::string>* values) {
  Add(names, placeholder, help, OptionKind::kText, AddText(values));
  options_.back().takes_all = true;
  app_->get_option("--" + options_.back().key)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void OptionList::Size(const std::string& names, const std::string& help, const std::string& default_text,
                      uint64_t* value) {
  const auto set = [value](std::string_view text) -> Status {
    return ParseSize(text, value) ? Status() : NotA(text, "a number above 0 such as 1000, 64K or 2Gi");
  };
  Add(names, "SIZE", WithDefault(help, default_text), OptionKind::kSize, set);
}

void OptionList::Choice(const std::string& names, const std::string& placeholder, const std::string& help,
                        std::vector<std::string_view> choices, std::function<void(std::string_view)> set) {
  const auto set_word = [choices, set = std::move(set)](std::string_view text) -> Status {
    if (std::find(choices.begin(), choices.end(), text) == choices.end()) return NotA(text, JoinWords(choices));
    set(text);
    return {};
  };
  Add(names, placeholder, help, OptionKind::kText, set_word);
  options_.back().choices = std::move(choices);
}

void OptionList::Format(const std::string& help, std::initializer_list<OutputFormat> formats, OutputFormat* value) {
  const auto words = WordsOf(formats, [](OutputFormat format) { return RowOf(format).word; });
  Choice("--format", "FORMAT", help, words,
         [formats = std::vector<OutputFormat>(formats), value](std::string_view word) {
           *value =
               *std::find_if(formats.begin(), formats.end(), [=](OutputFormat one) { return RowOf(one).word == word; });
         });
}

Status OptionList::TakeParsed() {
  for (Option& option : options_) {
    if (!option.is_given()) continue;
    const std::vector<std::string>& results = option.parsed->results();
    for (size_t i = option.takes_all ? 0 : results.size() - 1; i < results.size(); ++i) {
      const Status status = option.Take(WithoutGuard(results[i]));
      if (!status.ok()) return UsageError(option.parsed->get_name() + ": " + status.message());
    }
  }
  return {};
}

OptionList::Option* OptionList::Find(std::string_view key) {
  const auto found = std::find_if(options_.begin(), options_.end(),
                                  [&](const Option& option) { return !option.is_argument && option.key == key; });
  return found == options_.end() ? nullptr : &*found;
}

std::vector<std::string_view> OptionList::Keys() const {
  std::vector<std::string_view> keys;
  for (const Option& option : options_) {
    if (!option.is_argument) keys.push_back(option.key);
  }
  return keys;
}

}  // namespace pdquant
