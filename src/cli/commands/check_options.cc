#include "cli/commands/check_command.h"
#include "cli/shell/words.h"
#include "paddle/runtimes.h"

namespace pdquant {
namespace {

constexpr Words<CheckFormat, 5> kFormats = {{{"text", CheckFormat::kText},
                                             {"json", CheckFormat::kJson},
                                             {"github", CheckFormat::kGithub},
                                             {"sarif", CheckFormat::kSarif},
                                             {"junit", CheckFormat::kJunit}}};

}  // namespace

void CheckArguments::AddTo(OptionList* options) {
  options->OptionalArgument("PROGRAM|MODEL",
                            "a program's file, or - for standard input: the program alone;\na folder or a prefix: "
                            "the model, with its parameters",
                            &input);
  options->Text("--params", "FILE|DIR", "the parameters of the program: checks the whole model", &params);
  options->Choice("--format", "FORMAT",
                  "what goes to standard output: text (default), json, github\n(workflow commands), sarif or junit",
                  "text, json, github, sarif or junit", SetWord(kFormats, &format));
  options->Choice("--target", "RUNTIME",
                  "also tell what keeps a runtime from taking the program:\npaddle, onednn, tensorrt, lite or onnx",
                  "paddle, onednn, tensorrt, lite or onnx", [this](std::string_view word) {
                    const Runtime* runtime = FindRuntime(word);
                    if (runtime != nullptr) target = runtime->target;
                    return runtime != nullptr;
                  });
  options->Flag("--strict", "warnings count as errors", &strict);
  options->Text("--explain", "CODE", "tell what the rule with this code is for, and nothing else", &explain);
}

}  // namespace pdquant
