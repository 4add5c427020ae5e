// Maps and sets of names. They keep their entries in one array, since misses of the cache are what a look-up costs.
#ifndef PDQUANT_IR_NAME_MAP_H_
#define PDQUANT_IR_NAME_MAP_H_

#include <tsl/robin_map.h>
#include <tsl/robin_set.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace pdquant {

struct NameHash {
  using is_transparent = void;
  size_t operator()(std::string_view name) const;
};

// The names stay where they are: the map holds views. An entry's value is changed through `value()` of its iterator.
template <typename Value>
using NameMap = tsl::robin_map<std::string_view, Value, NameHash, std::equal_to<>,
                               std::allocator<std::pair<std::string_view, Value>>, true>;

// Holds the names itself.
using NameSet = tsl::robin_set<std::string, NameHash, std::equal_to<>, std::allocator<std::string>, true>;

}  // namespace pdquant

#endif  // PDQUANT_IR_NAME_MAP_H_
