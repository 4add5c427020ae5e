// Whether the records of parameter files are those that a program wants.
#ifndef PDQUANT_MODEL_RECORD_CHECK_H_
#define PDQUANT_MODEL_RECORD_CHECK_H_

#include <string>
#include <vector>

#include "base/finding.h"
#include "base/status.h"
#include "model/parameter_list.h"
#include "model/tensor_record.h"

namespace pdquant {

struct Parameter {
  std::string name;
  RecordHeader header;
};

// Reads the headers of a combined file: the records of `variables`, one after another, and nothing else. What is wrong
// goes to the findings, all of it as far as the records can be told apart. Errors: kIo; kBadInput where there are
// findings.
Result<std::vector<Parameter>> CheckCombined(const ByteSource& source, const std::vector<ParameterVariable>& variables,
                                             Findings* findings);

// The same for a file that holds one variable. Here bad input is no error but findings alone, and the header may be
// incomplete.
Status CheckSeparate(const ByteSource& source, const ParameterVariable& variable, Findings* findings,
                     RecordHeader* header);

}  // namespace pdquant

#endif  // PDQUANT_MODEL_RECORD_CHECK_H_
