// The test form of a training program, as Program.clone(for_test=True) of Paddle makes it: the ops of the backward, of
// the optimizer and of the learning rate's schedule go, with the blocks and the variables that only they used; is_test
// is set.
#ifndef PDQUANT_QUANTIZE_TRANSPILE_TEST_FORM_H_
#define PDQUANT_QUANTIZE_TRANSPILE_TEST_FORM_H_

#include <cstdint>
#include <vector>

#include "analysis/control_flow.h"
#include "ir/edit/edits.h"
#include "ir/index.h"
#include "quantize/transpile/transpile_report.h"

namespace pdquant {

class TestForm {
 public:
  TestForm(const Index& index, const ControlFlow& flow);

  // Ops of blocks that go are not kept either.
  bool Keeps(OpId op) const { return kept_ops_[op]; }
  bool KeepsBlock(size_t block) const { return new_number_[block] >= 0; }

  // Queues the removal of what is not kept, and counts it.
  void RemoveRest(Edits* edits, TranspileReport* report) const;
  // Adds the edits that a kept op needs: is_test, new block numbers. True if is_test was changed.
  bool EditOp(OpId op, std::vector<Edits::FieldEdit>* edits) const;

 private:
  void RemoveUnusedVars(Edits* edits, TranspileReport* report) const;

  const Index& index_;
  const ControlFlow& flow_;
  std::vector<bool> kept_ops_;
  std::vector<int32_t> new_number_;  // by block; -1 for those that go
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_TRANSPILE_TEST_FORM_H_
