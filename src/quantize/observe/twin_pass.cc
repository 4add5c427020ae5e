#include "quantize/observe/twin_pass.h"

#include "quantize/observe/fusion_guard.h"
#include "quantize/observe/meters.h"

namespace pdquant {
Result<Outcome> TwinPass::Run(const PassContext& context) {
  const Index& index = context.main->index;
  list_ = {};
  list_.kind = ObservedKind::kErrors;
  Meters meters(context.main);
  std::vector<ObservedValue> read;
  const OpId first = index.program().block(0).first_op;
  for (const TwinOutput& output : outputs_) {
    const VarId of_float = MainVar(index, output.float_name);
    const VarId of_quantized = MainVar(index, output.quantized_name);
    if (of_float == kNoVar || of_quantized == kNoVar)
      return InternalError("a twin lacks an output; please report it with the programs");
    const OpId behind = first + static_cast<OpId>(output.behind);
    read.push_back({of_float, behind, true, false});
    read.push_back({of_quantized, behind, true, false});
  }
  KeepFromFusion(read, context.main);
  for (size_t i = 0; i < outputs_.size(); ++i) {
    meters.AddError(read[2 * i], read[2 * i + 1]);
    ObservedList::Value value;
    value.name = outputs_[i].float_name;
    list_.values.push_back(std::move(value));
  }
  list_.fingerprint = FingerprintOf(list_, index);
  meters.Join(list_.fingerprint, list_.row_size());
  return Outcome::kChanged;
}

}  // namespace pdquant
