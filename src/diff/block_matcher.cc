#include "diff/block_matcher.h"

#include <algorithm>

namespace pdquant {
namespace {

// By block: whether an op runs it that is found by going from main, and from what no op runs, into the blocks of ops.
std::vector<bool> OwnedBlocks(const ComparedProgram& compared) {
  const Program& program = compared.program();
  const size_t count = program.blocks().size();
  std::vector<bool> owned(count);
  for (const BlockReference& reference : compared.index().block_references()) {
    if (reference.block >= 0 && static_cast<size_t>(reference.block) < count)
      owned[static_cast<size_t>(reference.block)] = true;
  }
  std::vector<uint32_t> queue;
  std::vector<bool> reached(count);
  for (uint32_t block = 0; block < count; ++block) {
    if (block != 0 && owned[block]) continue;
    queue.push_back(block);
    reached[block] = true;
  }
  while (!queue.empty()) {
    const Block& block = program.block(queue.back());
    queue.pop_back();
    for (OpId op = block.first_op; op < block.first_op + block.op_count; ++op) {
      for (const BlockReference& reference : compared.blocks_of(op)) {
        const auto inner = static_cast<size_t>(reference.block);
        if (reference.block < 0 || inner >= count || reached[inner]) continue;
        reached[inner] = true;
        queue.push_back(static_cast<uint32_t>(inner));
      }
    }
  }
  for (size_t block = 0; block < count; ++block) owned[block] = owned[block] && reached[block];
  return owned;
}

}  // namespace

BlockMatcher::BlockMatcher(const ComparedProgram& a, const ComparedProgram& b, const MatchKeys& keys,
                           const DiffOptions& options, MatchBy by)
    : a_(a),
      b_(b),
      keys_(keys),
      options_(options),
      by_(by),
      comparer_(a, b, matching_, options),
      doubtful_(a.program().op_count()),
      reserved_a_(a.program().op_count()),
      reserved_b_(b.program().op_count()) {
  matching_.ops = Partners(a.program().op_count(), b.program().op_count());
  matching_.blocks = Partners(a.program().blocks().size(), b.program().blocks().size());
  matching_.moved.resize(a.program().op_count());
}

void BlockMatcher::AddBlocks(uint32_t a, uint32_t b, OpId owner_a) {
  matching_.blocks.Join(a, b);
  matching_.block_pairs.push_back({a, b, owner_a});
}

// The blocks that attributes of one name refer to, in turn.
void BlockMatcher::AddBodies(OpId a, OpId b) {
  if (a_.blocks_of(a).empty() || b_.blocks_of(b).empty()) return;
  using Body = std::pair<std::string_view, int32_t>;  // attribute, block
  const auto before = [](const Body& x, const Body& y) { return x.first < y.first; };
  const auto sorted = [&](const ComparedProgram& compared, OpId op) {
    std::vector<Body> bodies;
    for (const BlockReference& reference : compared.blocks_of(op))
      bodies.emplace_back(compared.index().name(reference.attribute), reference.block);
    std::stable_sort(bodies.begin(), bodies.end(), before);
    return bodies;
  };
  const std::vector<Body> of_a = sorted(a_, a);
  const std::vector<Body> of_b = sorted(b_, b);
  const auto is_free = [](int32_t block, const std::vector<uint32_t>& partners) {
    return block > 0 && static_cast<size_t>(block) < partners.size() &&
           partners[static_cast<size_t>(block)] == kNoPartner;
  };
  ForEachCommon(of_a, of_b, before, [&](const Body& x, const Body& y) {
    if (is_free(x.second, matching_.blocks.b_of_a) && is_free(y.second, matching_.blocks.a_of_b)) {
      AddBlocks(static_cast<uint32_t>(x.second), static_cast<uint32_t>(y.second), a);
    }
  });
}

// Blocks that no op runs: those with the same ops first, then in their order.
void BlockMatcher::AddOrphans() {
  std::vector<uint32_t> left_a;
  std::vector<uint32_t> left_b;
  const auto collect = [](const ComparedProgram& compared, const std::vector<uint32_t>& partners,
                          std::vector<uint32_t>* left) {
    const std::vector<bool> owned = OwnedBlocks(compared);
    for (uint32_t block = 0; block < partners.size(); ++block) {
      if (!owned[block] && partners[block] == kNoPartner) left->push_back(block);
    }
  };
  collect(a_, matching_.blocks.b_of_a, &left_a);
  collect(b_, matching_.blocks.a_of_b, &left_b);
  const auto match = [&](const auto& key_a, const auto& key_b) {
    std::vector<uint64_t> sequence_a;
    std::vector<uint64_t> sequence_b;
    sequence_a.reserve(left_a.size());
    sequence_b.reserve(left_b.size());
    for (const uint32_t block : left_a) sequence_a.push_back(key_a(block));
    for (const uint32_t block : left_b) sequence_b.push_back(key_b(block));
    for (const auto& [i, j] : MatchSequences(sequence_a, sequence_b)) AddBlocks(left_a[i], left_b[j], kNoPartner);
    std::erase_if(left_a, [&](uint32_t block) { return matching_.blocks.b_of_a[block] != kNoPartner; });
    std::erase_if(left_b, [&](uint32_t block) { return matching_.blocks.a_of_b[block] != kNoPartner; });
  };
  const auto content = [](const ComparedProgram& compared, const std::vector<OpKeys>& keys) {
    return [&compared, &keys](uint32_t block) {
      const Block& found = compared.program().block(block);
      uint64_t key = 1;
      for (OpId op = found.first_op; op < found.first_op + found.op_count; ++op) key = MixKeys(key, keys[op].form);
      return key;
    };
  };
  if (left_a.empty() || left_b.empty()) return;
  match(content(a_, keys_.ops_a), content(b_, keys_.ops_b));
  const auto same = [](uint32_t) { return uint64_t{1}; };
  match(same, same);
}

void BlockMatcher::RunStage(const BlockPair& pair, const Stage& stage) {
  const Block& block_a = a_.program().block(pair.a);
  const Block& block_b = b_.program().block(pair.b);
  std::vector<uint64_t> gap_a;
  std::vector<uint64_t> gap_b;
  std::vector<OpId> ops_a;
  std::vector<OpId> ops_b;
  OpId next_b = block_b.first_op;
  const auto match_gap = [&](OpId begin_a, OpId end_a, OpId begin_b, OpId end_b) {
    if (begin_a == end_a || begin_b == end_b) return;
    const auto collect = [](OpId begin, OpId end, OpId first, const std::vector<uint64_t>& keys,
                            const std::vector<uint32_t>& partners, const std::vector<bool>& reserved,
                            std::vector<uint64_t>* gap, std::vector<OpId>* ops) {
      gap->clear();
      ops->clear();
      for (OpId op = begin; op < end; ++op) {
        if (keys[op - first] == 0 || reserved[op] || partners[op] != kNoPartner) continue;
        gap->push_back(keys[op - first]);
        ops->push_back(op);
      }
    };
    collect(begin_a, end_a, block_a.first_op, stage.a, matching_.ops.b_of_a, reserved_a_, &gap_a, &ops_a);
    collect(begin_b, end_b, block_b.first_op, stage.b, matching_.ops.a_of_b, reserved_b_, &gap_b, &ops_b);
    for (const auto& [i, j] : MatchSequences(gap_a, gap_b)) {
      matching_.ops.Join(ops_a[i], ops_b[j]);
      doubtful_[ops_a[i]] = !stage.sure;
    }
  };
  OpId begin_a = block_a.first_op;
  const OpId end_a = block_a.first_op + block_a.op_count;
  for (const auto& [a, partner] : PairsInOrder(block_a)) {
    match_gap(begin_a, a, next_b, partner);
    begin_a = a + 1;
    next_b = partner + 1;
  }
  match_gap(begin_a, end_a, next_b, block_b.first_op + block_b.op_count);
}

template <typename KeyOf>
BlockMatcher::Stage BlockMatcher::MakeStage(const BlockPair& pair, bool sure, KeyOf&& key_of) const {
  Stage stage;
  stage.sure = sure;
  const auto fill = [&](const Block& block, const std::vector<OpKeys>& keys, const std::vector<uint64_t>& context,
                        std::vector<uint64_t>* out) {
    out->reserve(block.op_count);
    for (OpId op = block.first_op; op < block.first_op + block.op_count; ++op) {
      out->push_back(key_of(keys[op], context[op]));
    }
  };
  fill(a_.program().block(pair.a), keys_.ops_a, keys_.context_a, &stage.a);
  fill(b_.program().block(pair.b), keys_.ops_b, keys_.context_b, &stage.b);
  return stage;
}

void BlockMatcher::MatchOps(const BlockPair& pair) {
  using Keys = const OpKeys&;
  const auto run = [&](bool sure, auto key_of) { RunStage(pair, MakeStage(pair, sure, key_of)); };
  const auto with = [](uint64_t key, uint64_t names) { return names == 0 ? 0 : MixKeys(key, names); };
  if (by_ == MatchBy::kNames) {
    run(true, [](Keys op, uint64_t) { return MixKeys(MixKeys(op.type, op.attributes), op.inputs + op.outputs); });
    run(true, [&](Keys op, uint64_t) { return with(op.type, op.outputs); });
    run(true, [&](Keys op, uint64_t) { return with(op.type, op.inputs); });
    ReserveMoved(pair);
    run(false, [](Keys op, uint64_t) { return op.result; });
  } else {
    MatchStructures(a_, *keys_.structure_a, b_, *keys_.structure_b, pair, &matching_.ops);
    run(true, [](Keys, uint64_t context) { return context; });
  }
  run(true, [](Keys op, uint64_t) { return op.form; });
  run(false, [](Keys op, uint64_t) { return MixKeys(op.type, op.plain); });
  run(false, [](Keys op, uint64_t) { return op.type; });
}

void BlockMatcher::ReserveMoved(const BlockPair& pair) {
  const auto key_of = [](const OpKeys& op) {
    return op.outputs != 0 ? MixKeys(op.type, op.outputs) : MixKeys(MixKeys(op.type, op.attributes), op.inputs);
  };
  const auto left = [&](const Block& block, const std::vector<uint32_t>& partners, const std::vector<OpKeys>& keys) {
    std::vector<uint64_t> left_keys;
    for (OpId op = block.first_op; op < block.first_op + block.op_count; ++op) {
      if (partners[op] == kNoPartner) left_keys.push_back(key_of(keys[op]));
    }
    std::sort(left_keys.begin(), left_keys.end());
    return left_keys;
  };
  const Block& block_a = a_.program().block(pair.a);
  const Block& block_b = b_.program().block(pair.b);
  const std::vector<uint64_t> left_a = left(block_a, matching_.ops.b_of_a, keys_.ops_a);
  const std::vector<uint64_t> left_b = left(block_b, matching_.ops.a_of_b, keys_.ops_b);
  const auto reserve = [&](const Block& block, const std::vector<uint32_t>& partners, const std::vector<OpKeys>& keys,
                           const std::vector<uint64_t>& others, std::vector<bool>* reserved) {
    for (OpId op = block.first_op; op < block.first_op + block.op_count; ++op) {
      if (partners[op] != kNoPartner) continue;
      (*reserved)[op] = std::binary_search(others.begin(), others.end(), key_of(keys[op]));
    }
  };
  reserve(block_a, matching_.ops.b_of_a, keys_.ops_a, left_b, &reserved_a_);
  reserve(block_b, matching_.ops.a_of_b, keys_.ops_b, left_a, &reserved_b_);
}

void BlockMatcher::MatchFrom(size_t first_pair) {
  for (size_t i = first_pair; i < matching_.block_pairs.size(); ++i) {
    const BlockPair pair = matching_.block_pairs[i];
    MatchOps(pair);
    const Block& block = a_.program().block(pair.a);
    for (OpId op = block.first_op; op < block.first_op + block.op_count; ++op) {
      if (matching_.ops.b_of_a[op] != kNoPartner) AddBodies(op, matching_.ops.b_of_a[op]);
    }
  }
}

// Ops that have nothing in common but their type are no pair, nor are their blocks.
void BlockMatcher::DropUnalike() {
  std::vector<BlockPair> staying;
  for (const BlockPair& pair : matching_.block_pairs) {
    const bool is_main = pair.owner_a == kNoPartner;
    const Block& block = a_.program().block(pair.a);
    const bool stays = is_main || matching_.ops.b_of_a[pair.owner_a] != kNoPartner;
    for (OpId a = block.first_op; a < block.first_op + block.op_count; ++a) {
      const OpId b = matching_.ops.b_of_a[a];
      if (b == kNoPartner) continue;
      const bool has_arguments = !a_.index().inputs(a).empty() || !a_.index().outputs(a).empty();
      const bool alike =
          has_arguments ? comparer_.SharedArguments(a, b) != 0 : keys_.ops_a[a].plain == keys_.ops_b[b].plain;
      if (!stays || !alike) matching_.ops.Part(a);
    }
    if (stays) {
      staying.push_back(pair);
    } else {
      matching_.blocks.Part(pair.a);
    }
  }
  matching_.block_pairs = std::move(staying);
}

uint64_t BlockMatcher::ArgumentsInB(std::span<const Argument> arguments, uint64_t seed) const {
  uint64_t key = 0;
  for (const Argument& argument : arguments) {
    const NameId partner = matching_.names.b_of_a[argument.name];
    if (partner == kNoPartner) return 0;
    key += MixKeys(seed, partner);
  }
  return key;
}

uint64_t BlockMatcher::ArgumentsOfB(std::span<const Argument> arguments, uint64_t seed) const {
  uint64_t key = 0;
  for (const Argument& argument : arguments) key += MixKeys(seed, argument.name);
  return key;
}

// In order, whatever stands between.
template <typename KeyA, typename KeyB>
void BlockMatcher::MatchLeft(const BlockPair& pair, KeyA&& key_a, KeyB&& key_b) {
  using Left = std::pair<uint64_t, OpId>;  // by key
  const auto collect = [](const Block& block, const std::vector<uint32_t>& partners, auto&& key_of) {
    std::vector<Left> left;
    for (OpId op = block.first_op; op < block.first_op + block.op_count; ++op) {
      if (partners[op] != kNoPartner) continue;
      if (const uint64_t key = key_of(op); key != 0) left.emplace_back(key, op);
    }
    std::sort(left.begin(), left.end());
    return left;
  };
  const std::vector<Left> left_a = collect(a_.program().block(pair.a), matching_.ops.b_of_a, key_a);
  const std::vector<Left> left_b = collect(b_.program().block(pair.b), matching_.ops.a_of_b, key_b);
  const auto before = [](const Left& x, const Left& y) { return x.first < y.first; };
  ForEachCommon(left_a, left_b, before, [&](const Left& x, const Left& y) { matching_.ops.Join(x.second, y.second); });
}

void BlockMatcher::MatchMoved(const BlockPair& pair) {
  const Index& index_a = a_.index();
  const Index& index_b = b_.index();
  const auto type_a = [&](OpId op) { return keys_.ops_a[op].type; };
  const auto type_b = [&](OpId op) { return keys_.ops_b[op].type; };
  MatchLeft(
      pair,
      [&](OpId op) -> uint64_t {
        const uint64_t outputs = ArgumentsInB(index_a.outputs(op), 3);
        const uint64_t inputs = ArgumentsInB(index_a.inputs(op), 5);
        if ((outputs == 0) != index_a.outputs(op).empty() || (inputs == 0) != index_a.inputs(op).empty()) return 0;
        return MixKeys(MixKeys(type_a(op), keys_.ops_a[op].plain), outputs + inputs);
      },
      [&](OpId op) {
        return MixKeys(MixKeys(type_b(op), keys_.ops_b[op].plain),
                       ArgumentsOfB(index_b.outputs(op), 3) + ArgumentsOfB(index_b.inputs(op), 5));
      });
  MatchLeft(
      pair,
      [&](OpId op) {
        const uint64_t outputs = ArgumentsInB(index_a.outputs(op), 3);
        return outputs == 0 ? 0 : MixKeys(type_a(op), outputs);
      },
      [&](OpId op) {
        const uint64_t outputs = ArgumentsOfB(index_b.outputs(op), 3);
        return outputs == 0 ? 0 : MixKeys(type_b(op), outputs);
      });
}

// Of the ops of a block of A that have partners: as many as possible that stand in one order in both programs.
std::vector<MatchPair> BlockMatcher::PairsInOrder(const Block& block) const {
  std::vector<MatchPair> pairs;
  for (OpId a = block.first_op; a < block.first_op + block.op_count; ++a) {
    if (matching_.ops.b_of_a[a] != kNoPartner) pairs.emplace_back(a, matching_.ops.b_of_a[a]);
  }
  std::vector<MatchPair> in_order;
  for (const uint32_t chosen : LongestIncreasing(pairs)) in_order.push_back(pairs[chosen]);
  return in_order;
}

void BlockMatcher::MarkMoved(const BlockPair& pair) {
  const Block& block = a_.program().block(pair.a);
  for (OpId a = block.first_op; a < block.first_op + block.op_count; ++a) {
    matching_.moved[a] = matching_.ops.b_of_a[a] != kNoPartner;
  }
  for (const auto& [a, b] : PairsInOrder(block)) matching_.moved[a] = false;
}

void BlockMatcher::Run() {
  AddBlocks(0, 0, kNoPartner);
  MatchFrom(0);
  const size_t orphans = matching_.block_pairs.size();
  AddOrphans();
  MatchFrom(orphans);
  std::vector<RenameWitness> witnesses;
  for (OpId a = 0; a < doubtful_.size(); ++a) {
    if (matching_.ops.b_of_a[a] != kNoPartner) witnesses.push_back({a, matching_.ops.b_of_a[a], !doubtful_[a]});
  }
  FindRenames(a_, b_, witnesses, &matching_);
  DropUnalike();
  if (options_.ignore_names) FindNumbered(a_, b_, &matching_);
  for (size_t i = 0; i < matching_.block_pairs.size(); ++i) {
    const BlockPair pair = matching_.block_pairs[i];
    MatchMoved(pair);
    MarkMoved(pair);
    const Block& block = a_.program().block(pair.a);
    for (OpId op = block.first_op; op < block.first_op + block.op_count; ++op) {
      if (matching_.ops.b_of_a[op] == kNoPartner || a_.blocks_of(op).empty()) continue;
      const size_t before = matching_.block_pairs.size();
      AddBodies(op, matching_.ops.b_of_a[op]);
      for (size_t k = before; k < matching_.block_pairs.size(); ++k) MatchOps(matching_.block_pairs[k]);
    }
  }
}

size_t BlockMatcher::CountChanges() const {
  size_t changes = matching_.renames.empty() || options_.ignore_names ? 0 : 1;
  for (OpId a = 0; a < matching_.ops.b_of_a.size(); ++a) {
    const OpId b = matching_.ops.b_of_a[a];
    const bool moved = matching_.moved[a] && !options_.ignore_order;
    if (b == kNoPartner || moved || !comparer_.OpsEqual(a, b)) ++changes;
  }
  for (const uint32_t partner : matching_.ops.a_of_b) changes += partner == kNoPartner ? 1U : 0U;
  return changes;
}

bool BlockMatcher::NamesMatter() const {
  for (OpId a = 0; a < matching_.ops.b_of_a.size(); ++a) {
    const OpId b = matching_.ops.b_of_a[a];
    if (b == kNoPartner || matching_.moved[a]) return true;
    if (keys_.ops_a[a].inputs != keys_.ops_b[b].inputs || keys_.ops_a[a].outputs != keys_.ops_b[b].outputs) return true;
  }
  return false;
}

}  // namespace pdquant
