#include "pir/import/import.h"

#include <utility>

#include "base/escape.h"
#include "base/words.h"
#include "paddle/import/import_names.h"
#include "pdquant/framework.pb.h"
#include "pir/import/context.h"
#include "pir/import/handlers.h"
#include "pir/program.h"

namespace pdquant::pir {
namespace {

void CheckVersion(const Program& program, const ImportOptions& options, Reasons* reasons) {
  if (program.version <= kNewestVersion || options.allow_unverified) return;
  reasons->Add(kNone, "import-version",
               "the file is of version " + std::to_string(program.version) +
                   " of the format; the newest that is known is " + std::to_string(kNewestVersion),
               "--allow-unverified takes it");
}

// Parameters and inputs keep their names, and outputs get those that Paddle 3 calls them; all others come behind.
void ReserveNames(Context* context) {
  const Program& program = context->program;
  Draft& draft = context->draft;
  for (const std::string_view holder : {op_types::kFeed, op_types::kFetch}) {
    DraftVar var;
    var.name = std::string(holder);
    var.kind = holder == op_types::kFeed ? proto::VarType::FEED_MINIBATCH : proto::VarType::FETCH_LIST;
    var.is_persistable = true;
    (holder == op_types::kFeed ? context->feed_holder : context->fetch_holder) = draft.AddVar(std::move(var));
  }
  for (const Parameter& parameter : program.parameters) draft.Reserve(program.text(parameter.name));
  std::vector<OpId> fetches;
  for (OpId i = 0; i < program.ops.size(); ++i) {
    const std::string_view name = program.text(program.ops[i].name);
    if (name == kFetchOp) fetches.push_back(i);
    if (!IsInputOp(name)) continue;
    const std::string_view input = program.StringOf(program.ops[i], kNameAttribute);
    if (!input.empty()) draft.Reserve(input);
  }
  for (const OpId fetch : fetches) {
    const std::string_view output = program.StringOf(program.ops[fetch], kNameAttribute);
    const std::string name = draft.Reserve(output.empty() ? "fetch_name" : output);
    if (!output.empty() && name != output) {
      context->reasons->Add(fetch, "import-output",
                            "an output with the name " + Quote(output) +
                                ", which a parameter, an input, another output or the ProgramDesc itself has");
    }
    context->fetch_names[fetch] = name;
    const auto operands = program.OperandsOf(program.ops[fetch]);
    if (!operands.empty() && operands[0].value != kNone) context->output_names.emplace(operands[0].value, name);
  }
}

void CheckShapeOptions(const Context& context) {
  for (const auto& [name, dims] : context.options.input_shapes) {
    bool is_input = false;
    for (const std::string& input : context.inputs) is_input = is_input || input == name;
    if (!is_input) {
      context.reasons->Add(kNone, "import-input",
                           "--input-shape names " + Quote(name) + ", which is no input of the program");
    }
  }
}

void Count(const Program& program, const Draft& draft, Imported* imported) {
  for (const Op& op : program.ops) ++imported->from[FullName(program.text(op.name))];
  draft.ForEachOp([&](std::string_view type) { ++imported->to[std::string(type)]; });
}

}  // namespace

Result<Imported> Import(const Program& program, const ImportOptions& options, Findings* findings) {
  const size_t errors = findings->count(Level::kError);
  Reasons reasons(program);
  Context context(program, options, &reasons);
  context.is_sound = errors == 0;
  CheckVersion(program, options, &reasons);
  ReserveNames(&context);
  if (!program.blocks.empty()) Blocks(&context).Import(0, 0);
  CheckShapeOptions(context);
  if (!context.is_refused && context.outputs.empty())
    reasons.Add(kNone, "import-output", "the program has no output (fetch)");
  FinishOutputs(&context);
  context.draft.RemoveUnread();
  if (options.target == ImportTarget::kLite) CheckForLite(&context);
  reasons.Report(findings);
  if (errors != 0 || !reasons.empty())
    return BadInput("can't be imported: " + Counted(findings->count(Level::kError), "reason"));
  if (context.is_refused) return InternalError("an op was left out without a reason");
  Imported imported;
  imported.inputs = context.inputs;
  for (const Context::Output& output : context.outputs) imported.outputs.push_back(context.draft.var(output.var).name);
  Count(program, context.draft, &imported);
  imported.bytes = context.draft.Encode();
  return imported;
}

}  // namespace pdquant::pir
