// Back from a frozen program to the simulation that freezing it in another form starts from, with the scales that it
// has. Weights become floats in name only: what is read of them here are their scales (ThawedValues), and the integers
// of the new form are those of the old one (KeepIntegers).
//
//   legacy:  a ─> quantize ─> mul ─> out ─> dequantize ─> …
//            w (integers) ─────┘
//   linear:  a ─> quantize ─> dequantize ─┬> mul ─> out ─> …
//            w (integers) ─> dequantize ──┘
//   both become
//            a ─> quantize_linear ─> dequantize_linear ─┬> mul ─> out ─> …
//            w ─> quantize_linear ─> dequantize_linear ─┘
#ifndef PDQUANT_QUANTIZE_CONVERT_THAW_PASS_H_
#define PDQUANT_QUANTIZE_CONVERT_THAW_PASS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "paddle/quantization_ops.h"
#include "quantize/pass.h"
#include "quantize/weights/parameter_values.h"

namespace pdquant {

// A weight whose integers stay, whatever holds them.
struct ThawedWeight {
  std::string source;  // the old parameter
  Scales scales;       // s, along the axis of the parameter
  int32_t bits = 8;    // of s
};

struct Thawed {
  std::map<std::string, ThawedWeight> weights;  // by the name of the float parameter that stands for the integers
  ParameterPlans constants;                     // new scales and zero points
};

class ThawPass : public Pass {
 public:
  explicit ThawPass(ParameterValues* values) : values_(values) {}

  std::string_view name() const override { return "thaw"; }
  Result<Outcome> Run(const PassContext& context) override;

  const Thawed& thawed() const { return thawed_; }

 private:
  class Rewriter;

  ParameterValues* values_;
  Thawed thawed_;
};

// The parameters as the thawed program has them.
class ThawedValues : public ParameterValues {
 public:
  ThawedValues(ParameterValues* values, const Thawed& thawed) : values_(values), thawed_(thawed) {}

  Result<std::vector<float>> MaxAbs(std::string_view name, int32_t axis) override;
  Result<bool> AllIntegers(std::string_view name) override;
  Result<std::vector<float>> Read(std::string_view name, size_t limit) override;
  Result<int32_t> StoredType(std::string_view name) override;

 private:
  ParameterValues* values_;
  const Thawed& thawed_;
};

// Lets the plans of a program that was frozen anew take the integers and the scales that the old one had.
void KeepIntegers(const Thawed& thawed, ParameterPlans* plans);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_CONVERT_THAW_PASS_H_
