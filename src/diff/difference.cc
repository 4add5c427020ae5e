#include "diff/difference.h"

#include <fnmatch.h>

#include <algorithm>
#include <utility>

#include "paddle/names.h"
#include "text/field_text.h"

namespace pdquant {

IgnoreRules::IgnoreRules(std::vector<std::string> patterns, bool with_defaults) : patterns_(std::move(patterns)) {
  if (with_defaults) patterns_.emplace_back(attributes::kOpCallStack);
}

bool IgnoreRules::Covers(std::string_view owner, std::string_view name) const {
  for (const std::string& pattern : patterns_) {
    if (pattern == name) return true;
    if (pattern.find_first_of("*?[.") == std::string::npos) continue;
    const std::string short_name(name);
    const std::string full_name = std::string(owner) + "." + short_name;
    if (fnmatch(pattern.c_str(), short_name.c_str(), 0) == 0) return true;
    if (pattern.find('.') != std::string::npos && fnmatch(pattern.c_str(), full_name.c_str(), 0) == 0) return true;
  }
  return false;
}

std::string UnknownText(MessageKind kind, std::string_view message) {
  std::string text;
  ForEachUnknown(kind, message, [&](const Field& field) {
    if (!text.empty()) text += ", ";
    AppendUnknown(field, &text);
  });
  return text;
}

std::vector<OpSlot> SlotsOf(const Index& index, OpId op, bool inputs) {
  std::vector<OpSlot> slots;
  const auto arguments = inputs ? index.inputs(op) : index.outputs(op);
  size_t next = 0;
  const auto add = [&](const SlotView& view) {
    OpSlot& slot = slots.emplace_back();
    slot.name = view.name();
    view.ForEachArgument([&](std::string_view) { slot.arguments.push_back(arguments[next++].name); });
    slot.unknown = UnknownText(MessageKind::kSlot, view.message());
  };
  const OpView view = index.program().op(op);
  inputs ? view.ForEachInput(add) : view.ForEachOutput(add);
  std::stable_sort(slots.begin(), slots.end(), [](const OpSlot& x, const OpSlot& y) { return x.name < y.name; });
  size_t last = 0;
  for (size_t i = 1; i < slots.size(); ++i) {
    if (slots[i].name != slots[last].name) {
      if (++last != i) slots[last] = std::move(slots[i]);
      continue;
    }
    ++slots[last].messages;
    slots[last].arguments.insert(slots[last].arguments.end(), slots[i].arguments.begin(), slots[i].arguments.end());
    if (slots[i].unknown.empty()) continue;
    slots[last].unknown += (slots[last].unknown.empty() ? "" : ", ") + slots[i].unknown;
  }
  if (!slots.empty()) slots.resize(last + 1);
  return slots;
}

std::string ArgumentsText(const Index& index, std::span<const NameId> arguments) {
  if (arguments.size() == 1) return ShownName(index.name(arguments[0]));
  std::string text = "[";
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (i != 0) text += ", ";
    AppendName(index.name(arguments[i]), &text);
  }
  return text + "]";
}

}  // namespace pdquant
