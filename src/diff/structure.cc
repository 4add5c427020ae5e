#include "diff/structure.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "diff/op_keys.h"

namespace pdquant {
namespace {

constexpr uint32_t kNoValue = UINT32_MAX;
// The second round tells apart what differs only in the other users of a variable that no op of the block writes.
constexpr int kRounds = 2;

class StructureMatcher {
 public:
  StructureMatcher(const ProgramStructure& a, const ProgramStructure& b, Partners* ops)
      : a_(a), b_(b), ops_(ops), joined_(a.value_count()) {}

  void Match(const Block& block_a, const Block& block_b) {
    std::vector<std::pair<uint64_t, OpId>> by_key;
    for (OpId b = block_b.first_op; b < block_b.first_op + block_b.op_count; ++b) by_key.emplace_back(b_.key(b), b);
    std::sort(by_key.begin(), by_key.end());
    std::unordered_map<uint64_t, size_t> next;  // by key, the first one in `by_key` that may be without a partner
    for (size_t i = by_key.size(); i-- > 0;) next[by_key[i].first] = i;
    for (OpId a = block_a.first_op; a < block_a.first_op + block_a.op_count; ++a) {
      if (ops_->b_of_a[a] != kNoPartner) continue;
      const auto found = next.find(a_.key(a));
      if (found == next.end()) continue;
      size_t& i = found->second;
      while (i < by_key.size() && by_key[i].first == a_.key(a) && ops_->a_of_b[by_key[i].second] != kNoPartner) ++i;
      if (i == by_key.size() || by_key[i].first != a_.key(a)) continue;
      Join(a, by_key[i].second);
      Spread();
    }
  }

 private:
  using Use = ProgramStructure::Use;

  void Join(OpId a, OpId b) {
    if (ops_->b_of_a[a] != kNoPartner || ops_->a_of_b[b] != kNoPartner || a_.key(a) != b_.key(b)) return;
    ops_->Join(a, b);
    joined_ops_.emplace_back(a, b);
  }

  // Partners write and read partners' values.
  void Spread() {
    while (!joined_ops_.empty()) {
      const auto [a, b] = joined_ops_.back();
      joined_ops_.pop_back();
      JoinUses(a_.inputs(a), b_.inputs(b));
      JoinUses(a_.outputs(a), b_.outputs(b));
    }
  }

  void JoinUses(std::span<const Use> a, std::span<const Use> b) {
    const auto is_single = [](std::span<const Use> uses, size_t i) {
      return (i == 0 || uses[i - 1].place != uses[i].place) &&
             (i + 1 == uses.size() || uses[i + 1].place != uses[i].place);
    };
    if (a.size() != b.size()) return;
    for (size_t i = 0; i < a.size(); ++i) {
      if (a[i].place == b[i].place && is_single(a, i)) JoinValues(a[i].value, b[i].value);
    }
  }

  void JoinValues(uint32_t a, uint32_t b) {
    if (joined_[a]) return;
    joined_[a] = true;
    if (a_.writer(a) != kNoPartner && b_.writer(b) != kNoPartner) Join(a_.writer(a), b_.writer(b));
    using Keyed = std::pair<uint64_t, OpId>;
    const auto readers_left = [](const ProgramStructure& structure, uint32_t value, const auto& partners) {
      std::vector<Keyed> readers;
      for (const auto& [place, op] : structure.readers(value)) {
        if (partners[op] == kNoPartner) readers.emplace_back(MixKeys(place, structure.key(op)), op);
      }
      std::sort(readers.begin(), readers.end());
      return readers;
    };
    const std::vector<Keyed> of_a = readers_left(a_, a, ops_->b_of_a);
    const std::vector<Keyed> of_b = readers_left(b_, b, ops_->a_of_b);
    const auto before = [](const Keyed& x, const Keyed& y) { return x.first < y.first; };
    ForEachCommon(of_a, of_b, before, [this](const Keyed& x, const Keyed& y) { Join(x.second, y.second); });
  }

