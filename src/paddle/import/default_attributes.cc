#include "paddle/import/default_attributes.h"

#include <algorithm>
#include <utility>

namespace pdquant {
namespace {

struct Row {
  std::string_view type, attributes;
};

constexpr Row kRows[] = {
#include "paddle/import/default_attributes.inc"
};

}  // namespace

std::vector<TableAttribute> DefaultAttributes(std::string_view op_type) {
  std::vector<TableAttribute> attributes;
  const auto* const row = std::lower_bound(std::begin(kRows), std::end(kRows), op_type,
                                           [](const Row& a, std::string_view type) { return a.type < type; });
  if (row == std::end(kRows) || row->type != op_type) return attributes;
  ForEachWord(row->attributes, ' ', [&](std::string_view word) {
    if (auto attribute = ParseAttribute(word)) attributes.push_back(std::move(*attribute));
  });
  return attributes;
}

}  // namespace pdquant
