#include "cli/commands/show_command.h"
#include "cli/shell/words.h"

namespace pdquant {
namespace {

constexpr Words<ShowFormat, 4> kFormats = {{{"text", ShowFormat::kText},
                                            {"json", ShowFormat::kJson},
                                            {"canonical", ShowFormat::kCanonical},
                                            {"dot", ShowFormat::kDot}}};
constexpr Words<ShowList, 3> kLists = {
    {{"ops", ShowList::kOps}, {"vars", ShowList::kVars}, {"params", ShowList::kParams}}};

}  // namespace

void ShowArguments::AddTo(OptionList* options) {
  options->Argument("PROGRAM|MODEL|PARAMS", "a program, a model or a parameter file,\nor - for standard input", &input);
  options->Choice(
      "--format", "FORMAT",
      "how it is shown: text (default), json, canonical (one\nfact a line, for comparing) or dot (for Graphviz)",
      "text, json, canonical or dot", SetWord(kFormats, &format));
  options->Choice("--list", "WHAT", "one thing a line: ops, vars or params", "ops, vars or params",
                  SetWord(kLists, &list));
  options->Text("--op", "N", "all about op N of the main block; B:N is op N of block B", &op);
  options->Text("--around", "N", "with --format dot: only what is near op N", &around);
  options->Integer("--hops", "with --around: how many edges away", &hops,
                   [this] { return hops >= 0 ? Status() : UsageError("has to be 0 or more"); });
  options->Text("--params", "FILE|DIR", "the parameters of the program", &params);
}

Status ShowArguments::Validate() const {
  if (list != ShowList::kNone && !op.empty()) return UsageError("--list and --op exclude each other");
  if (format != ShowFormat::kText && (list != ShowList::kNone || !op.empty())) {
    return UsageError("--list and --op go with --format text");
  }
  if (format != ShowFormat::kDot && !around.empty()) return UsageError("--around goes with --format dot");
  return {};
}

}  // namespace pdquant
