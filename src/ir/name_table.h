// Names become numbers once.
#ifndef PDQUANT_IR_NAME_TABLE_H_
#define PDQUANT_IR_NAME_TABLE_H_

#include <cstdint>
#include <memory>
#include <memory_resource>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace pdquant {

using NameId = uint32_t;
inline constexpr NameId kNoName = UINT32_MAX;

// Gives each different text an id: 0, 1, 2 … in the order of their first appearance. The texts stay where they are: the
// table holds views, valid as long as what they view.
class NameTable {
 public:
  explicit NameTable(size_t expected);
  NameTable(NameTable&&) = default;

  NameId Intern(std::string_view name);
  // kNoName where the name was never interned.
  NameId Find(std::string_view name) const;
  std::string_view name(NameId id) const { return names_[id]; }
  size_t size() const { return names_.size(); }

 private:
  // Nodes are never freed one by one: an arena saves an allocation for each.
  std::unique_ptr<std::pmr::monotonic_buffer_resource> arena_;
  struct Hash {
    size_t operator()(std::string_view name) const;
  };
  std::unique_ptr<std::pmr::unordered_map<std::string_view, NameId, Hash>> ids_;
  std::vector<std::string_view> names_;
};

}  // namespace pdquant

#endif  // PDQUANT_IR_NAME_TABLE_H_
