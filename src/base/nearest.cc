#include "base/nearest.h"

#include <algorithm>
#include <utility>

#include "base/escape.h"
#include "base/words.h"

namespace pdquant {
namespace {

constexpr size_t kMostNames = 2000;
constexpr size_t kMostBytes = 80;

// The distance of Levenshtein, row by row: what each start of `word` costs against each start of `name`.
size_t Distance(std::string_view word, std::string_view name, std::vector<size_t>* row) {
  row->resize(name.size() + 1);
  for (size_t i = 0; i < row->size(); ++i) (*row)[i] = i;
  for (const char c : word) {
    size_t diagonal = row->front();
    if (c != '*') ++row->front();
    for (size_t i = 1; i < row->size(); ++i) {
      const size_t above = (*row)[i];
      const size_t replaced = diagonal + (c == '?' || c == name[i - 1] ? 0 : 1);
      (*row)[i] = c == '*' ? std::min(above, (*row)[i - 1]) : std::min({replaced, above + 1, (*row)[i - 1] + 1});
      diagonal = above;
    }
  }
  return row->back();
}

}  // namespace

std::vector<std::string_view> NearestNames(std::string_view word, std::span<const std::string_view> names,
                                           size_t count) {
  using Entry = std::pair<size_t, std::string_view>;
  std::vector<Entry> entries;
  std::vector<size_t> row;
  for (const std::string_view name : names.first(std::min(names.size(), kMostNames)))
    entries.emplace_back(Distance(word.substr(0, kMostBytes), name.substr(0, kMostBytes), &row), name);
  count = std::min(count, entries.size());
  std::partial_sort(entries.begin(), entries.begin() + static_cast<ptrdiff_t>(count), entries.end());
  std::vector<std::string_view> nearest;
  for (size_t i = 0; i < count; ++i) nearest.push_back(entries[i].second);
  return nearest;
}

std::string SayNearest(std::span<const std::string_view> nearest) {
  if (nearest.empty()) return "";
  return (nearest.size() == 1 ? "; the nearest is " : "; the nearest are ") + Join(nearest, ", ", Quote);
}

}  // namespace pdquant
