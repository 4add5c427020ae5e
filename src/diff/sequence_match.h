// Which elements of two sequences belong together, by their keys.
#ifndef PDQUANT_DIFF_SEQUENCE_MATCH_H_
#define PDQUANT_DIFF_SEQUENCE_MATCH_H_

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace pdquant {

// Positions in the first and in the second sequence.
using MatchPair = std::pair<uint32_t, uint32_t>;

// Pairs of equal keys, increasing on both sides: a longest common subsequence where the sequences are short or alike.
// In long ones, what comes once on each side is matched first (patience), and what is left between is compared piece by
// piece, so that the time stays below n log n whatever the keys are.
std::vector<MatchPair> MatchSequences(std::span<const uint64_t> a, std::span<const uint64_t> b);

// The pairs that stay when as few as possible are left out for the rest to increase on both sides. `pairs` is sorted by
// its first positions; the result holds indexes into it.
std::vector<uint32_t> LongestIncreasing(std::span<const MatchPair> pairs);

}  // namespace pdquant

#endif  // PDQUANT_DIFF_SEQUENCE_MATCH_H_
