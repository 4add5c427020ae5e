#include "quantize/convert/convert_model.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "analysis/quantized_values.h"
#include "analysis/uses.h"
#include "check/check.h"
#include "quantize/convert/convert_passes.h"
#include "quantize/convert/thaw_pass.h"
#include "quantize/freeze/model_passes.h"
#include "quantize/pipeline.h"
#include "quantize/targets/target_form.h"
#include "quantize/weights/planned_values.h"

namespace pdquant {
namespace {

// In which form a program is.
struct PresentForm {
  bool quantized = false;
  bool frozen = false;  // some op reads integers, or integers are stored
  bool legacy = false;
  bool fused = false;
  bool linear = false;

  bool IsAll(QuantizationForm form) const {
    return form == QuantizationForm::kLinear ? !legacy && !fused : !linear && !fused;
  }
};

PresentForm FormOf(const Index& index) {
  const Uses uses(index);
  const QuantizedValues values(index, uses);
  PresentForm form;
  form.legacy = !values.products().empty();
  form.frozen = values.IsFrozen();
  for (const QuantizedValue& value : values.values()) {
    form.legacy |= value.kind->form == QuantizationForm::kLegacy;
    form.fused |= value.kind->form == QuantizationForm::kFused;
    form.linear |= value.kind->form == QuantizationForm::kLinear;
  }
  form.linear |= !values.observed().empty();
  form.quantized = form.legacy || form.fused || form.linear || !values.unpaired().empty();
  return form;
}

class Conversion {
 public:
  Conversion(Program program, ParameterValues* values, Findings* findings)
      : values_(values), pipeline_(std::move(program), std::nullopt, findings, nullptr) {}

  // A frozen program: back to its simulation, and frozen anew.
  Status Refreeze(QuantizationForm form) {
    ThawPass thaw(values_);
    PlannedValues thawed(values_, &thaw.thawed());
    FreezePass freeze(&thawed, form);
    StripTrainingPass strip(&freeze.state());
    DissolveObserversPass observers(values_);
    RemoveUnusedPass remove;  // as freeze does
    const std::array<Pass*, 5> passes = {&observers, &thaw, &freeze, &strip, &remove};
    if (Status s = pipeline_.Run(passes); !s.ok()) return s;
    plans_ = freeze.parameters();
    KeepIntegers(thaw.thawed(), &plans_);
    kept_ = freeze.kept();
    converted_ = freeze.frozen_ops();
    return {};
  }

  Status Reform(QuantizationForm form) {
    DissolveObserversPass observers(values_);
    ReformPass reform(values_, form);
    StripTrainingPass strip(&reform.state());
    const std::array<Pass*, 3> passes = {&observers, &reform, &strip};
    if (Status s = pipeline_.Run(passes); !s.ok()) return s;
    plans_ = reform.parameters();
    return RemoveUnused({&observers.unneeded(), &reform.state()});
  }

  // Of a program that isn't well formed: says why.
  Status Refuse() { return pipeline_.Run({}); }

  Status Fit(Target target) { return FitToTarget(target, values_, &plans_, &pipeline_); }

  Result<RewrittenModel> Take() {
    Result<Program> result = pipeline_.TakeMain();
    if (!result.ok()) return result.status();
    return RewrittenModel{std::move(*result), std::move(plans_), converted_, std::move(kept_)};
  }

 private:
  // What only the old ops needed goes where nothing names it any more, with the new parameters that no op took.
  Status RemoveUnused(std::initializer_list<const std::unordered_set<std::string>*> sets) {
    std::unordered_set<std::string> names;
    for (const auto* set : sets) names.insert(set->begin(), set->end());
    for (const auto& [name, plan] : plans_) names.insert(name);
    RemoveUnusedPass remove(std::move(names));
    const std::array<Pass*, 1> passes = {&remove};
    return pipeline_.Run(passes);
  }

  ParameterValues* values_;
  Pipeline pipeline_;
  ParameterPlans plans_;
  std::vector<KeptOp> kept_;
  size_t converted_ = 0;
};

}  // namespace

Result<RewrittenModel> ConvertModel(Program program, const ConvertOptions& options, ParameterValues* values,
                                    Findings* findings) {
  PresentForm present;
  bool sound = false;
  {
    const Index index(program);
    Findings faults;
    CheckProgram(index, &faults);
    sound = !faults.has_errors();
    if (sound) present = FormOf(index);
  }
  if (!sound) return Conversion(std::move(program), values, findings).Refuse();
  if (!present.quantized)
    findings->Note("not-quantized", {}, "the program has no quantize ops: it is plain float, and stays so");
  const bool may_stay = options.target && TargetFormOf(*options.target).takes_other_form;
  QuantizationForm form = options.form ? *options.form : TargetFormOf(*options.target).form;
  if (!options.form && may_stay && !present.fused && present.legacy != present.linear)
    form = present.linear ? QuantizationForm::kLinear : QuantizationForm::kLegacy;
  Conversion conversion(std::move(program), values, findings);
  if (present.quantized && !present.IsAll(form)) {
    const Status status = present.frozen ? conversion.Refreeze(form) : conversion.Reform(form);
    if (!status.ok()) return status;
  }
  if (options.target) {
    if (const Status status = conversion.Fit(*options.target); !status.ok()) return status;
  }
  Result<RewrittenModel> model = conversion.Take();
  if (model.ok() && options.target) WarnForTarget(model->program, *options.target, findings);
  return model;
}

}  // namespace pdquant
