#include "diff/sequence_match.h"

#include <algorithm>
#include <dtl/dtl.hpp>

namespace pdquant {
namespace {

// dtl takes n·d steps for d differences: a piece has to be short enough for all of it to differ.
constexpr size_t kPiece = 512;
// Pairs near the end of a piece might be better matched in the next one.
constexpr size_t kSure = 384;
// How often what is unique is looked for again between what was unique before.
constexpr uint32_t kMostLevels = 6;

struct Window {
  uint32_t a_begin, a_end, b_begin, b_end;
  uint32_t level;
};

class Matcher {
 public:
  Matcher(std::span<const uint64_t> a, std::span<const uint64_t> b) : a_(a), b_(b) {}

  std::vector<MatchPair> Run() {
    windows_.push_back({0, static_cast<uint32_t>(a_.size()), 0, static_cast<uint32_t>(b_.size()), 0});
    while (!windows_.empty()) {
      Window window = windows_.back();
      windows_.pop_back();
      Trim(&window);
      if (window.a_begin == window.a_end || window.b_begin == window.b_end) continue;
      if (window.level >= kMostLevels || !MatchUnique(window)) MatchPieces(window);
    }
    std::sort(pairs_.begin(), pairs_.end());
    return std::move(pairs_);
  }

 private:
  struct Occurrence {
    uint64_t key;
    uint32_t position;
    bool in_b;
  };

  void Trim(Window* w) {
    while (w->a_begin < w->a_end && w->b_begin < w->b_end && a_[w->a_begin] == b_[w->b_begin]) {
      pairs_.emplace_back(w->a_begin++, w->b_begin++);
    }
    while (w->a_begin < w->a_end && w->b_begin < w->b_end && a_[w->a_end - 1] == b_[w->b_end - 1]) {
      pairs_.emplace_back(--w->a_end, --w->b_end);
    }
  }

  // False where nothing comes once on each side.
  bool MatchUnique(const Window& w) {
    occurrences_.clear();
    for (uint32_t i = w.a_begin; i < w.a_end; ++i) occurrences_.push_back({a_[i], i, false});
    for (uint32_t j = w.b_begin; j < w.b_end; ++j) occurrences_.push_back({b_[j], j, true});
    std::sort(occurrences_.begin(), occurrences_.end(), [](const Occurrence& x, const Occurrence& y) {
      return x.key != y.key ? x.key < y.key : x.in_b < y.in_b;
    });
    std::vector<MatchPair> unique;
    for (size_t i = 0, end = 0; i < occurrences_.size(); i = end) {
      end = i + 1;
      while (end < occurrences_.size() && occurrences_[end].key == occurrences_[i].key) ++end;
      if (end - i == 2 && !occurrences_[i].in_b && occurrences_[i + 1].in_b) {
        unique.emplace_back(occurrences_[i].position, occurrences_[i + 1].position);
      }
    }
    if (unique.empty()) return false;
    std::sort(unique.begin(), unique.end());
    Window next = {w.a_begin, 0, w.b_begin, 0, w.level + 1};
    for (const uint32_t chosen : LongestIncreasing(unique)) {
      const auto [i, j] = unique[chosen];
      pairs_.emplace_back(i, j);
      next.a_end = i;
      next.b_end = j;
      windows_.push_back(next);
      next.a_begin = i + 1;
      next.b_begin = j + 1;
    }
    next.a_end = w.a_end;
    next.b_end = w.b_end;
    windows_.push_back(next);
    return true;
  }

  static std::vector<uint64_t> Sorted(std::span<const uint64_t> keys) {
    std::vector<uint64_t> sorted(keys.begin(), keys.end());
    std::sort(sorted.begin(), sorted.end());
    return sorted;
  }

