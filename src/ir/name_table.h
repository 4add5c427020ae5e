// Tables of names: maps and sets of them, and the one in which they become numbers once.
#ifndef PDQUANT_IR_NAME_TABLE_H_
#define PDQUANT_IR_NAME_TABLE_H_

#include <tsl/robin_map.h>
#include <tsl/robin_set.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pdquant {

// Maps and sets keep their entries in one array, since misses of the cache are what a look-up costs.
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

using NameId = uint32_t;
inline constexpr NameId kNoName = UINT32_MAX;

// Gives each different text an id: 0, 1, 2 … in the order of their first appearance. The texts stay where they are: the
// table holds views, valid as long as what they view.
class NameTable {
 public:
  explicit NameTable(size_t expected);

  NameId Intern(std::string_view name);
  // kNoName where the name was never interned.
  NameId Find(std::string_view name) const;
  std::string_view name(NameId id) const { return (*names_)[id]; }
  size_t size() const { return names_->size(); }

 private:
  using Names = std::vector<std::string_view>;

  struct Hash {
    const Names* names;
    size_t operator()(std::string_view name) const { return NameHash()(name); }
    size_t operator()(NameId id) const { return NameHash()((*names)[id]); }
  };
  struct Equal {
    using is_transparent = void;
    const Names* names;
    bool operator()(NameId a, NameId b) const { return a == b; }
    bool operator()(NameId id, std::string_view name) const { return (*names)[id] == name; }
    bool operator()(std::string_view name, NameId id) const { return (*names)[id] == name; }
  };

  // Most of the time goes to misses of the cache, so the set is small: numbers and half of their hashes, 12 bytes each.
  static constexpr float kMaxLoad = 0.8F;
  std::unique_ptr<Names> names_;  // where it stays when the table moves
  tsl::robin_set<NameId, Hash, Equal, std::allocator<NameId>, true> ids_;
};

}  // namespace pdquant

#endif  // PDQUANT_IR_NAME_TABLE_H_