  const ProgramStructure& a_;
  const ProgramStructure& b_;
  Partners* ops_;
  std::vector<bool> joined_;  // by value of A
  std::vector<std::pair<OpId, OpId>> joined_ops_;
};

}  // namespace

ProgramStructure::ProgramStructure(const ComparedProgram& compared, std::vector<uint64_t> forms,
                                   const std::vector<uint64_t>& numbers) {
  std::vector<uint64_t> bodies(compared.program().blocks().size());
  for (size_t b = 0; b < bodies.size(); ++b) {
    const Block& block = compared.program().block(b);
    for (OpId op = block.first_op; op < block.first_op + block.op_count; ++op) bodies[b] += MixKeys(13, forms[op]);
  }
  for (const BlockReference& reference : compared.index().block_references()) {
    const auto block = static_cast<size_t>(reference.block);
    if (reference.block >= 0 && block < bodies.size()) forms[reference.op] += bodies[block];
  }
  CollectUses(compared, numbers);
  CollectReaders();
  ComputeKeys(compared, forms);
}

void ProgramStructure::CollectUses(const ComparedProgram& compared, const std::vector<uint64_t>& numbers) {
  const Index& index = compared.index();
  std::vector<uint32_t> current(index.names().size(), kNoValue);
  std::vector<NameId> touched;
  const auto add_value = [&](NameId name, OpId writer) {
    writers_.push_back(writer);
    names_.push_back(name);
    current[name] = static_cast<uint32_t>(writers_.size() - 1);
    touched.push_back(name);
  };
  const auto collect = [&](OpId op, std::span<const Argument> arguments, bool write, std::vector<Use>* uses) {
    const auto first = static_cast<ptrdiff_t>(uses->size());
    const bool runs_block = !compared.blocks_of(op).empty();
    uint64_t position = 0;
    NameId slot = kNoName;
    for (const Argument& argument : arguments) {
      position = argument.slot == slot && !runs_block ? position + 1 : 0;
      slot = argument.slot;
      if (!compared.is_variable(argument.name)) continue;
      if (write || current[argument.name] == kNoValue) add_value(argument.name, write ? op : kNoPartner);
      uses->push_back({MixKeys(MixKeys(write ? 5 : 3, numbers[slot]), position), current[argument.name]});
    }
    std::stable_sort(uses->begin() + first, uses->end(), [](const Use& x, const Use& y) { return x.place < y.place; });
  };
  for (const Block& block : compared.program().blocks()) {
    for (OpId op = block.first_op; op < block.first_op + block.op_count; ++op) {
      collect(op, index.inputs(op), false, &inputs_);
      input_ends_.push_back(inputs_.size());
      collect(op, index.outputs(op), true, &outputs_);
      output_ends_.push_back(outputs_.size());
    }
    for (const NameId name : touched) current[name] = kNoValue;
    touched.clear();
  }
}

void ProgramStructure::CollectReaders() {
  reader_ends_.resize(writers_.size());
  for (const Use& use : inputs_) ++reader_ends_[use.value];
  size_t begin = 0;
  for (size_t& end : reader_ends_) begin += std::exchange(end, begin);
  readers_.resize(inputs_.size());
  for (OpId op = 0; op < input_ends_.size(); ++op) {
    for (const Use& use : inputs(op)) readers_[reader_ends_[use.value]++] = {use.place, op};
  }
}

// Down from what an op comes from, up from what comes from it; sums are the same in every order.
void ProgramStructure::ComputeKeys(const ComparedProgram& compared, const std::vector<uint64_t>& forms) {
  const auto count = static_cast<OpId>(forms.size());
  std::vector<uint64_t> of_name(compared.index().names().size());
  std::vector<uint64_t> of_value(writers_.size());
  keys_.resize(count);
  for (int round = 0; round < kRounds; ++round) {
    for (uint32_t value = 0; value < of_value.size(); ++value) of_value[value] = MixKeys(17, of_name[names_[value]]);
    for (OpId op = 0; op < count; ++op) {
      uint64_t operands = 0;
      for (const Use& use : inputs(op)) operands += MixKeys(use.place, of_value[use.value]);
      keys_[op] = MixKeys(forms[op], operands);
      for (const Use& use : outputs(op)) of_value[use.value] = MixKeys(use.place, keys_[op]);
    }
    std::fill(of_value.begin(), of_value.end(), 0);
    for (OpId op = count; op-- > 0;) {
      uint64_t results = 0;
      for (const Use& use : outputs(op)) results += MixKeys(use.place, of_value[use.value]);
      keys_[op] = MixKeys(keys_[op], results);
      for (const Use& use : inputs(op)) of_value[use.value] += MixKeys(use.place, keys_[op]);
    }
    std::fill(of_name.begin(), of_name.end(), 0);
    for (OpId op = 0; op < count; ++op) {
      for (const Use& use : inputs(op)) of_name[names_[use.value]] += MixKeys(use.place, keys_[op]);
      for (const Use& use : outputs(op)) of_name[names_[use.value]] += MixKeys(use.place, keys_[op]);
    }
  }
}

void MatchStructures(const ComparedProgram& program_a, const ProgramStructure& a, const ComparedProgram& program_b,
                     const ProgramStructure& b, const BlockPair& pair, Partners* ops) {
  StructureMatcher(a, b, ops).Match(program_a.program().block(pair.a), program_b.program().block(pair.b));
}

}  // namespace pdquant
