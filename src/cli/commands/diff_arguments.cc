#include "cli/commands/diff_arguments.h"

#include <cmath>
#include <utility>

#include "cli/shell/words.h"
#include "paddle/names.h"

namespace pdquant {
namespace {

constexpr Words<DiffFormat, 6> kFormats = {{{"text", DiffFormat::kText},
                                            {"json", DiffFormat::kJson},
                                            {"markdown", DiffFormat::kMarkdown},
                                            {"github", DiffFormat::kGithub},
                                            {"sarif", DiffFormat::kSarif},
                                            {"junit", DiffFormat::kJunit}}};

}  // namespace

void DiffArguments::AddTo(OptionList* options) {
  options->Arguments(
      "A B",
      "two programs, models or parameter files; one of them may\nbe - for standard input; with --git what "
      "git hands over",
      &inputs);
  options->Choice("--format", "FORMAT",
                  "how it is told: text (default), json, markdown, github\n(annotations), sarif or junit",
                  "text, json, markdown, github, sarif or junit", SetWord(kFormats, &format));
  options->Flag("--expand", "a line for each op and variable, for those that follow\nfrom others, too", &expand);
  options->Flag("--git", "act as git's external diff driver: 1, 7 or 9 arguments,\nand always exit code 0", &git);
  options->SetGroup("What counts");
  options->Texts("--ignore", "NAME",
                 "leave out attributes of that name, or other facts such as\nversion; NAME may hold *, ? and [], or "
                 "be TYPE.NAME for ops\nof one type; may be given more than once",
                 &ignore);
  options->Flag("--no-default-ignore", "op_callstack counts, too", &no_default_ignore);
  options->Flag("--ignore-order", "ops that stand elsewhere, but compute the same, are equal", &ignore_order);
  options->Flag("--ignore-names", "variables that are renamed consistently are equal", &ignore_names);
  options->SetGroup("Parameters");
  options->Flag("--tensors", "compare the values of the models' parameters, too", &tensors);
  options->Text("--params-a", "FILE|DIR", "with --tensors: the parameters of A", &params_a);
  options->Text("--params-b", "FILE|DIR", "with --tensors: the parameters of B", &params_b);
  options->Number("--tolerance", "values that differ by no more are equal", &tolerance, [this] {
    return std::isfinite(tolerance) && tolerance >= 0 ? Status() : UsageError("has to be 0 or more");
  });
}

Status DiffArguments::Validate() const {
  if (git) {
    if (inputs.size() != 1 && inputs.size() != 7 && inputs.size() != 9) {
      return UsageError(
          "--git takes the 7 arguments that git hands to an external diff driver (9 for a renamed file, 1 "
          "for an unmerged one), not " +
          std::to_string(inputs.size()));
    }
    if (format != DiffFormat::kText) return UsageError("--git goes with --format text");
  } else if (inputs.size() != 2) {
    return UsageError("two inputs are required, A and B; " + std::to_string(inputs.size()) +
                      (inputs.size() == 1 ? " is given" : " are given"));
  } else if (inputs[0] == "-" && inputs[1] == "-") {
    return UsageError("only one of A and B can be standard input");
  }
  if (!tensors && (!params_a.empty() || !params_b.empty())) {
    return UsageError("--params-a and --params-b go with --tensors");
  }
  return {};
}

DiffOptions DiffArguments::Options() const {
  DiffOptions options;
  std::vector<std::string> patterns = ignore;
  if (!no_default_ignore) patterns.emplace_back(attributes::kOpCallStack);
  options.ignore = IgnoreRules(std::move(patterns));
  options.ignore_order = ignore_order;
  options.ignore_names = ignore_names;
  return options;
}

}  // namespace pdquant
