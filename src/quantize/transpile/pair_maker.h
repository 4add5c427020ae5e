// Gives quantized values their names and numbers, declares and initializes the variables of their scales, and has a
// form write the ops: all as the QuantizeTranspiler of paddlepaddle 1.8.5 does.
#ifndef PDQUANT_QUANTIZE_TRANSPILE_PAIR_MAKER_H_
#define PDQUANT_QUANTIZE_TRANSPILE_PAIR_MAKER_H_

#include <tsl/robin_map.h>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/edit/builder.h"
#include "ir/name_table.h"
#include "paddle/names.h"
#include "quantize/forms/form.h"
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
  const ScaleKind* scale_kind = nullptr;
  int32_t axis = kWholeTensor;  // of a scale with channels
  int64_t channels = 1;
  // The pair runs several times a step: its scale counts for itself, since the program's counter counts steps.
  bool in_loop = false;
  // The pair serves a backward op, and goes with the backward in the test form.
  bool backward = false;
};

class PairMaker {
 public:
  PairMaker(const PassContext& context, const TranspileOptions& options, TranspileReport* report);

  // Declares the variables. The ops are queued by Insert, since the first pair that is made for an op is the last in
  // front of it.
  FormValue Make(const PairRequest& request);
  // Queues the ops of a pair in front of `request.before`, behind those queued there before.
  void Insert(const PairRequest& request, const FormValue& value);
  // Declares the scale of what `op` writes in `output`, and queues the op that follows it behind `op`.
  FormValue FollowOutput(VarId output, OpId op, bool in_loop);
  // Queues the ops that run once a step and, where a startup program is given, the initializers.
  void Finish();

  // The persistable variables of block 0 that a value uses and keeps from step to step, the scale first.
  static std::vector<std::string> StateOf(const FormValue& value);

 private:
  bool IsTaken(std::string_view name) const;
  bool DeclaredInStartup(std::string_view name) const;
  ValueNames NewValueNames(NameId id, bool backward, const ScaleKind& kind);
  void MakeShared(const ScaleKind& kind);
  void DeclareScale(const PairRequest& request, FormValue* value);
  uint32_t FreeNumber(std::span<const std::string_view> prefixes);
  int64_t SizeOf(const ScaleVariable& variable, const ScaleVariable& scale, int64_t channels) const;
  void AddState(const std::string& name, const ScaleVariable& variable, int64_t size);
  void AddLocal(const std::string& name, const ScaleVariable& variable, const PairRequest& request, int64_t size);
  void InsertInitializer(const TranspileReport::Initialization& initialization);

  const PassContext& context_;
  const TranspileOptions& options_;
  TranspileReport* report_;
  NameSet made_;
  // By a variable's name, and by whether it is for the backward (index 1): the first number that may be free.
  std::array<tsl::robin_map<NameId, uint32_t>, 2> next_number_;
  NameMap<uint32_t> next_number_of_prefix_;
  std::vector<const ScaleKind*> ready_;         // whose shared variables are declared
  std::vector<const ScaleKind*> counted_here_;  // whose ops that run once a step are ours
  OpBuilder op_;
  OpId served_op_ = kNoOp;  // the op that served_ is of: an op's pairs come one after the other
  ServedOp served_;
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_TRANSPILE_PAIR_MAKER_H_