  // The positions of keys that the other sequence has, too.
  static std::vector<uint32_t> Common(std::span<const uint64_t> keys, uint32_t begin, uint32_t end,
                                      const std::vector<uint64_t>& other) {
    std::vector<uint32_t> positions;
    for (uint32_t i = begin; i < end; ++i) {
      if (std::binary_search(other.begin(), other.end(), keys[i])) positions.push_back(i);
    }
    return positions;
  }

  void MatchPieces(const Window& w) {
    const auto keys_a = a_.subspan(w.a_begin, w.a_end - w.a_begin);
    const auto keys_b = b_.subspan(w.b_begin, w.b_end - w.b_begin);
    const std::vector<uint32_t> common_a = Common(a_, w.a_begin, w.a_end, Sorted(keys_b));
    const std::vector<uint32_t> common_b = Common(b_, w.b_begin, w.b_end, Sorted(keys_a));
    size_t i = 0;
    size_t j = 0;
    while (i < common_a.size() && j < common_b.size()) {
      const auto part_a = std::span(common_a).subspan(i, std::min(kPiece, common_a.size() - i));
      const auto part_b = std::span(common_b).subspan(j, std::min(kPiece, common_b.size() - j));
      const bool last = i + part_a.size() == common_a.size() && j + part_b.size() == common_b.size();
      size_t next_i = i + std::min(kSure, part_a.size());
      size_t next_j = j + std::min(kSure, part_b.size());
      bool any = false;
      for (const auto& [x, y] : MatchPiece(part_a, part_b)) {
        if (!last && any && (x >= kSure || y >= kSure)) break;
        pairs_.emplace_back(part_a[x], part_b[y]);
        next_i = i + x + 1;
        next_j = j + y + 1;
        any = true;
      }
      if (last) return;
      i = next_i;
      j = next_j;
    }
  }

  // A longest common subsequence.
  std::vector<MatchPair> MatchPiece(std::span<const uint32_t> part_a, std::span<const uint32_t> part_b) const {
    std::vector<uint64_t> keys_a;
    std::vector<uint64_t> keys_b;
    for (const uint32_t i : part_a) keys_a.push_back(a_[i]);
    for (const uint32_t j : part_b) keys_b.push_back(b_[j]);
    dtl::Diff<uint64_t, std::vector<uint64_t>> diff(keys_a, keys_b);
    diff.compose();
    std::vector<MatchPair> pairs;
    for (const auto& [key, info] : diff.getSes().getSequence()) {
      if (info.type != dtl::SES_COMMON) continue;
      pairs.emplace_back(static_cast<uint32_t>(info.beforeIdx - 1), static_cast<uint32_t>(info.afterIdx - 1));
    }
    return pairs;
  }

  std::span<const uint64_t> a_;
  std::span<const uint64_t> b_;
  std::vector<Window> windows_;
  std::vector<Occurrence> occurrences_;
  std::vector<MatchPair> pairs_;
};

}  // namespace

std::vector<MatchPair> MatchSequences(std::span<const uint64_t> a, std::span<const uint64_t> b) {
  return Matcher(a, b).Run();
}

std::vector<uint32_t> LongestIncreasing(std::span<const MatchPair> pairs) {
  std::vector<uint32_t> tails;  // by length - 1: the pair that ends such a sequence lowest
  std::vector<uint32_t> before(pairs.size(), UINT32_MAX);
  for (uint32_t i = 0; i < pairs.size(); ++i) {
    const auto place = std::lower_bound(tails.begin(), tails.end(), pairs[i].second,
                                        [&](uint32_t tail, uint32_t value) { return pairs[tail].second < value; });
    if (place != tails.begin()) before[i] = *(place - 1);
    if (place == tails.end()) {
      tails.push_back(i);
    } else {
      *place = i;
    }
  }
  std::vector<uint32_t> chosen;
  for (uint32_t i = tails.empty() ? UINT32_MAX : tails.back(); i != UINT32_MAX; i = before[i]) chosen.push_back(i);
  std::reverse(chosen.begin(), chosen.end());
  return chosen;
}

}  // namespace pdquant
