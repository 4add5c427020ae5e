// What the passes over trained models ask of the parameters, and what they say about those to be written. The passes
// see no files.
#ifndef PDQUANT_QUANTIZE_WEIGHTS_PARAMETER_VALUES_H_
#define PDQUANT_QUANTIZE_WEIGHTS_PARAMETER_VALUES_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "quantize/weights/rounding.h"

namespace pdquant {

// The most scales that are read of a parameter.
inline constexpr size_t kMostChannels = size_t{1} << 24U;

class ParameterValues {
 public:
  ParameterValues() = default;
  ParameterValues(const ParameterValues&) = delete;
  ParameterValues& operator=(const ParameterValues&) = delete;
  virtual ~ParameterValues() = default;

  // max|x| of a float32 parameter: of all of it (kWholeTensor: one value), or of each channel along an axis
  // (kFirstTwoAxes: of each pair of indices). Errors:
  // kBadInput where there is none of that name, its type is another, it has no such axis, or it holds NaN or an
  // infinity, with the index; kIo.
  virtual Result<std::vector<float>> MaxAbs(std::string_view name, int32_t axis) = 0;
  // Whether all values of a float32 parameter are integers. Errors: as above.
  virtual Result<bool> AllIntegers(std::string_view name) = 0;
  // The values of a small float32 parameter. Errors: as above, and where it has more than `limit` values.
  virtual Result<std::vector<float>> Read(std::string_view name, size_t limit) = 0;
  // The type in which a parameter is stored, a proto::VarType::Type: models say FP32 of what they store as INT8.
  // Errors: kBadInput where there is none of that name.
  virtual Result<int32_t> StoredType(std::string_view name) = 0;
  // The shape in which a parameter is stored: models may say -1 of what has a number there. Errors: as above.
  virtual Result<std::vector<int64_t>> StoredDims(std::string_view name) = 0;

  // How many channels a parameter has along an axis, or, for kWholeTensor, how many values: 1 to kMostChannels, by its
  // record. Errors: kBadInput where there is none of that name, it has no such axis, no elements, or too many.
  Result<size_t> CountAlong(std::string_view name, int32_t axis);
};

// How a parameter of the new model comes from one of the old.
struct ParameterPlan {
  enum class How {
    kQuantize,   // float32 to integers held as float32
    kToInteger,  // integers, however they are held, to int8 or int16
    kAsFloat,    // integers, however they are held, to the same held as float32
    kToFloat,    // integers, however they are held, to float32: q · scale / max_range
    kMultiply,   // float32 to float32: x · factor
    kCopy,       // as it is, under another name
    kConstant,   // values that are given
  };
  How how = How::kConstant;
  std::string source;              // the old name; empty for a constant
  int32_t bits = 0;                // of kQuantize; of kToInteger 8 or 16
  Scales scales;                   // s of kQuantize; the values of kConstant; empty where unknown
  std::vector<int64_t> dims = {};  // of kConstant, empty for [number of values]; of kMultiply
  bool as_integers = false;        // kQuantize stores int8 or int16, in the full range; kConstant int32
  float max_range = 0;  // of kToFloat and kToInteger: scale / max_range is what one integer is worth; 0 where unknown
  // By which the values of kQuantize and kMultiply are multiplied first, one for each channel; empty for none.
  Scales factors = {};
  bool is_weight = true;  // has a line in the report
};

// A plan for values that are given and no weight; int32 where they are `as_integers`.
inline ParameterPlan ConstantPlan(std::vector<float> values, bool as_integers = false) {
  ParameterPlan plan;
  plan.scales.values = std::move(values);
  plan.as_integers = as_integers;
  plan.is_weight = false;
  return plan;
}

// By new name. A parameter of the new program that isn't here is copied.
using ParameterPlans = std::map<std::string, ParameterPlan>;

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_WEIGHTS_PARAMETER_VALUES_H_
