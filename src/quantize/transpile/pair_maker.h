// Makes the quantize and dequantize ops, their variables, and the initializers of what has to be initialized: names,
// numbers, slots and attributes as the QuantizeTranspiler of paddlepaddle 1.8.5 writes them.
//
//   before:  V ─────────────────────────────────────────────────────────────────> op
//   after:   V ─> fake_quantize_… ─> V.quantized ─> fake_dequantize_max_abs ─> V.quantized.dequantized ─> op
//                       └──────────> V.scale ────────────────┘
#ifndef PDQUANT_QUANTIZE_TRANSPILE_PAIR_MAKER_H_
#define PDQUANT_QUANTIZE_TRANSPILE_PAIR_MAKER_H_

#include <tsl/robin_map.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ir/edit/builder.h"
#include "ir/name_map.h"
#include "quantize/forms/op_templates.h"
#include "quantize/options.h"
#include "quantize/pass.h"
#include "quantize/transpile/transpile_report.h"

namespace pdquant {

struct PairRequest {
  VarId source = kNoVar;  // an FP32 tensor
  uint32_t block = 0;     // where the pair is to stand
  OpId before = 0;        // the op in that block that it stands in front of
  OpId served = 0;        // the op whose role and device the pair takes
  int32_t bits = 8;
  ScaleType scale_type = ScaleType::kAbsMax;
  // The pair runs several times a step: range_abs_max gets a counter of its own, since the program's counts steps.
  bool in_loop = false;
  // The pair serves a backward op, and goes with the backward in the test form.
  bool backward = false;
};

struct MadePair {
  ValueNames names;
  // Persistable variables of block 0 that the pair uses and keeps from step to step.
  std::vector<std::string> state;
};

class PairMaker {
 public:
  PairMaker(const PassContext& context, const TranspileOptions& options, TranspileReport* report);

  // Declares the variables. The ops are queued by Insert, since the first pair that is made for an op is the last in
  // front of it.
  MadePair Make(const PairRequest& request);
  // Queues the ops of a pair in front of `request.before`, behind those queued there before.
  void Insert(const PairRequest& request, const MadePair& pair);
  // Queues the step counter's increment and, where a startup program is given, the initializers.
  void Finish();

 private:
  bool IsTaken(std::string_view name) const;
  bool DeclaredInStartup(std::string_view name) const;
  std::string NewName(std::string name);
  ValueNames NewValueNames(NameId id, bool backward);
  std::string AddState(std::string name, int64_t size, float value, bool counter);
  std::string AddCounter();
  void MakeStepCounter();
  void AddQuantizeInputs(const PairRequest& request, const MadePair& pair);
  void AddQuantizeOutputs(const PairRequest& request, const MadePair& pair);
  void BuildIncrement(std::string_view counter, const ServedOp& served);
  void InsertInitializer(const TranspileReport::Initialization& initialization);

  const PassContext& context_;
  const TranspileOptions& options_;
  TranspileReport* report_;
  NameSet made_;
  // By a variable's name, and by whether it is for the backward (index 1): the first number that may be free.
  std::array<tsl::robin_map<NameId, uint32_t>, 2> next_number_;
  uint32_t next_window_ = 0;
  uint32_t next_counter_ = 0;
  uint32_t next_running_sum_ = 0;
  bool has_step_counter_ = false;    // there is one that can be used
  bool makes_step_counter_ = false;  // and it is ours
  OpBuilder op_;
  OpId served_op_ = UINT32_MAX;  // the op that served_ is of: an op's pairs come one after the other
  ServedOp served_;
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_TRANSPILE_PAIR_MAKER_H_
