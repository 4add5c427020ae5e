#ifndef PDQUANT_BASE_FIND_ROW_H_
#define PDQUANT_BASE_FIND_ROW_H_

#include <algorithm>
#include <iterator>

namespace pdquant {

// The first row of a table, an array or what is like one, whose `member` is `value`; null without one.
template <typename Rows, typename Member, typename Value>
auto FindRow(const Rows& rows, Member member, const Value& value) -> decltype(&*std::begin(rows)) {
  const auto found =
      std::find_if(std::begin(rows), std::end(rows), [&](const auto& row) { return row.*member == value; });
  return found == std::end(rows) ? nullptr : &*found;
}

// Whether a list holds a value.
template <typename List, typename Value>
bool Contains(const List& list, const Value& value) {
  return std::find(std::begin(list), std::end(list), value) != std::end(list);
}

}  // namespace pdquant

#endif  // PDQUANT_BASE_FIND_ROW_H_
