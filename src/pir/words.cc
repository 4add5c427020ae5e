#include "pir/words.h"

#include <algorithm>
#include <array>
#include <utility>

namespace pdquant::pir {

bool IsNoteAttribute(std::string_view name) {
  constexpr std::array<std::string_view, 4> kNotes = {kScopeAttribute, attributes::kOpCallStack, attributes::kOpRole,
                                                      "origin_id"};
  return std::find(kNotes.begin(), kNotes.end(), name) != kNotes.end();
}

std::string FullName(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kDialects = {
      {{"0.", "builtin."}, {"1.", "pd_op."}, {"2.", "cf."}, {"3.", "custom_op."}, {"4.", "dist."}}};
  if (name == kParameterOp) return "builtin.parameter";
  for (const auto& [number, dialect] : kDialects) {
    if (name.starts_with(number)) return std::string(dialect) + std::string(name.substr(number.size()));
  }
  return std::string(name);
}

}  // namespace pdquant::pir
