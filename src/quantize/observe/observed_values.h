// Which values of a model for inference a calibration has to see, and where they can be seen: what the selected ops
// read, in front of its first reader, and what they write, behind them and behind the bias, the batch norm and the
// activation that runtimes compute with them. In the main block where the value is there, else in the loop or the
// branch that has it.
#ifndef PDQUANT_QUANTIZE_OBSERVE_OBSERVED_VALUES_H_
#define PDQUANT_QUANTIZE_OBSERVE_OBSERVED_VALUES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "base/finding.h"
#include "ir/index.h"
#include "quantize/rules/rule.h"

namespace pdquant {

// A value is what a variable holds from one write to the next: a variable that is overwritten has several. Of those,
// what selected ops read counts; where they read none, the last one does.
struct ObservedValue {
  VarId var = kNoVar;
  OpId op = 0;           // an op of `block`
  bool behind = false;   // the value is there behind the op; otherwise in front of it
  bool operand = false;  // a selected op reads it
  uint32_t block = 0;    // a body runs once, many times, or never in a run of the program
  bool in_loop = false;  // `block` may run many times
};

struct ObservedValues {
  // In the order in which the program makes them, none twice where one place sees it whichever way the program goes.
  std::vector<ObservedValue> values;
  size_t ops = 0;  // that were selected
  // Values of bodies that are run in ways not known here, and what isn't FP32.
  struct LeftOut {
    Place place;
    std::string why;
  };
  std::vector<LeftOut> left_out;
};

// Needs a program that has been checked. Linear in its size. Rules of the user that are about no op are warnings.
ObservedValues FindObservedValues(const Index& index, const SelectionRules& rules, Findings* findings);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_OBSERVE_OBSERVED_VALUES_H_
