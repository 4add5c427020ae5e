// What is measured in the bodies of loops and branches, handed on to the main block: a variable there, which each run
// of the program begins anew, and which each turn of the body adds to.
//
//   main block   fill_constant ─> total ─> while X, Out: …, total ─> … ─> concat
//   body         …, part ─> elementwise_min (or max, or add) of part and total ─> total
//
// The control op names it in both of its lists: with X alone the executors of paddlepaddle 2.6.2 and 3.3.1 hand on what
// it was in front of the loop. Both run it as it is written here, without oneDNN, and so does 1.8.5
// (tests/paddle/observe.py). A recurrent op has no list for it, nor needs one in 1.8.5; no newer Paddle makes that op.
#ifndef PDQUANT_QUANTIZE_OBSERVE_BODY_TOTALS_H_
#define PDQUANT_QUANTIZE_OBSERVE_BODY_TOTALS_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/control_flow.h"
#include "quantize/pass.h"

namespace pdquant {

class BodyTotals {
 public:
  // How a total is made.
  struct Kind {
    std::string_view type;  // the op of the total and of what is added
    float start = 0;        // of a total to which nothing was added
    std::string_view word;  // for names
  };

  explicit BodyTotals(EditableProgram* program)
      : index_(program->index), edits_(program->edits), flow_(program->index) {}

  // Sets `total`, a variable of the main block of shape [size], to its start, in front of the op of the main block
  // within which the body `block` runs.
  void Begin(uint32_t block, const std::string& total, int64_t size, const Kind& kind);
  // A body reads a parameter of the main block that is new.
  void Read(uint32_t block, const std::string& parameter);
  // Queues the lists of the control ops. Nothing is added from then on.
  void Queue();

 private:
  struct Lists {
    std::vector<std::string> inputs;
    std::vector<std::string> outputs;
  };
  const Index& index_;
  Edits& edits_;
  ControlFlow flow_;
  std::map<OpId, Lists> lists_;
  std::set<std::pair<uint32_t, std::string>> read_;  // by body
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_OBSERVE_BODY_TOTALS_H_
