// Names variables in the lists of control ops: what a body reads from outside, and what it keeps from step to step
// there, has to be named by the op that runs the body, and by its gradient op, or Paddle's garbage collector and its
// pruning lose it.
#ifndef PDQUANT_QUANTIZE_TRANSPILE_CONTROL_LISTS_H_
#define PDQUANT_QUANTIZE_TRANSPILE_CONTROL_LISTS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "analysis/control_flow.h"
#include "base/finding.h"
#include "ir/edit/edits.h"

namespace pdquant {

class ControlLists {
 public:
  ControlLists(const Index& index, const ControlFlow& flow) : index_(index), flow_(flow) {}

  // Names variables of `outer` in each control op between it and the body `inner`, which runs inside it. `key` stands
  // for these names: what was named under a key already isn't named again.
  void Name(std::span<const std::string> names, uint32_t key, uint32_t outer, uint32_t inner);

  // The edits of all ops whose lists grew; an op that `keeps` denies is going to be removed. Errors become findings: an
  // op and its gradient op whose lists disagree already.
  std::map<OpId, std::vector<Edits::FieldEdit>> Finish(const std::function<bool(OpId)>& keeps,
                                                       Findings* findings) const;

 private:
  std::vector<std::string> Missing(OpId op, const ControlOp& control, std::span<const std::string> names) const;
  bool Agree(OpId op, OpId gradient, const ControlOp& control, Findings* findings) const;

  const Index& index_;
  const ControlFlow& flow_;
  std::map<uint32_t, std::vector<std::string>> added_;  // by body
  std::unordered_set<uint64_t> done_;                   // (body, key)
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_TRANSPILE_CONTROL_LISTS_H_
