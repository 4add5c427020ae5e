#include "ir/name_table.h"

#include <sys/random.h>

// Inlined: names are short.
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace pdquant {
namespace {

// Another one in each process, so that nobody can make a file whose names collide: the tables would grow until the
// memory ends. Nothing depends on the order of a table.
uint64_t RandomSeed() {
  uint64_t seed = 0;
  return getrandom(&seed, sizeof seed, GRND_NONBLOCK) == sizeof seed ? seed : 0;
}

const uint64_t kSeed = RandomSeed();

}  // namespace

size_t NameHash::operator()(std::string_view name) const {
  return XXH3_64bits_withSeed(name.data(), name.size(), kSeed);
}

NameTable::NameTable(size_t expected)
    : names_(std::make_unique<Names>()), ids_(0, Hash{names_.get()}, Equal{names_.get()}) {
  ids_.max_load_factor(kMaxLoad);
  ids_.reserve(expected);
  names_->reserve(expected);
}

NameId NameTable::Intern(std::string_view name) {
  const size_t hash = ids_.hash_function()(name);
  const auto found = ids_.find(name, hash);
  if (found != ids_.end()) return *found;
  const auto id = static_cast<NameId>(names_->size());
  names_->push_back(name);
  ids_.insert(id);
  return id;
}

NameId NameTable::Find(std::string_view name) const {
  const auto found = ids_.find(name);
  return found == ids_.end() ? kNoName : *found;
}

}  // namespace pdquant
