#include <algorithm>
#include <span>

#include "base/find_row.h"
#include "diff/program_diff.h"

namespace pdquant {
namespace {

// More names than that in the blocks of ops that may have moved: then they aren't followed.
constexpr size_t kMostInnerNames = size_t{4} << 20U;

// Which op an op has its value of a variable from: the last one before it in the block that writes it, or kNoPartner.
struct Read {
  NameId name;
  OpId writer;
};

struct BlockFlow {
  std::vector<Read> reads;     // op after op, sorted by name
  std::vector<size_t> begins;  // by op, and the end
  std::vector<Read> last;      // by name: who wrote last

  std::span<const Read> of(size_t op) const {
    return std::span(reads).subspan(begins[op], begins[op + 1] - begins[op]);
  }
};

class FlowReader {
 public:
  explicit FlowReader(const ComparedProgram& compared)
      : compared_(compared),
        writers_(compared.index().names().size(), kNoPartner),
        seen_(compared.program().blocks().size()) {}

  // False where it would take too long.
  bool Follow(uint32_t block_number, BlockFlow* flow) {
    const Block& block = compared_.program().block(block_number);
    for (OpId op = block.first_op; op < block.first_op + block.op_count; ++op) {
      flow->begins.push_back(flow->reads.size());
      if (!CollectNames(op)) return false;
      for (const NameId name : used_) flow->reads.push_back({name, writers_[name]});
      for (const NameId name : written_) {
        if (writers_[name] == kNoPartner) all_written_.push_back(name);
        writers_[name] = op;
      }
    }
    flow->begins.push_back(flow->reads.size());
    for (const NameId name : all_written_) {
      flow->last.push_back({name, writers_[name]});
      writers_[name] = kNoPartner;
    }
    all_written_.clear();
    return true;
  }

 private:
  // A write is a read, too: of what it replaces, which may stay in part.
  bool CollectNames(OpId op) {
    used_.clear();
    written_.clear();
    AddNamesOf(op);
    std::vector<uint32_t> blocks;
    ++round_;
    const auto push = [&](OpId owner) {
      for (const BlockReference& reference : compared_.blocks_of(owner)) {
        const auto inner = static_cast<size_t>(reference.block);
        if (reference.block <= 0 || inner >= seen_.size() || seen_[inner] == round_) continue;
        seen_[inner] = round_;
        blocks.push_back(static_cast<uint32_t>(inner));
      }
    };
    push(op);
    while (!blocks.empty()) {
      const Block& block = compared_.program().block(blocks.back());
      blocks.pop_back();
      for (OpId inner = block.first_op; inner < block.first_op + block.op_count; ++inner) {
        const size_t before = used_.size();
        AddNamesOf(inner);
        inner_names_ += used_.size() - before + 1;
        if (inner_names_ > kMostInnerNames) return false;
        push(inner);
      }
    }
    const auto make_unique = [](std::vector<NameId>* names) {
      std::sort(names->begin(), names->end());
      names->erase(std::unique(names->begin(), names->end()), names->end());
    };
    make_unique(&used_);
    make_unique(&written_);
    return true;
  }

  void AddNamesOf(OpId op) {
    for (const Argument& argument : compared_.index().inputs(op)) used_.push_back(argument.name);
    for (const Argument& argument : compared_.index().outputs(op)) {
      used_.push_back(argument.name);
      written_.push_back(argument.name);
    }
  }

  const ComparedProgram& compared_;
  std::vector<OpId> writers_;   // by name
  std::vector<uint32_t> seen_;  // by block: the round
  uint32_t round_ = 0;
  size_t inner_names_ = 0;
  std::vector<NameId> used_;
  std::vector<NameId> written_;
  std::vector<NameId> all_written_;
};

class EffectFinder {
 public:
  EffectFinder(const ComparedProgram& a, const ComparedProgram& b, const Matching& matching)
      : a_(a),
        b_(b),
        matching_(matching),
        reader_a_(a),
        reader_b_(b),
        writer_in_b_(b.index().names().size(), kNoPartner),
        in_b_(b.index().names().size()),
        effects_(a.program().op_count()) {}

  std::vector<bool> Find() {
    for (const BlockPair& pair : matching_.block_pairs) {
      const Block& block = a_.program().block(pair.a);
      const auto first = matching_.moved.begin() + block.first_op;
      if (std::find(first, first + block.op_count, true) != first + block.op_count) FindInBlock(pair);
    }
    return std::move(effects_);
  }

 private:
  void FindInBlock(const BlockPair& pair) {
    const Block& block_a = a_.program().block(pair.a);
    const Block& block_b = b_.program().block(pair.b);
    BlockFlow flow_a;
    BlockFlow flow_b;
    if (!reader_a_.Follow(pair.a, &flow_a) || !reader_b_.Follow(pair.b, &flow_b)) {
      for (OpId a = block_a.first_op; a < block_a.first_op + block_a.op_count; ++a) effects_[a] = matching_.moved[a];
      return;
    }
    for (OpId a = block_a.first_op; a < block_a.first_op + block_a.op_count; ++a) {
      const OpId b = matching_.ops.b_of_a[a];
      if (b != kNoPartner) Compare(flow_a.of(a - block_a.first_op), flow_b.of(b - block_b.first_op), a);
    }
    Compare(flow_a.last, flow_b.last, kNoPartner);
  }

  void Compare(std::span<const Read> reads_a, std::span<const Read> reads_b, OpId reader) {
    for (const Read& read : reads_b) {
      writer_in_b_[read.name] = read.writer;
      in_b_[read.name] = true;
    }
    for (const Read& read : reads_a) {
      const NameId name = matching_.names.b_of_a[read.name];
      if (name == kNoPartner || !in_b_[name]) continue;
      const OpId writer_b = writer_in_b_[name];
      const OpId expected = read.writer == kNoPartner ? kNoPartner : matching_.ops.b_of_a[read.writer];
      if (expected == writer_b && (read.writer == kNoPartner) == (writer_b == kNoPartner)) continue;
      Blame(reader);
      Blame(read.writer);
      if (writer_b != kNoPartner) Blame(matching_.ops.a_of_b[writer_b]);
    }
    for (const Read& read : reads_b) in_b_[read.name] = false;
  }

  void Blame(OpId a) {
    if (a != kNoPartner && matching_.moved[a]) effects_[a] = true;
  }

  const ComparedProgram& a_;
  const ComparedProgram& b_;
  const Matching& matching_;
  FlowReader reader_a_;
  FlowReader reader_b_;
  std::vector<OpId> writer_in_b_;  // by name, of the reads at hand
  std::vector<bool> in_b_;
  std::vector<bool> effects_;
};

}  // namespace

std::vector<bool> MovesWithEffect(const ComparedProgram& a, const ComparedProgram& b, const Matching& matching) {
  if (!Contains(matching.moved, true)) {
    return std::vector<bool>(matching.moved.size());
  }
  return EffectFinder(a, b, matching).Find();
}

}  // namespace pdquant
