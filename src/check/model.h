// The rules about the values of a model's parameters.
#ifndef PDQUANT_CHECK_MODEL_H_
#define PDQUANT_CHECK_MODEL_H_

#include <span>
#include <string_view>
#include <vector>

#include "base/finding.h"
#include "check/parameter_facts.h"
#include "ir/index.h"
#include "model/parameter_reader.h"

namespace pdquant {

// A model whose parameters have been read.
struct ModelValues {
  const ParameterReader* reader = nullptr;  // null where there are none
  std::vector<ParameterFacts> facts;        // in the order of the reader's parameters

  // Null for a variable that isn't among them.
  const ParameterFacts* Find(std::string_view name) const;
};

// scale-value, untrained-scale, scale-shape, weight-integer, nonfinite-weight. The program's own rules needn't hold.
// Linear in the size of the program.
void CheckModelValues(const Index& index, const ModelValues& values, Findings* findings);

}  // namespace pdquant

#endif  // PDQUANT_CHECK_MODEL_H_
