#include "quantize/transpile/pair_table.h"

#include <algorithm>

namespace pdquant {

size_t PairTable::KeyHash::operator()(const Key& key) const {
  uint64_t hash = (static_cast<uint64_t>(key.var) << 32U | key.number) * 0x9E3779B97F4A7C15U;
  const uint64_t way = static_cast<uint64_t>(key.rounding.bits) << 8U | static_cast<uint64_t>(key.rounding.axis + 1);
  hash ^= (way ^ reinterpret_cast<uintptr_t>(key.rounding.kind)) * 0xD6E8FEB86659FD93U;
  hash ^= (static_cast<uint64_t>(key.block) << 1U | (key.backward ? 1U : 0U)) * 0xC2B2AE3D27D4EB4FU;
  return static_cast<size_t>(hash ^ hash >> 29U);
}

uint32_t PairTable::Add(Pair pair) {
  const auto number = static_cast<uint32_t>(pairs_.size());
  const PairRequest& request = pair.request;
  const size_t level = open_.LevelOf(request.block);
  const bool in_open_body = level != 0 && level != BlockStack::kClosed;
  has_[pair.var] = true;
  const Rounding rounding = Rounding::Of(request);
  const auto note = [&](uint32_t value) {
    by_value_.try_emplace({pair.var, value, request.block, request.backward, rounding}, number);
    if (in_open_body) in_open_bodies_[{pair.var, value, kNoBlock, false, rounding}].push_back(number);
  };
  note(pair.value.number);
  if (pair.value.flat != pair.value.number) note(pair.value.flat);
  if (in_open_body) {
    if (level >= of_level_.size()) of_level_.resize(level + 1);
    of_level_[level].push_back(number);
  }
  pairs_.push_back(std::move(pair));
  return number;
}

void PairTable::Close(size_t level) {
  if (level >= of_level_.size()) return;
  for (const uint32_t pair : of_level_[level]) {
    for (const uint32_t value : {pairs_[pair].value.number, pairs_[pair].value.flat}) {
      const auto found =
          in_open_bodies_.find({pairs_[pair].var, value, kNoBlock, false, Rounding::Of(pairs_[pair].request)});
      if (found == in_open_bodies_.end()) continue;
      std::erase(found->second, pair);
      if (found->second.empty()) in_open_bodies_.erase(found);
    }
  }
  of_level_[level].clear();
}

std::optional<uint32_t> PairTable::Find(VarId var, uint32_t number, const Rounding& rounding, uint32_t block,
                                        bool backward_reader) const {
  auto found = by_value_.find({var, number, block, false, rounding});
  if (found == by_value_.end() && backward_reader) found = by_value_.find({var, number, block, true, rounding});
  if (found == by_value_.end()) return std::nullopt;
  return found->second;
}

std::optional<uint32_t> PairTable::FindOpen(VarId var, uint32_t number, const Rounding& rounding,
                                            bool backward_reader) const {
  const size_t outermost = open_.OutermostFor(var);
  if (const auto found = in_open_bodies_.find({var, number, kNoBlock, false, rounding});
      found != in_open_bodies_.end()) {
    for (auto pair = found->second.rbegin(); pair != found->second.rend(); ++pair) {
      const PairRequest& request = pairs_[*pair].request;
      if (open_.IsOpenFrom(request.block, outermost) && (backward_reader || !request.backward)) return *pair;
    }
  }
  return outermost == 0 ? Find(var, number, rounding, open_.root().block, backward_reader) : std::nullopt;
}

std::optional<uint32_t> PairTable::FindAround(VarId var, uint32_t number, const Rounding& rounding, uint32_t block,
                                              bool backward_reader) const {
  const Program& program = index_.program();
  for (int32_t b = program.block(block).parent; b >= 0; b = program.block(static_cast<size_t>(b)).parent) {
    if (const auto pair = Find(var, number, rounding, static_cast<uint32_t>(b), backward_reader)) return pair;
  }
  return std::nullopt;
}

}  // namespace pdquant
