#include "quantize/freeze/model_rewrite.h"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "analysis/quantized_values.h"
#include "analysis/uses.h"
#include "check/check.h"
#include "quantize/convert/convert_model.h"
#include "quantize/convert/convert_passes.h"
#include "quantize/freeze/model_passes.h"
#include "quantize/pipeline.h"
#include "quantize/refusals.h"
#include "quantize/targets/target_form.h"
#include "quantize/targets/target_passes.h"

namespace pdquant {
namespace {

// In the order of ModelRewrite.
constexpr std::array<std::string_view, 6> kNames = {"freeze", "int8", "undo", "weights", "quantize", "convert"};

Result<Program> RunPasses(Program program, std::span<Pass* const> passes, Findings* findings) {
  Pipeline pipeline(std::move(program), std::nullopt, findings, nullptr);
  if (Status s = pipeline.Run(passes); !s.ok()) return s;
  return pipeline.TakeMain();
}

Result<RewrittenModel> Freeze(Program program, std::optional<QuantizationForm> form, ParameterValues* values,
                              Findings* findings) {
  FreezePass freeze(values, form);
  StripTrainingPass strip(&freeze.state());
  RemoveUnusedPass remove;
  const std::array<Pass*, 3> passes = {&freeze, &strip, &remove};
  Result<Program> result = RunPasses(std::move(program), passes, findings);
  if (!result.ok()) return result.status();
  return RewrittenModel{std::move(*result), freeze.parameters(), freeze.frozen_ops(), freeze.kept()};
}

Result<RewrittenModel> ToInt8(Program program, ParameterValues* values, Findings* findings) {
  Int8Pass int8(values);
  const std::array<Pass*, 1> passes = {&int8};
  Result<Program> result = RunPasses(std::move(program), passes, findings);
  if (!result.ok()) return result.status();
  return RewrittenModel{std::move(*result), int8.parameters(), 0, {}};
}

Result<RewrittenModel> Undo(Program program, ParameterValues* values, Findings* findings) {
  DissolveObserversPass observers(values);
  UndoPass undo(values);
  const std::array<Pass*, 2> passes = {&observers, &undo};
  Pipeline pipeline(std::move(program), std::nullopt, findings, nullptr);
  if (Status s = pipeline.Run(passes); !s.ok()) return s;
  std::unordered_set<std::string> unneeded = undo.unneeded();
  unneeded.insert(observers.unneeded().begin(), observers.unneeded().end());
  RemoveUnusedPass remove(std::move(unneeded));
  const std::array<Pass*, 1> clean_up = {&remove};
  if (Status s = pipeline.Run(clean_up); !s.ok()) return s;
  Result<Program> result = pipeline.TakeMain();
  if (!result.ok()) return result.status();
  return RewrittenModel{std::move(*result), undo.parameters(), 0, {}};
}

Result<RewrittenModel> StoreWeights(Program program, const ModelRequest& request, ParameterValues* values,
                                    Findings* findings) {
  WeightOnlyPass weights(values, request.weights);
  RestoreThresholdPass thresholds;
  std::vector<Pass*> passes = {&weights};
  if (request.target) passes.push_back(&thresholds);
  Result<Program> result = RunPasses(std::move(program), passes, findings);
  if (!result.ok()) return result.status();
  RewrittenModel model{std::move(*result), weights.parameters(), weights.stored_ops(), weights.kept()};
  if (request.target) WarnForTarget(model.program, *request.target, findings);
  return model;
}

}  // namespace

Result<RewrittenModel> RewriteModel(const ModelRequest& request, Program program, ParameterValues* values,
                                    Findings* findings) {
  switch (request.rewrite) {
    case ModelRewrite::kFreeze:
      return Freeze(std::move(program), request.form, values, findings);
    case ModelRewrite::kWeights:
      return StoreWeights(std::move(program), request, values, findings);
    case ModelRewrite::kConvert:
      return ConvertModel(std::move(program), {request.form, request.target}, values, findings);
    case ModelRewrite::kInt8:
      return ToInt8(std::move(program), values, findings);
    default:
      break;
  }
  return Undo(std::move(program), values, findings);
}

std::string_view ToString(ModelRewrite rewrite) { return kNames[static_cast<size_t>(rewrite)]; }

void ReportOtherForms(ModelRewrite rewrite, const Program& program, Findings* findings) {
  const Index index(program);
  Findings faults;
  CheckProgram(index, &faults);
  if (faults.has_errors()) return;
  const Uses uses(index);
  const QuantizedValues values(index, uses);
  ReportOtherForm(index, values.unpaired(), "foreign-quantization", ToString(rewrite), findings);
}

bool UndoNeedsParameters(const Program& program) {
  const Index index(program);
  Findings findings;
  CheckProgram(index, &findings);
  // What is not well formed is refused in any case.
  if (findings.has_errors()) return false;
  const Uses uses(index);
  const QuantizedValues quantized(index, uses);
  return quantized.IsFrozen();
}

}  // namespace pdquant
