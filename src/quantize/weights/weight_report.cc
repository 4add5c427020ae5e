#include "quantize/weights/weight_report.h"

#include <algorithm>
#include <limits>

namespace pdquant {
namespace {

double SortKey(const WeightLine& line) {
  const auto sqnr = line.has_float_weight ? line.error.SqnrDb() : std::nullopt;
  return sqnr.value_or(std::numeric_limits<double>::infinity());
}

}  // namespace

void SortWorstFirst(std::vector<WeightLine>* lines) {
  std::sort(lines->begin(), lines->end(), [](const WeightLine& a, const WeightLine& b) {
    const double key_a = SortKey(a);
    const double key_b = SortKey(b);
    return key_a != key_b ? key_a < key_b : a.name < b.name;
  });
}

}  // namespace pdquant
