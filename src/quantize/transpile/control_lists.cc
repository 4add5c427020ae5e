#include "quantize/transpile/control_lists.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/escape.h"
#include "check/rules.h"
#include "ir/edit/op_edits.h"
#include "paddle/control_ops.h"
#include "paddle/names.h"

namespace pdquant {
namespace {

std::vector<NameId> ArgumentsOf(const Index& index, std::span<const Argument> arguments, std::string_view slot) {
  std::vector<NameId> names;
  const NameId id = index.names().Find(slot);
  for (const Argument& argument : arguments) {
    if (argument.slot == id) names.push_back(argument.name);
  }
  return names;
}

}  // namespace

void ControlLists::Name(std::span<const std::string> names, uint32_t key, uint32_t outer, uint32_t inner) {
  for (uint32_t body = inner; body != outer; body = flow_.body(body).outer) {
    // Where the body has named them, so have those around it, as far as `outer`.
    if (!done_.insert(static_cast<uint64_t>(body) << 32U | key).second) return;
    std::vector<std::string>& added = added_[body];
    added.insert(added.end(), names.begin(), names.end());
  }
}

// The names that the op doesn't list yet, each once: several pairs may count with the same step counter.
std::vector<std::string> ControlLists::Missing(OpId op, const ControlOp& control,
                                               std::span<const std::string> names) const {
  std::unordered_set<std::string_view> listed;
  for (const NameId name : ArgumentsOf(index_, index_.inputs(op), control.inputs)) listed.insert(index_.name(name));
  std::vector<std::string> missing;
  for (const std::string& name : names) {
    if (listed.insert(name).second) missing.push_back(name);
  }
  return missing;
}

// The executor finds the gradient op's step scopes by these lists, and links the gradients by their places in them.
bool ControlLists::Agree(OpId op, OpId gradient, const ControlOp& control, Findings* findings) const {
  const auto forward_names = ArgumentsOf(index_, index_.inputs(op), control.inputs);
  const auto backward_names = ArgumentsOf(index_, index_.inputs(gradient), control.inputs);
  const auto gradients = ArgumentsOf(index_, index_.outputs(gradient), control.gradients);
  if (forward_names == backward_names && gradients.size() == backward_names.size()) return true;
  findings->Error("control-gradient", PlaceOfOp(index_, gradient, "input " + Quote(control.inputs)),
                  "the list differs from that of " + ToString(PlaceOfOp(index_, op)) +
                      ", or has not as many gradients: no variable can be added to both",
                  "export the program again after its backward was made");
  return false;
}

std::map<OpId, std::vector<Edits::FieldEdit>> ControlLists::Finish(const std::function<bool(OpId)>& keeps,
                                                                   Findings* findings) const {
  // An op and its gradient ops list the same, whichever of their bodies reads it: by forward body first.
  std::map<uint32_t, std::vector<std::string>> of_bodies;
  for (const auto& [block, added] : added_) {
    const int32_t forward = index_.program().block(block).forward;
    const bool gradient = IsControlGradient(index_.type(flow_.body(block).runner)) && forward >= 0 &&
                          flow_.body(static_cast<size_t>(forward)).runner != kNoOp;
    std::vector<std::string>& list = of_bodies[gradient ? static_cast<uint32_t>(forward) : block];
    list.insert(list.end(), added.begin(), added.end());
  }
  std::map<OpId, std::pair<const ControlOp*, std::vector<std::string>>> names;
  const auto add = [&](OpId op, const ControlOp* control, std::span<const std::string> more) {
    auto& [of, list] = names[op];
    of = control;
    list.insert(list.end(), more.begin(), more.end());
  };
  for (const auto& [block, added] : of_bodies) {
    const Body& body = flow_.body(block);
    add(body.runner, body.control, added);
    if (IsControlGradient(index_.type(body.runner))) continue;
    for (const uint32_t gradient_block : flow_.GradientBlocksOf(block)) {
      const OpId gradient = flow_.body(gradient_block).runner;
      if (gradient == kNoOp || !keeps(gradient) || !Agree(body.runner, gradient, *body.control, findings)) continue;
      add(gradient, body.control, added);
    }
  }
  std::map<OpId, std::vector<Edits::FieldEdit>> edits;
  for (const auto& [op, addition] : names) {
    const auto& [control, list] = addition;
    const std::vector<std::string> missing = Missing(op, *control, list);
    const OpView view = index_.program().op(op);
    AppendInputs(view, control->inputs, missing, &edits[op]);
    if (!IsControlGradient(index_.type(op))) continue;
    const std::vector<std::string> none(missing.size(), std::string(kEmptyVariable));
    AppendOutputs(view, control->gradients, none, &edits[op]);
  }
  return edits;
}

}  // namespace pdquant
