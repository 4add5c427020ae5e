#include "quantize/observe/observe_pass.h"

#include <cmath>
#include <limits>
#include <unordered_set>
#include <utility>

#include "check/rules.h"
#include "paddle/import/import_names.h"
#include "paddle/names.h"
#include "quantize/observe/fusion_guard.h"
#include "quantize/refusals.h"

namespace pdquant {
namespace {

constexpr int64_t kFirstWithHistogram = 2'000'000;  // Paddle 2.0.0

// Why the values up to `limit` can't be counted; null where they can.
const char* WhyUncounted(std::optional<float> limit) {
  if (!limit) return "it has no scale";
  if (*limit == 0) return "its scale is 0";
  // The values are multiplied by what has to be a float.
  return std::isfinite(static_cast<float>(kHistogramBins) / *limit) ? nullptr : "its scale is too small";
}

}  // namespace

Status CheckObservable(const Index& index) {
  if (IsObserved(index))
    return BadInput("the program has the output 'pdquant.observed' already; observe the model without it");
  const Block& block = index.program().block(0);
  bool fetches = false;
  for (OpId op = block.first_op; op < block.first_op + block.op_count; ++op) {
    if (!IsFetch(index.type(op))) continue;
    if (index.OutputVar(op, slots::kOut) == kNoVar)
      return BadInput(ToString(PlaceOfOp(index, op)) + ": its slot 'Out' isn't one variable that is declared");
    if (index.program().op(op).IntOr(attributes::kColumn, 0) == std::numeric_limits<int32_t>::max())
      return BadInput(ToString(PlaceOfOp(index, op)) +
                      ": it hands over the last column that there can be, and what is observed would come behind it");
    fetches = true;
  }
  if (fetches) return {};
  return BadInput(
      "the program hands over no output (fetch), so it is no model for inference; export it with "
      "save_inference_model or paddle.jit.save");
}

Result<Outcome> ObservePass::Run(const PassContext& context) {
  const ObserveOptions defaults;
  const ObserveOptions& options = options_ == nullptr ? defaults : *options_;
  const Index& index = context.main->index;
  // What a quantized model rounds is not what its float model has.
  RefuseQuantized(index, "observe the float model; pdquant undo makes one of a quantized model", context.findings);
  if (context.findings->has_errors()) return BadInput("the program is quantized already");
  if (Status s = CheckObservable(index); !s.ok()) return s;
  found_ = FindObservedValues(index, options.rules, context.findings);
  for (const ObservedValues::LeftOut& left_out : found_.left_out)
    context.findings->Warning("unobserved-value", left_out.place, "isn't observed: " + left_out.why);
  KeepFromFusion(found_.values, context.main);
  list_ = {};
  Meters meters(context.main);
  measures_in_loops_ = false;
  std::unordered_set<VarId> uncounted;
  const bool has_op = index.program().version() >= kFirstWithHistogram && !options.portable;
  if (options.limit_of) list_.kind = ObservedKind::kHistograms;
  for (const ObservedValue& value : found_.values) {
    ObservedList::Value described;
    described.name = index.name(index.var_name(value.var));
    if (!options.limit_of) {
      meters.AddRange(value);
    } else {
      const std::optional<float> limit = options.limit_of(described.name);
      if (const char* why = WhyUncounted(limit)) {
        if (!uncounted.insert(value.var).second) continue;
        Place place;
        place.block = static_cast<int32_t>(index.program().BlockOfVar(value.var));
        place.variable = described.name;
        context.findings->Warning("unobserved-value", std::move(place), std::string("isn't counted: ") + why);
        continue;
      }
      described.limit = static_cast<double>(*limit);
      meters.AddHistogram(value, *limit, has_op ? CountingOps::kHistogram : CountingOps::kPlain);
    }
    measures_in_loops_ |= value.in_loop;
    list_.values.push_back(std::move(described));
  }
  list_.fingerprint = FingerprintOf(list_, index);
  meters.Join(list_.fingerprint, list_.row_size());
  constants_ = meters.constants();
  return Outcome::kChanged;
}

}  // namespace pdquant
