#include "cli/commands/models/model_arguments.h"

namespace pdquant {

void ModelPaths::AddTo(OptionList* options) {
  options->Argument(
      "MODEL", "the model: a folder with __model__ or one *.pdmodel, a\nprefix P with P.pdmodel, or the program's file",
      &model);
  options->SetGroup("Files");
  options->InputPath(
      "--params", "FILE|DIR",
      "the parameters, where they don't lie beside the program:\na combined file, or a folder of separate files",
      &params);
  options->OutputPath("-o,--out", "OUT", "where the new model goes: a folder, a prefix or a file,\nas MODEL is", &out,
                      PathRole::kResult);
  options->OutputPath("--params-out", "FILE|DIR", "where the new parameters go", &params_out);
}

void ModelArguments::AddTo(OptionList* options) {
  ModelPaths::AddTo(options);
  options->Flag("--in-place", "replace MODEL, instead of -o", &in_place, PathRole::kResult);
  options->Flag("--dry-run", "print the plan and write nothing", &dry_run, PathRole::kResult);
  options->OutputPath("--report", "FILE", "write what was done to which weight as JSON;\n- is standard output",
                      &report);
}

Status ModelArguments::Validate() const {
  if (in_place && !out.empty()) return UsageError("-o and --in-place exclude each other");
  if (in_place && !params_out.empty()) return UsageError("--params-out and --in-place exclude each other");
  if (out.empty() && !in_place && !dry_run) return UsageError("one of -o, --in-place and --dry-run is required");
  if (out.empty() && !params_out.empty()) return UsageError("--params-out needs -o");
  return {};
}

}  // namespace pdquant
