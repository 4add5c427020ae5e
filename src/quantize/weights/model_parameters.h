// The parameters of a model on both sides of a pass: read for its decisions, and made for its result. Everything
// streams: no tensor is held whole.
#ifndef PDQUANT_QUANTIZE_WEIGHTS_MODEL_PARAMETERS_H_
#define PDQUANT_QUANTIZE_WEIGHTS_MODEL_PARAMETERS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/finding.h"
#include "ir/program.h"
#include "model/parameter_reader.h"
#include "model/parameter_writer.h"
#include "quantize/weights/parameter_values.h"
#include "quantize/weights/rounding.h"

namespace pdquant {

// Parameters in files.
class FileParameterValues : public ParameterValues {
 public:
  explicit FileParameterValues(ParameterReader* reader) : reader_(reader) {}

  Result<std::vector<float>> MaxAbs(std::string_view name, int32_t axis) override;
  Result<bool> AllIntegers(std::string_view name) override;
  Result<std::vector<float>> Read(std::string_view name, size_t limit) override;
  Result<int32_t> StoredType(std::string_view name) override;
  Result<std::vector<int64_t>> StoredDims(std::string_view name) override;

 private:
  struct Scanned {
    std::vector<float> max_abs;
    bool all_integers = true;
  };
  Result<size_t> Find(std::string_view name) const;
  Result<const Scanned*> Scan(std::string_view name, int32_t axis);

  ParameterReader* reader_;
  std::map<std::pair<std::string, int32_t>, Scanned> scanned_;  // a tensor is read once for all questions
};

// What people ask for when accuracy has fallen: which layer? One line for each weight whose values were changed.
struct WeightLine {
  std::string name;    // in the new model
  std::string source;  // in the old one
  std::vector<int64_t> dims;
  std::string from_type;  // "FP32"
  std::string to_type;    // "INT8"
  uint64_t from_bytes = 0;
  uint64_t to_bytes = 0;
  int32_t bits = 0;           // of the integers: what the largest of them needs where there is no float weight; 0 for
                              // integers that are all 0 there
  Scales scales;              // s; empty where the model doesn't tell
  std::vector<double> steps;  // s / R, the value of one integer step, of each channel; empty where unknown
  RoundingError error;        // against the float weight; only counts, zeros and saturated where that isn't at hand
  bool has_float_weight = false;
  std::optional<WorstChannel> worst_channel = {};  // where each channel has a scale, and something was lost
};

// Sorts the lines, the worst first: by SQNR, those without noise or without a float weight last, then by name.
void SortWorstFirst(std::vector<WeightLine>* lines);

// The parameters of `program`, the result of a pass: made as `plans` say, or copied from the parameter of the same
// name. A line for each weight is added to `lines`, and filled when the parameter is written. `lines` has to outlive
// the writing. Errors: kBadInput where a weight is stored as something else than numbers; kInternal where a parameter
// comes from nowhere.
Result<std::vector<OutputParameter>> MakeParameters(const Program& program, const ParameterPlans& plans,
                                                    ParameterReader* reader, std::vector<WeightLine>* lines,
                                                    Findings* findings);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_WEIGHTS_MODEL_PARAMETERS_H_
