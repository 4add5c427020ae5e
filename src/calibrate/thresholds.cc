#include "calibrate/thresholds.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <vector>

namespace pdquant {
namespace {

double MiddleOf(size_t bin, std::span<const double> counts, double limit) {
  return (static_cast<double>(bin) + 0.5) * limit / static_cast<double>(counts.size());
}

double Sum(std::span<const double> counts) { return std::accumulate(counts.begin(), counts.end(), 0.0); }

// Q of the first `size` counts, of which P differs in the last one only; `last` is what P has there.
std::vector<double> Spread(std::span<const double> counts, double last) {
  const size_t size = counts.size();
  const size_t width = size / kLargestInteger;
  std::vector<double> spread(size);
  for (size_t group = 0; group < kLargestInteger; ++group) {
    const size_t begin = group * width;
    const size_t end = group + 1 == kLargestInteger ? size : begin + width;
    double sum = 0;
    double used = 0;
    for (size_t i = begin; i < end; ++i) {
      sum += counts[i];
      used += (i + 1 == size ? last : counts[i]) != 0 ? 1 : 0;
    }
    for (size_t i = begin; i < end; ++i) {
      if ((i + 1 == size ? last : counts[i]) != 0) spread[i] = sum / used;
    }
  }
  return spread;
}

// `rest` is how much of `total` lies behind the counts.
double Divergence(std::span<const double> counts, double rest, double total) {
  const double last = counts.back() + rest;
  const std::vector<double> q = Spread(counts, last);
  const double sum_of_q = Sum(q);
  double divergence = 0;
  for (size_t i = 0; i < q.size(); ++i) {
    const double p = i + 1 == q.size() ? last : counts[i];
    if (p == 0) continue;
    if (q[i] == 0) return std::numeric_limits<double>::infinity();
    divergence += p * (std::log(sum_of_q * p) - std::log(total * q[i]));
  }
  return divergence / total;
}

}  // namespace

double PercentileThreshold(std::span<const double> counts, double limit, double share) {
  const double total = Sum(counts);
  double running = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    running += counts[i] / total;
    if (running >= share) return MiddleOf(i, counts, limit);
  }
  // Only rounding keeps the shares from reaching it: all lies below the last bin that isn't empty.
  for (size_t i = counts.size(); i-- > 0;) {
    if (counts[i] != 0) return MiddleOf(i, counts, limit);
  }
  return limit;
}

double KlThreshold(std::span<const double> counts, double limit) {
  const double total = Sum(counts);
  const size_t middle = (counts.size() - 1) / 2;
  double before = Sum(counts.first(middle));  // of the first i counts
  double least = std::numeric_limits<double>::infinity();
  size_t found = 0;
  for (size_t i = middle; i < counts.size(); ++i) {
    if (i > 0 && counts[i - 1] != 0) {
      const double divergence = Divergence(counts.first(i), total - before, total);
      if (found == 0 || divergence < least) {
        least = divergence;
        found = i;
      }
    }
    before += counts[i];
  }
  if (found == 0) {
    found = middle;
    while (found > 0 && counts[found] == 0) --found;
  }
  return MiddleOf(found, counts, limit);
}

double MseThreshold(std::span<const double> counts, double limit) {
  constexpr double kFirst = 0.3;
  constexpr double kStep = 0.02;
  size_t used = counts.size();
  while (used > 1 && counts[used - 1] == 0) --used;
  const double top = static_cast<double>(used) * limit / static_cast<double>(counts.size());
  double least = std::numeric_limits<double>::infinity();
  double found = top;
  double factor = kFirst;
  while (factor <= 1.0) {
    const double threshold = factor * top;
    double error = 0;
    for (size_t i = 0; i < used; ++i) {
      if (counts[i] == 0) continue;
      const double x = MiddleOf(i, counts, limit);
      const double integer = std::min(std::nearbyint(x / threshold * kLargestInteger), double{kLargestInteger});
      const double off = x - integer * threshold / kLargestInteger;
      error += counts[i] * off * off;
    }
    if (error <= least) {
      least = error;
      found = threshold;
    }
    factor += kStep;
  }
  return found;
}

}  // namespace pdquant
