// Which variables of a program have their values in its parameter files.
#ifndef PDQUANT_MODEL_PARAMETER_LIST_H_
#define PDQUANT_MODEL_PARAMETER_LIST_H_

#include <optional>
#include <string>
#include <vector>

#include "base/finding.h"
#include "ir/program.h"
#include "ir/views.h"

namespace pdquant {

struct ParameterVariable {
  std::string name;
  std::optional<TensorType> type;  // nothing where the program doesn't say: anything matches then
  // A weight that Paddle stores as INT8 or INT16 while its declaration still says FP32: of weight-only storage
  // (paddle/weight_only.h), or one that dequantize_linear reads.
  bool may_be_integers = false;
  // A scale or a zero point, of which Paddle's passes write as many values as are declared in another shape.
  bool may_be_reshaped = false;
};

// The persistable variables of all blocks, except feed, fetch, RAW and READER, each name once (the last declaration
// counts, as in Paddle), in the byte order of their names: the order of a combined file. Errors go to the findings: a
// persistable variable that is no dense tensor, such as a Vocab, whose record can't be read.
std::vector<ParameterVariable> ListParameters(const Program& program, Findings* findings);

// Those of `variables` that an op other than those of the optimizer names: what save_params writes of a training
// program, without the optimizer's state.
std::vector<ParameterVariable> WithoutOptimizerState(const Program& program, std::vector<ParameterVariable> variables);

}  // namespace pdquant

#endif  // PDQUANT_MODEL_PARAMETER_LIST_H_
