#include <string>
#include <vector>

#include "analysis/control_flow.h"
#include "base/escape.h"
#include "check/rules.h"
#include "paddle/names.h"
#include "paddle/op_role.h"

namespace pdquant {
namespace {

constexpr char kDamaged[] = "the file is damaged, or two programs were written one after the other: export it again";

// Of blocks that are nested and the backward of others, that of n levels sees about 2n. Paddle's models have a handful
// of levels.
constexpr size_t kMostVisible = Index::kMostVisibleBlocks;

Place PlaceOfBlock(size_t block) {
  Place place;
  place.block = static_cast<int32_t>(block);
  return place;
}

// Blocks are made after those that they are in or the backward of, so both numbers are smaller: this rules out cycles,
// too.
bool CheckEarlier(size_t block, int32_t number, const char* field, Findings* findings) {
  if (number >= 0 && static_cast<size_t>(number) < block) return true;
  findings->Error("block-parent", PlaceOfBlock(block),
                  std::string(field) + " is " + std::to_string(number) + ", which is no earlier block", kDamaged);
  return false;
}

// Paddle 2.x's gradient merge puts the optimizer into a block that it calls the backward of itself: nothing comes of
// it.
bool IsMergedOptimizer(const Index& index, size_t block) {
  const Block& b = index.program().block(block);
  for (OpId op = b.first_op; op < b.first_op + b.op_count; ++op) {
    if (PartOf(index, op) == OpPart::kOptimizer) return true;
  }
  return false;
}

bool CheckForward(const Index& index, size_t block, Findings* findings) {
  const int32_t forward = index.program().block(block).forward;
  if (forward == -1) return true;
  if (forward == static_cast<int32_t>(block) && block != 0 && IsMergedOptimizer(index, block)) return true;
  return CheckEarlier(block, forward, "forward_block_idx", findings);
}

}  // namespace

bool CheckBlocks(const Index& index, Findings* findings) {
  const Program& program = index.program();
  bool sound = true;
  for (size_t i = 0; i < program.blocks().size(); ++i) {
    const Block& block = program.block(i);
    if (block.idx < 0 || static_cast<size_t>(block.idx) != i) {
      findings->Error("block-index", PlaceOfBlock(i),
                      "idx is " + std::to_string(block.idx) + " instead of " + std::to_string(i), kDamaged);
      sound = false;
    }
    if (i != 0) {
      sound &= CheckEarlier(i, block.parent, "parent_idx", findings);
    } else if (block.parent != -1) {
      findings->Error("block-parent", PlaceOfBlock(i),
                      "parent_idx of the first block is " + std::to_string(block.parent) + " instead of -1", kDamaged);
      sound = false;
    }
    sound &= CheckForward(index, i, findings);
  }
  return sound;
}

bool CheckVisibleBlocks(const Index& index, Findings* findings) {
  bool sound = true;
  for (size_t i = 0; i < index.program().blocks().size(); ++i) {
    if (!index.SeesForward(i) || index.VisibleBlocks(i).size() <= kMostVisible) continue;
    findings->Error(
        "block-parent", PlaceOfBlock(i),
        "sees more than " + std::to_string(kMostVisible) + " blocks through parent_idx and forward_block_idx",
        kDamaged);
    sound = false;
  }
  return sound;
}

namespace {

// What is wrong about a reference to a block; empty where it may stand.
std::string WrongReference(const Program& program, const BlockReference& reference) {
  const auto target = static_cast<size_t>(reference.block);
  if (reference.block < 0 || target >= program.blocks().size()) return "which the program doesn't have";
  if (target == 0) return "the main block, which nothing may own";
  if (target == program.BlockOfOp(reference.op)) return "which the op itself is in";
  return "";
}

}  // namespace

bool CheckSubBlocks(const Index& index, Findings* findings) {
  constexpr char kHint[] = "Paddle crashes on such a program: export it again";
  const Program& program = index.program();
  bool sound = true;
  std::vector<OpId> owner(index.block_references().empty() ? 0 : program.blocks().size(), kNoOp);
  for (const BlockReference& reference : index.block_references()) {
    const std::string wrong = WrongReference(program, reference);
    const std::string names = "names block " + std::to_string(reference.block) + ", ";
    const Place place = PlaceOfOp(index, reference.op, "attribute " + Quote(index.name(reference.attribute)));
    if (!wrong.empty()) {
      findings->Error("sub-block", place, names + wrong, kHint);
      sound = false;
      continue;
    }
    OpId& runner = owner[static_cast<size_t>(reference.block)];
    if (runner != kNoOp && !IsGradientTypeOf(index.type(reference.op), index.type(runner))) {
      findings->Error("sub-block", place, names + "which " + ToString(PlaceOfOp(index, runner)) + " owns already",
                      "only an op and its gradient op may share a block: export it again");
      sound = false;
    }
    runner = reference.op;
  }
  // Owners in a circle: from each block outwards, no block may come twice.
  std::vector<uint32_t> seen(owner.size(), 0);
  for (uint32_t start = 1; start < owner.size(); ++start) {
    uint32_t b = start;
    while (seen[b] == 0 && owner[b] != kNoOp) {
      seen[b] = start;
      b = static_cast<uint32_t>(program.BlockOfOp(owner[b]));
    }
    if (seen[b] == start) {
      findings->Error("sub-block", PlaceOfBlock(b), "the block is inside itself, through the ops that own blocks",
                      kHint);
      sound = false;
    }
  }
  return sound;
}

std::vector<bool> BlocksThatRun(const Index& index) {
  const Program& program = index.program();
  std::vector<bool> runs(program.blocks().size());
  std::vector<std::vector<uint32_t>> inner(index.block_references().empty() ? 0 : runs.size());
  for (const BlockReference& reference : index.block_references()) {
    if (reference.block > 0 && static_cast<size_t>(reference.block) < runs.size())
      inner[program.BlockOfOp(reference.op)].push_back(static_cast<uint32_t>(reference.block));
  }
  std::vector<uint32_t> found = {0};
  runs[0] = true;
  for (size_t i = 0; i < found.size() && !inner.empty(); ++i) {
    for (const uint32_t block : inner[found[i]]) {
      if (!runs[block]) found.push_back(block);
      runs[block] = true;
    }
  }
  return runs;
}

}  // namespace pdquant
