// Which value of each variable is present, on a walk through a program in the order in which it runs.
#ifndef PDQUANT_ANALYSIS_VALUE_NUMBERS_H_
#define PDQUANT_ANALYSIS_VALUE_NUMBERS_H_

#include <cstdint>
#include <vector>

#include "analysis/control_flow.h"
#include "ir/index.h"

namespace pdquant {

// A variable's values are numbered from 0, which is the one that it has before anything writes it. Every write makes a
// new one; an optimizer's update is a write like any other. What a body writes outside has one more each time that it,
// or a body around it, is left, since the body may not have run, or have run many times.
class ValueNumbers {
 public:
  ValueNumbers(const Index& index, const ControlFlow& flow)
      : index_(index), flow_(flow), states_(index.program().var_count()), level_of_(index.program().blocks().size()) {}

  uint32_t present(VarId var) const { return states_[var].value + LeftSince(var); }
  // The op that wrote the present value; kNoOp for value 0 and for what a body wrote that has been left.
  OpId writer(VarId var) const { return LeftSince(var) == 0 ? states_[var].writer : kNoOp; }
  // Whether the variable surely holds a value at the level `level` of the open blocks, however the program runs: it is
  // persistable, fed, or linked into the step of a recurrent op, or an op of an open block has written it, at that
  // level or further out.
  bool SurelyExists(VarId var, size_t level) const;

  // An op of the innermost open block, `block`, writes its outputs.
  void Run(size_t block, OpId op);
  void Enter(uint32_t block) {
    level_of_[block] = static_cast<uint32_t>(levels_.size());
    levels_.push_back({block, written_.size()});
  }
  // Leaves the innermost open block for the one around it.
  void Leave();

 private:
  static constexpr uint32_t kNever = UINT32_MAX;
  struct State {
    uint32_t value = 0;
    OpId writer = kNoOp;
    uint32_t block = 0;       // that of the writer
    uint32_t level = kNever;  // the outermost open block in which an op wrote the variable
  };
  struct Level {
    uint32_t block;
    size_t written;  // the size of the list of that name when the block was entered
  };
  // How many bodies were left since the last write, from the one that wrote outwards to where the variable is declared.
  uint32_t LeftSince(VarId var) const;

  const Index& index_;
  const ControlFlow& flow_;
  std::vector<State> states_;
  std::vector<Level> levels_;
  std::vector<uint32_t> level_of_;  // by block, of those that were entered
  std::vector<VarId> written_;      // variables whose `level` was set, in the order of the levels
};

}  // namespace pdquant

#endif  // PDQUANT_ANALYSIS_VALUE_NUMBERS_H_
