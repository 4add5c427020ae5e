// Matches the ops of two programs, block by block, in one of two ways.
#ifndef PDQUANT_DIFF_BLOCK_MATCHER_H_
#define PDQUANT_DIFF_BLOCK_MATCHER_H_

#include <cstdint>
#include <span>
#include <vector>

#include "diff/comparer.h"
#include "diff/matching.h"
#include "diff/op_keys.h"
#include "diff/renames.h"
#include "diff/sequence_match.h"

namespace pdquant {

enum class MatchBy {
  kNames,  // names tell what is the same: what most changes leave alone
  kForm,   // what ops are and how they hang together tells: names may all be others
};

class BlockMatcher {
 public:
  BlockMatcher(const ComparedProgram& a, const ComparedProgram& b, const MatchKeys& keys, const DiffOptions& options,
               MatchBy by);

  // Matches everything.
  void Run();

  // The number of ops that are inserted, removed, moved or changed, and one more where variables are renamed: of what
  // the options count.
  size_t CountChanges() const;
  // Whether names may play a part in the changes.
  bool NamesMatter() const;
  Matching TakeMatching() { return std::move(matching_); }

 private:
  // Ops with equal keys are matched in the gaps between those that are matched already.
  struct Stage {
    std::vector<uint64_t> a;  // by op of the block; 0 matches nothing
    std::vector<uint64_t> b;
    bool sure = true;  // otherwise what a pair says of renames counts only after all that are sure
  };

  void AddBlocks(uint32_t a, uint32_t b, OpId owner_a);
  void AddBodies(OpId a, OpId b);
  void AddOrphans();
  void MatchFrom(size_t first_pair);
  void MatchOps(const BlockPair& pair);
  std::vector<MatchPair> PairsInOrder(const Block& block) const;
  void RunStage(const BlockPair& pair, const Stage& stage);
  template <typename KeyOf>
  Stage MakeStage(const BlockPair& pair, bool sure, KeyOf&& key_of) const;
  void ReserveMoved(const BlockPair& pair);
  void DropUnalike();
  void MatchMoved(const BlockPair& pair);
  void MarkMoved(const BlockPair& pair);
  uint64_t ArgumentsInB(std::span<const Argument> arguments, uint64_t seed) const;
  uint64_t ArgumentsOfB(std::span<const Argument> arguments, uint64_t seed) const;
  template <typename KeyA, typename KeyB>
  void MatchLeft(const BlockPair& pair, KeyA&& key_a, KeyB&& key_b);

  const ComparedProgram& a_;
  const ComparedProgram& b_;
  const MatchKeys& keys_;
  const DiffOptions& options_;
  MatchBy by_;
  Matching matching_;
  Comparer comparer_;
  std::vector<bool> doubtful_;  // by op of A: its pair is not sure
  // By op: some op of the other program, elsewhere in the block, makes the same; it is no partner for any other.
  std::vector<bool> reserved_a_;
  std::vector<bool> reserved_b_;
};

}  // namespace pdquant

#endif  // PDQUANT_DIFF_BLOCK_MATCHER_H_
