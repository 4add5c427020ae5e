#include "diff/op_keys.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <utility>

#include "diff/renames.h"
#include "paddle/names.h"
#include "pdquant/framework.pb.h"

namespace pdquant {
namespace {

// How far back the ops that made an op's inputs tell it from others of its form.
constexpr int kRadius = 3;

uint64_t Hash(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

bool MayHoldNames(int32_t type) { return type == proto::STRINGS || type == proto::VAR || type == proto::VARS; }

// By variable: its type.
std::vector<uint64_t> TypesOfVars(const Program& program) {
  std::vector<uint64_t> types;
  types.reserve(program.var_count());
  for (VarId var = 0; var < program.var_count(); ++var) {
    uint64_t hash = 1;
    FieldReader reader(program.var(var).message());
    Field field;
    while (reader.Next(&field)) {
      if (field.Is(2, WireType::kBytes)) hash = MixKeys(hash, Hash(field.bytes));
    }
    types.push_back(hash);
  }
  return types;
}

class KeyMaker {
 public:
  KeyMaker(const ComparedProgram& compared, const std::vector<uint64_t>& numbers, const IgnoreRules& ignore)
      : compared_(compared), numbers_(numbers), ignore_(ignore), types_(TypesOfVars(compared.program())) {}

  OpKeys Make(OpId op) {
    const Index& index = compared_.index();
    OpKeys keys;
    keys.type = MixKeys(1, numbers_[index.op(op).type]);
    AddAttributes(op, &keys);
    keys.form = MixKeys(keys.type, keys.plain);
    const bool runs_block = !compared_.blocks_of(op).empty();
    keys.inputs = Arguments(index.inputs(op), 3, runs_block, &keys.form);
    keys.outputs = Arguments(index.outputs(op), 5, runs_block, &keys.form);
    keys.result = Result(index.outputs(op));
    return keys;
  }

 private:
  uint64_t Result(std::span<const Argument> outputs) const {
    if (outputs.empty()) return 0;
    const auto rank = [this](const Argument& argument) {
      const std::string_view slot = compared_.index().name(argument.slot);
      return std::pair(slot != slots::kOut && slot != slots::kOutput && slot != slots::kY, slot);
    };
    const auto first = std::min_element(outputs.begin(), outputs.end(),
                                        [&](const Argument& x, const Argument& y) { return rank(x) < rank(y); });
    return MixKeys(11, numbers_[first->name]);
  }

  // Sums are the same in every order.
  void AddAttributes(OpId op, OpKeys* keys) {
    const std::string_view op_type = compared_.index().type(op);
    compared_.program().op(op).ForEachAttr([&](const AttrView& attr) {
      const int32_t type = attr.type();
      if (type == proto::BLOCK || type == proto::BLOCKS || ignore_.Covers(op_type, attr.name())) return;
      const uint64_t hash = MixKeys(7, Hash(attr.message()));
      keys->attributes += hash;
      if (!MayHoldNames(type) && !IsNumbered(attr.name())) keys->plain += hash;
    });
  }

  // An op that runs a block lists the variables that the block uses in any order: that has no part in its form.
  uint64_t Arguments(std::span<const Argument> arguments, uint64_t seed, bool runs_block, uint64_t* form) const {
    uint64_t names = 0;
    uint64_t types = 0;
    uint64_t position = 0;
    NameId slot = kNoName;
    for (const Argument& argument : arguments) {
      position = argument.slot == slot ? position + 1 : 0;
      slot = argument.slot;
      const uint64_t place = MixKeys(MixKeys(seed, numbers_[slot]), position);
      names += MixKeys(place, numbers_[argument.name]);
      const VarId var = compared_.index().FirstDeclaration(argument.name);  // of several, the same on both sides mostly
      types += MixKeys(runs_block ? numbers_[slot] : place, var == kNoVar ? 0 : types_[var]);
    }
    *form = MixKeys(*form, types);
    return names;
  }

  const ComparedProgram& compared_;
  const std::vector<uint64_t>& numbers_;
  const IgnoreRules& ignore_;
  std::vector<uint64_t> types_;
};

// By name of A: its own number.
std::vector<uint64_t> CommonNumbers(const ComparedProgram& a) {
  std::vector<uint64_t> numbers(a.index().names().size());
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = i;
  return numbers;
}

// By name of B: the number of the same text in A, or one that A doesn't have.
std::vector<uint64_t> CommonNumbers(const ComparedProgram& a, const ComparedProgram& b) {
  const NameTable& names_a = a.index().names();
  const NameTable& names_b = b.index().names();
  std::vector<uint64_t> numbers(names_b.size());
  for (NameId i = 0; i < numbers.size(); ++i) {
    const NameId same = names_a.Find(names_b.name(i));
    numbers[i] = same == kNoName ? names_a.size() + i : same;
  }
  return numbers;
}

std::vector<OpKeys> KeysOf(const ComparedProgram& compared, const std::vector<uint64_t>& numbers,
                           const IgnoreRules& ignore) {
  KeyMaker maker(compared, numbers, ignore);
  std::vector<OpKeys> keys;
  keys.reserve(compared.program().op_count());
  for (OpId op = 0; op < compared.program().op_count(); ++op) keys.push_back(maker.Make(op));
  return keys;
}

std::vector<uint64_t> ContextKeys(const ComparedProgram& compared, const std::vector<OpKeys>& keys) {
  constexpr uint32_t kNobody = UINT32_MAX;
  const Index& index = compared.index();
  std::vector<uint64_t> before(keys.size());
  for (size_t op = 0; op < keys.size(); ++op) before[op] = keys[op].form;
  std::vector<uint64_t> now(keys.size());
  std::vector<OpId> writer(index.names().size(), kNobody);
  for (int step = 0; step < kRadius; ++step) {
    for (const Block& block : compared.program().blocks()) {
      const OpId end = block.first_op + block.op_count;
      for (OpId op = block.first_op; op < end; ++op) {
        uint64_t makers = 0;
        uint64_t position = 0;
        for (const Argument& argument : index.inputs(op)) {
          const OpId maker = writer[argument.name];
          makers += MixKeys(++position, maker == kNobody ? 0 : before[maker]);
        }
        now[op] = MixKeys(before[op], makers);
        for (const Argument& argument : index.outputs(op)) writer[argument.name] = op;
      }
      for (OpId op = block.first_op; op < end; ++op) {
        for (const Argument& argument : index.outputs(op)) writer[argument.name] = kNobody;
      }
    }
    before.swap(now);
  }
  return before;
}

}  // namespace

uint64_t MixKeys(uint64_t seed, uint64_t value) {
  // The finalizer of splitmix64 over both.
  uint64_t x = seed * 0x9E3779B97F4A7C15 + value + 0x632BE59BD9B4E019;
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EB;
  return x ^ (x >> 31U);
}

MatchKeys::MatchKeys(const ComparedProgram& a, const ComparedProgram& b, const IgnoreRules& ignore)
    : numbers_a_(CommonNumbers(a)), numbers_b_(CommonNumbers(a, b)) {
  ops_a = KeysOf(a, numbers_a_, ignore);
  ops_b = KeysOf(b, numbers_b_, ignore);
  context_a.resize(ops_a.size());
  context_b.resize(ops_b.size());
}

void MatchKeys::AddStructure(const ComparedProgram& a, const ComparedProgram& b) {
  const auto forms = [](const std::vector<OpKeys>& ops) {
    std::vector<uint64_t> keys;
    keys.reserve(ops.size());
    for (const OpKeys& op : ops) keys.push_back(op.form);
    return keys;
  };
  context_a = ContextKeys(a, ops_a);
  context_b = ContextKeys(b, ops_b);
  structure_a.emplace(a, forms(ops_a), numbers_a_);
  structure_b.emplace(b, forms(ops_b), numbers_b_);
}

}  // namespace pdquant
