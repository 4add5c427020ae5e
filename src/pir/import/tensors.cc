#include "pir/import/tensors.h"

#include <tsl/robin_map.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "pir/import/numbers.h"

namespace pdquant::pir {
namespace {

// Which member of the list a slice takes; nothing where it doesn't say so.
std::optional<uint32_t> IndexOf(const Program& program, const Op& slice) {
  for (const Attr& attr : program.AttrsOf(slice)) {
    if (program.text(attr.name) != kIndexAttribute) continue;
    const auto numbers = NumbersOf(program, attr);
    if (!numbers || numbers->integers.size() != 1 || numbers->integers[0] < 0 || numbers->integers[0] >= kNone)
      return std::nullopt;
    return static_cast<uint32_t>(numbers->integers[0]);
  }
  return std::nullopt;
}

}  // namespace

Tensors::Tensors(const Program& program) : of_(program.values.size()), tensors_(program.values.size()) {
  for (ValueId i = 0; i < program.values.size(); ++i) {
    of_[i] = i;
    tensors_[i].origin = i;
  }
  tsl::robin_map<uint64_t, uint32_t> members;  // by list and position, of lists that aren't made by combine
  const auto take = [&](ValueId list, uint32_t position, ValueId taken) {
    const Op* maker = program.MakerOf(list);
    if (maker != nullptr && program.text(maker->name) == kCombineOp) {
      const auto operands = program.OperandsOf(*maker);
      if (position < operands.size() && operands[position].value != kNone) of_[taken] = of_[operands[position].value];
      return;
    }
    const auto member = static_cast<uint32_t>(tensors_.size());
    const auto [known, is_new] = members.try_emplace(uint64_t{list} << 32U | position, member);
    if (is_new) tensors_.push_back({list, 0});
    of_[taken] = known->second;
  };
  for (OpId i = 0; i < program.ops.size(); ++i) {
    const Op& op = program.ops[i];
    const std::string_view name = program.text(op.name);
    const auto operands = program.OperandsOf(op);
    if (name != kSplitOp && name != kListItemOp) {
      for (const Operand& operand : operands) {
        if (operand.value != kNone) tensors_[of_[operand.value]].last_reader = i;
      }
    } else if (operands.size() != 1 || operands[0].value == kNone) {
      continue;
    } else if (name == kSplitOp) {
      for (uint32_t result = 0; result < op.results.size(); ++result)
        take(operands[0].value, result, op.results.begin + result);
    } else if (const auto index = IndexOf(program, op); index && op.results.size() == 1) {
      take(operands[0].value, *index, op.results.begin);
    }
  }
  // Who reads a list reads all that it holds.
  const auto read = [&](uint32_t tensor, ValueId list) {
    OpId& last = tensors_[tensor].last_reader;
    last = std::max(last, tensors_[of_[list]].last_reader);
  };
  for (const Op& op : program.ops) {
    if (program.text(op.name) != kCombineOp || op.results.size() != 1) continue;
    for (const Operand& operand : program.OperandsOf(op)) {
      if (operand.value != kNone) read(of_[operand.value], op.results.begin);
    }
  }
  for (const auto& [place, tensor] : members) read(tensor, static_cast<ValueId>(place >> 32U));
}

}  // namespace pdquant::pir
