// Makes the variables and parameters that passes add to a model, named as nothing is yet and in the lists of control
// ops, and writes pairs of the linear form around values whose scale is static.
#ifndef PDQUANT_QUANTIZE_MODEL_WRITER_H_
#define PDQUANT_QUANTIZE_MODEL_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/control_flow.h"
#include "ir/edit/builder.h"
#include "ir/edit/edits.h"
#include "ir/edit/op_rewrites.h"
#include "ir/index.h"
#include "paddle/quantization_ops.h"
#include "paddle/scale_kinds.h"
#include "quantize/forms/form.h"
#include "quantize/forms/op_templates.h"
#include "quantize/options.h"
#include "quantize/unique_names.h"
#include "quantize/weights/parameter_values.h"

namespace pdquant {

class ModelWriter {
 public:
  // All have to outlive it. New parameters go to `plans`.
  ModelWriter(const Index& index, Edits* edits, OpRewrites* rewrites, ParameterPlans* plans);

  // A new variable of the block, of the type of another one.
  std::string NewVar(size_t block, const std::string& name, VarId like);
  // A new parameter with these values, FP32 or, of zero points, INT32.
  std::string NewConstant(const std::string& name, std::vector<float> values, bool as_integers = false);
  // Names a parameter in the list of each control op around `reader`.
  void List(const std::string& parameter, OpId reader);

  struct Pair {
    std::string source;
    std::string quantized;
    std::string rounded;
    std::string scale;
    size_t channels = 1;  // how many scales there are
    int32_t bits = 8;
    int32_t axis = kWholeTensor;
    bool only_observer = false;  // it passes the value on as it is
  };
  // Queues quantize_linear and dequantize_linear, in front of an op or behind it, each with a zero point of its own.
  void Write(const Pair& pair, OpId at, bool behind = false);
  // The second op of the pair alone, for integers that are stored.
  void WriteBack(const Pair& pair, OpId before);
  // The same for a value in any form, with all of its variables, in test form.
  void Write(const FormValue& value, OpId before);
  // One op of such a value.
  void Insert(const ScaleOp& scale_op, const FormValue& value, OpId at, bool behind = false,
              bool only_observer = false);

  UniqueNames* names() { return &names_; }

 private:
  FormValue ValueOf(const Pair& pair, OpId at, bool back_only);

  const Index& index_;
  Edits* edits_;
  OpRewrites* rewrites_;
  ParameterPlans* plans_;
  std::optional<ControlFlow> flow_;  // where something is listed
  UniqueNames names_;
  TranspileOptions test_form_;
  OpBuilder op_;
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_MODEL_WRITER_H_
