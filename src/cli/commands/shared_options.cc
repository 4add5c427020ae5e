#include "cli/commands/shared_options.h"

#include <array>
#include <iterator>
#include <vector>

#include "base/words.h"
#include "files/toml_file.h"
#include "paddle/scale_kinds.h"
#include "quantize/rules/rules_file.h"

namespace pdquant {

void SelectionOptions::AddTo(OptionList* options) {
  options->SetGroup("Selection");
  options->Texts(
      "--op-type", "TYPE,...",
      "quantize ops of these types, where they read a weight, instead of those by default; +TYPE adds one to "
      "them",
      &words.op_types);
  options->Flag("--products", "products of two activations of these types, too", &words.products);
  options->Texts("--only", "PATTERN",
                 "leave all ops in float but those that read a variable whose name matches; scope:PATTERN means ops in "
                 "that name scope, type:PATTERN those of that type; may come again",
                 &words.only);
  options->Texts("--skip", "PATTERN", "leave such ops in float; may come again", &words.skip);
  options->InputPath("--rules", "FILE",
                     "more rules, in TOML: what is quantized, and with how many bits; a later one wins", &rules_file);
}

Result<SelectionRules> SelectionOptions::Rules() const {
  Result<SelectionRules> rules = RulesOfWords(words);
  if (!rules.ok() || rules_file.empty()) return rules;
  const Result<TomlFile> file = TomlFile::Read("--rules", rules_file);
  if (!file.ok()) return file.status();
  Result<SelectionRules> more = ReadRules(*file);
  if (!more.ok()) return more.status();
  std::move(more->begin(), more->end(), std::back_inserter(*rules));
  return rules;
}

void AddForm(const std::string& help, std::optional<QuantizationForm>* form, OptionList* options) {
  static constexpr Words<QuantizationForm, 2> kForms = {
      {{"legacy", QuantizationForm::kLegacy}, {"linear", QuantizationForm::kLinear}}};
  options->Choice("--form", "FORM", help, kForms, form);
}

void AddTarget(const std::string& meaning, std::optional<Target>* target, OptionList* options) {
  const std::vector<std::string_view> words = RuntimeWords();
  options->Choice("--target", "NAME", "the engine that is to take the model: " + JoinWords(words) + "; " + meaning,
                  words, [target](std::string_view word) { *target = FindRuntime(word)->target; });
}

void AddWeightScale(bool* per_channel, OptionList* options) {
  static const Words<bool, 2> kScales = {{{ScaleOfStep(QuantizationForm::kLegacy, false).word, false},
                                          {ScaleOfStep(QuantizationForm::kLegacy, true).word, true}}};
  options->Choice("--weight-quantize-type", "TYPE",
                  "how the scale of a weight is found: " + std::string(kScales[0].first) + " or " +
                      std::string(kScales[1].first) + " (default: one for each output channel)",
                  kScales, per_channel);
}

void ModelPaths::AddTo(OptionList* options) {
  options->Argument(
      "MODEL", "the model: a folder with __model__ or one *.pdmodel, a prefix P with P.pdmodel, or the program's file",
      &model);
  options->SetGroup("Files");
  options->InputPath(
      "--params", "FILE|DIR",
      "the parameters, where they don't lie beside the program: a combined file, or a folder of separate files",
      &params);
  options->OutputPath("-o,--out", "OUT", "where the new model goes: a folder, a prefix or a file, as MODEL is", &out,
                      PathRole::kResult);
  options->OutputPath("--params-out", "FILE|DIR", "where the new parameters go", &params_out);
}

void ModelArguments::AddTo(OptionList* options) {
  ModelPaths::AddTo(options);
  options->Flag("--in-place", "replace MODEL, instead of -o", &in_place, PathRole::kResult);
  options->Flag("--dry-run", "print the plan and write nothing", &dry_run, PathRole::kResult);
  options->OutputPath("--report", "FILE", "write what was done to which weight as JSON; - is standard output", &report);
}

Status ModelArguments::CheckOutputs(std::span<const FileRole> inputs) const {
  const std::array<FileRole, 3> outputs = {{{"-o", out}, {"--params-out", params_out}, {"--report", report}}};
  return CheckRoles(inputs, outputs);
}

Status ModelArguments::Validate() const {
  if (in_place && !out.empty()) return UsageError("-o and --in-place exclude each other");
  if (in_place && !params_out.empty()) return UsageError("--params-out and --in-place exclude each other");
  if (out.empty() && !in_place && !dry_run) return UsageError("one of -o, --in-place and --dry-run is required");
  if (out.empty() && !params_out.empty()) return UsageError("--params-out needs -o");
  return {};
}

}  // namespace pdquant
