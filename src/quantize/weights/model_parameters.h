// The parameters of a model on both sides of a pass: read for its decisions, and made for its result. Everything
// streams: no tensor is held whole.
#ifndef PDQUANT_QUANTIZE_WEIGHTS_MODEL_PARAMETERS_H_
#define PDQUANT_QUANTIZE_WEIGHTS_MODEL_PARAMETERS_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/finding.h"
#include "ir/program.h"
#include "model/parameter_reader.h"
#include "model/parameter_writer.h"
#include "quantize/weights/parameter_values.h"
#include "quantize/weights/weight_report.h"

namespace pdquant {

// Parameters in files.
class FileParameterValues : public ParameterValues {
 public:
  explicit FileParameterValues(ParameterReader* reader) : reader_(reader) {}

  Result<float> MaxAbs(std::string_view name) override;
  Result<bool> AllIntegers(std::string_view name) override;
  Result<std::vector<float>> Read(std::string_view name, size_t limit) override;

 private:
  struct Facts {
    float max_abs = 0;
    bool all_integers = true;
  };
  Result<size_t> Find(std::string_view name) const;
  Result<Facts> Scan(std::string_view name);

  ParameterReader* reader_;
  std::map<std::string, Facts, std::less<>> facts_;  // a tensor is read once for all questions
};

// The parameters of `program`, the result of a pass: made as `plans` say, or copied from the parameter of the same
// name. A line for each weight is added to `lines`, and filled when the parameter is written. `lines` has to outlive
// the writing. Errors: kInternal where a parameter comes from nowhere.
Result<std::vector<OutputParameter>> MakeParameters(const Program& program, const ParameterPlans& plans,
                                                    ParameterReader* reader, std::vector<WeightLine>* lines,
                                                    Findings* findings);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_WEIGHTS_MODEL_PARAMETERS_H_
