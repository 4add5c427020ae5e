#include "ir/name_table.h"

// Inlined: names are short.
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace pdquant {

size_t NameTable::Hash::operator()(std::string_view name) const { return XXH3_64bits(name.data(), name.size()); }

NameTable::NameTable(size_t expected)
    : arena_(std::make_unique<std::pmr::monotonic_buffer_resource>()),
      ids_(std::make_unique<std::pmr::unordered_map<std::string_view, NameId, Hash>>(arena_.get())) {
  ids_->reserve(expected);
  names_.reserve(expected);
}

NameId NameTable::Intern(std::string_view name) {
  const auto [entry, added] = ids_->try_emplace(name, static_cast<NameId>(names_.size()));
  if (added) names_.push_back(name);
  return entry->second;
}

NameId NameTable::Find(std::string_view name) const {
  const auto entry = ids_->find(name);
  return entry == ids_->end() ? kNoName : entry->second;
}

}  // namespace pdquant
