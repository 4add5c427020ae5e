#include "quantize/transpile/pair_maker.h"

#include <algorithm>

#include "paddle/scale_kinds.h"
#include "pdquant/framework.pb.h"
#include "quantize/forms/op_templates.h"

namespace pdquant {
namespace {

// The name of a variable that isn't numbered.
std::string NameAfter(const ValueNames& names, const ScaleVariable& variable) {
  const std::string& base = variable.named == NamedAfter::kScale       ? names.scale
                            : variable.named == NamedAfter::kQuantized ? names.quantized
                                                                       : names.dequantized;
  return base + std::string(variable.text);
}

}  // namespace

PairMaker::PairMaker(const PassContext& context, const TranspileOptions& options, TranspileReport* report)
    : context_(context), options_(options), report_(report) {}

bool PairMaker::IsTaken(std::string_view name) const {
  if (name.empty()) return false;
  return context_.main->index.names().Find(name) != kNoName ||
         (context_.startup != nullptr && context_.startup->index.names().Find(name) != kNoName) || made_.contains(name);
}

ValueNames PairMaker::NewValueNames(NameId id, bool backward, const ScaleKind& kind) {
  const std::string_view variable = context_.main->index.name(id);
  uint32_t& number = next_number_[backward ? 1 : 0][id];
  ValueNames names = NamesInForm(options_.form, variable, number, backward);
  const auto taken = [&](const ScaleVariable& variable_of_scale) {
    return variable_of_scale.named != NamedAfter::kNumber && IsTaken(NameAfter(names, variable_of_scale));
  };
  while (IsTaken(names.quantized) || IsTaken(names.dequantized) ||
         std::any_of(kind.variables.begin(), kind.variables.end(), taken))
    names = NamesInForm(options_.form, variable, ++number, backward);
  made_.insert(names.quantized);
  made_.insert(names.dequantized);
  made_.insert(names.scale);
  ++number;
  return names;
}

// The first number that is free behind all of the prefixes, which then is taken.
uint32_t PairMaker::FreeNumber(std::span<const std::string_view> prefixes) {
  uint32_t& number = next_number_of_prefix_[prefixes[0]];
  const auto taken = [&](std::string_view prefix) { return IsTaken(NumberedName(prefix, number)); };
  while (std::any_of(prefixes.begin(), prefixes.end(), taken)) ++number;
  return number++;
}

bool PairMaker::DeclaredInStartup(std::string_view name) const {
  const Index& index = context_.startup->index;
  const NameId id = index.names().Find(name);
  return id != kNoName && index.DeclaredIn(0, id) != kNoVar;
}

int64_t PairMaker::SizeOf(const ScaleVariable& variable, const ScaleVariable& scale, int64_t channels) const {
  switch (variable.shape) {
    case ScaleShape::kWindow:
      return options_.window_size;
    case ScaleShape::kChannels:
      return channels;
    case ScaleShape::kScale:
      return SizeOf(scale, scale, channels);
    default:
      return 1;
  }
}

// A persistable variable of block 0, with the value that it starts with.
void PairMaker::AddState(const std::string& name, const ScaleVariable& variable, int64_t size) {
  const std::string var = EncodeTensorVar(name, variable.data_type, size, true);
  context_.main->edits.AddVar(0, var);
  if (context_.startup != nullptr && !DeclaredInStartup(name)) context_.startup->edits.AddVar(0, var);
  const float start = variable.running_sum && options_.unbiased_start ? 0 : variable.start;
  report_->initializations.push_back({name, variable.data_type, size, start});
  made_.insert(name);
}

// A variable beside the op.
void PairMaker::AddLocal(const std::string& name, const ScaleVariable& variable, const PairRequest& request,
                         int64_t size) {
  const VarView source = context_.main->index.program().var(request.source);
  if (variable.shape == ScaleShape::kValue) {
    context_.main->edits.AddVar(request.block, EncodeVarOfType(name, source.type_fields(), false));
    return;
  }
  // A value whose declaration is wrong has a scale whose is: what runs takes the type of what it gets.
  const auto tensor = variable.text.empty() ? source.lod_tensor() : std::nullopt;
  const int32_t type = tensor ? tensor->data_type : variable.data_type;
  context_.main->edits.AddVar(request.block, EncodeTensorVar(name, type, size, false));
}

// The variables that stand in for all pairs of a kind. One that the program has is used as it is, and is counted by the
// program.
void PairMaker::MakeShared(const ScaleKind& kind) {
  if (std::find(ready_.begin(), ready_.end(), &kind) != ready_.end()) return;
  ready_.push_back(&kind);
  const Index& index = context_.main->index;
  bool ours = false;
  for (const ScaleVariable& variable : kind.variables) {
    if (variable.shared.empty()) continue;
    const NameId name = index.names().Find(variable.shared);
    if ((name != kNoName && index.DeclaredIn(0, name) != kNoVar) || made_.contains(variable.shared)) continue;
    if (variable.kept) {
      AddState(std::string(variable.shared), variable, 1);
    } else {
      context_.main->edits.AddVar(0, EncodeTensorVar(variable.shared, variable.data_type, 1, false));
      made_.insert(std::string(variable.shared));
    }
    ours = true;
  }
  if (ours) counted_here_.push_back(&kind);
}

void PairMaker::DeclareScale(const PairRequest& request, FormValue* value) {
  const ScaleKind& kind = *request.scale_kind;
  const auto is_wanted = [&](const ScaleVariable& variable) { return !variable.training_only || !options_.for_test; };
  std::vector<std::string_view> prefixes;
  for (const ScaleVariable& variable : kind.variables) {
    if (is_wanted(variable) && variable.named == NamedAfter::kNumber && variable.shared.empty())
      prefixes.push_back(variable.text);
  }
  const uint32_t number = prefixes.empty() ? 0 : FreeNumber(prefixes);
  value->scale_variables.resize(kind.variables.size());
  for (size_t i = 0; i < kind.variables.size(); ++i) {
    const ScaleVariable& variable = kind.variables[i];
    if (!is_wanted(variable)) continue;
    std::string& name = value->scale_variables[i];
    if (!variable.shared.empty() && !request.in_loop) {
      name = variable.shared;
      continue;
    }
    if (variable.named != NamedAfter::kNumber) {
      name = NameAfter(value->names, variable);
    } else {
      name = NumberedName(variable.text, variable.shared.empty() ? number : FreeNumber({&variable.text, 1}));
    }
    const int64_t size = SizeOf(variable, kind.scale_variable(), request.channels);
    if (variable.kept) {
      AddState(name, variable, size);
    } else {
      AddLocal(name, variable, request, size);
    }
  }
}

FormValue PairMaker::Make(const PairRequest& request) {
  const Index& index = context_.main->index;
  if (!request.in_loop && !options_.for_test) MakeShared(*request.scale_kind);
  FormValue value;
  value.source = index.name(index.var_name(request.source));
  value.names = NewValueNames(index.var_name(request.source), request.backward, *request.scale_kind);
  value.scale_kind = request.scale_kind;
  value.bits = request.bits;
  value.axis = request.axis;
  value.in_loop = request.in_loop;
  DeclareValue(value, index.program().var(request.source).type_fields(), request.block, &context_.main->edits);
  DeclareScale(request, &value);
  return value;
}

FormValue PairMaker::FollowOutput(VarId output, OpId op, bool in_loop) {
  const Index& index = context_.main->index;
  PairRequest request;
  request.source = output;
  request.scale_kind = &OutScaleRow();
  request.in_loop = in_loop;
  FormValue value;
  value.source = index.name(index.var_name(output));
  value.scale_kind = request.scale_kind;
  uint32_t number = 0;
  do {
    value.names.scale = NamesOfValue(value.source, number++, false, kOutScaleSuffix).scale;
  } while (IsTaken(value.names.scale));
  made_.insert(value.names.scale);
  DeclareScale(request, &value);
  BuildScaleOp(value.scale_kind->quantize_op(), value, options_, Serving(index, op), &op_);
  context_.main->edits.InsertOpAfter(op, op_.message());
  return value;
}

std::vector<std::string> PairMaker::StateOf(const FormValue& value) {
  const ScaleKind& kind = *value.scale_kind;
  std::vector<std::string> state;
  if (kind.scale_variable().kept) state.push_back(value.scale_variables[static_cast<size_t>(kind.scale)]);
  for (size_t i = 0; i < kind.variables.size(); ++i) {
    const bool is_scale = i == static_cast<size_t>(kind.scale);
    const ScaleVariable& variable = kind.variables[i];
    const bool outside = variable.kept || (!variable.shared.empty() && !value.in_loop);
    if (!is_scale && outside && !value.scale_variables[i].empty()) state.push_back(value.scale_variables[i]);
  }
  return state;
}

void PairMaker::Insert(const PairRequest& request, const FormValue& value) {
  if (served_op_ != request.served) {
    served_op_ = request.served;
    served_ = Serving(context_.main->index, request.served);
  }
  EmitValue(value, options_, served_, request.before, &context_.main->edits, &op_);
}

void PairMaker::InsertInitializer(const TranspileReport::Initialization& initialization) {
  if (DeclaredInStartup(initialization.variable)) return;  // a step counter that only the startup program had
  BuildFillConstant(initialization.variable, initialization.data_type, initialization.size, initialization.value, &op_);
  const Block& block = context_.startup->index.program().block(0);
  if (block.op_count != 0) {
    context_.startup->edits.InsertOpBefore(block.first_op, op_.message());
  } else {
    context_.startup->edits.AppendOp(0, op_.message());
  }
}

void PairMaker::Finish() {
  for (const ScaleKind* kind : counted_here_) {
    FormValue value;
    value.scale_kind = kind;
    for (const ScaleVariable& variable : kind->variables) value.scale_variables.emplace_back(variable.shared);
    for (const ScaleOp& op : kind->step_ops) {
      BuildScaleOp(op, value, options_, {}, &op_);
      context_.main->edits.PrependOp(0, op_.message());
    }
  }
  if (context_.startup == nullptr) return;
  // Each initializer is put before all others: they stand in the reverse order of making.
  const auto& all = report_->initializations;
  for (auto i = all.rbegin(); i != all.rend(); ++i) InsertInitializer(*i);
}

}  // namespace pdquant
