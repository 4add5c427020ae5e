#include "pir/words.h"

#include <array>
#include <utility>

namespace pdquant::pir {

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
