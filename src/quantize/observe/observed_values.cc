#include "quantize/observe/observed_values.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "analysis/block_stack.h"
#include "analysis/control_flow.h"
#include "analysis/value_numbers.h"
#include "analysis/value_types.h"
#include "analysis/weights.h"
#include "base/escape.h"
#include "check/rules.h"
#include "paddle/names.h"
#include "paddle/op_role.h"
#include "paddle/runtimes/engine_passes.h"
#include "quantize/selection.h"

namespace pdquant {
namespace {

// Each op around a body lists what is measured there, so that the result grows with the depth.
constexpr size_t kDeepestBody = 8;

// A walk through the program in the order in which it runs.
class Finder {
 public:
  Finder(const Index& index, const SelectionRules& rules)
      : index_(index),
        flow_(index),
        selection_(index, nullptr, {}, {}, QuantizationForm::kLegacy, rules),
        parameters_(index, nullptr),
        types_(index, nullptr),
        values_(index, flow_),
        open_(index, flow_) {}

  ObservedValues Find(Findings* findings) {
    const auto enter = [this](uint32_t block) {
      open_.Enter(block);
      const ControlOp* control = flow_.body(block).control;
      const size_t level = open_.depth() - 1;
      branches_.push_back(control != nullptr && !control->loop ? level : level == 0 ? 0 : branches_.back());
      has_backward_.push_back(HasBackward(block) || (block != 0 && has_backward_.back()));
      values_.Enter(block);
    };
    const auto leave = [this] {
      open_.Leave();
      has_backward_.pop_back();
      branches_.pop_back();
      values_.Leave();
    };
    open_.Walk(
        0, enter, [this](uint32_t block, OpId op) { Visit(block, op); }, leave);
    WarnOfUnmetRules(index_, selection_, findings);
    DropOverwritten();
    return std::move(found_);
  }

 private:
  void Visit(uint32_t block, OpId op) {
    const QuantizableOp* row = PartOf(index_, op) == OpPart::kForward ? selection_.OfForward(op) : nullptr;
    OpChoice choice;
    if (row != nullptr) choice = selection_.ChooseOp(op, *row);
    VarId output = kNoVar;
    if (choice.quantized) {
      ++found_.ops;
      for (const QuantizableOperand& operand : row->operands()) VisitOperand(block, op, choice, operand);
      output = index_.OutputVar(op, row->output);
    } else if (const EpilogueOp* epilogue = EpilogueOf(op)) {
      output = index_.OutputVar(op, epilogue->output);
    }
    values_.Run(block, op);
    if (output != kNoVar) VisitOutput(block, op, output);
    open_.top().bodies = flow_.BodiesOf(op);
  }

  void VisitOperand(uint32_t block, OpId op, const OpChoice& of_op, const QuantizableOperand& operand) {
    const NameId slot = index_.names().Find(operand.slot);
    for (const Argument& argument : index_.inputs(op)) {
      if (argument.slot != slot || index_.name(argument.name) == kEmptyVariable) continue;
      const VarId var = index_.Lookup(block, argument.name);
      if (var == kNoVar || parameters_.IsParameter(var)) continue;
      const OperandChoice choice = selection_.Choose(op, of_op, var, operand);
      if (!choice.quantized) {
        LeaveOut(op, "input " + Quote(operand.slot), var, choice.why);
        continue;
      }
      if (choice.is_weight) continue;
      Position position = open_.PlaceFor(var, false);
      // What a branch reads counts where the branch is taken.
      const BlockStack::Level& branch = open_.level(branches_.back());
      if (open_.LevelOf(position.block) < branches_.back() && Hidden(branch.block).empty())
        position = {branch.block, branch.current};
      if (!values_.SurelyExists(var, open_.LevelOf(position.block))) position = {block, op};
      if (const std::string why = Hidden(position.block); !why.empty()) {
        LeaveOut(op, "input " + Quote(operand.slot), var, why);
      } else {
        Add({var, position.before, false, true, position.block, flow_.body(position.block).in_loop});
      }
    }
  }

  void VisitOutput(uint32_t block, OpId op, VarId var) {
    if (index_.program().var(var).kind() != proto::VarType::LOD_TENSOR || types_.TypeOf(var) != proto::VarType::FP32)
      return;
    if (const std::string why = Hidden(block); !why.empty()) return LeaveOut(op, "its output", var, why);
    Add({var, op, true, false, block, flow_.body(block).in_loop});
    outputs_.insert(Key(var));
  }

  // The row of an op that reads what a selected op wrote, or such an op behind it.
  const EpilogueOp* EpilogueOf(OpId op) const {
    const EpilogueOp* row = FindEpilogueOp(index_.type(op));
    if (row == nullptr) return nullptr;
    const VarId x = index_.InputVar(op, slots::kX);
    if (x == kNoVar || !outputs_.contains(Key(x))) return nullptr;
    if (row->bias.empty()) return row;
    const VarId bias = index_.InputVar(op, row->bias);
    return bias != kNoVar && parameters_.IsParameter(bias) ? row : nullptr;
  }

  uint64_t Key(VarId var) const { return uint64_t{var} << 32U | values_.present(var); }

  // A value that was measured in a body which has been left may not have been: it is measured here, too, and no longer
  // there, if the body is in this block. What a loop overwrites isn't in each turn what was measured in front of it.
  void Add(const ObservedValue& value) {
    if (value.operand) read_.insert(value.var);
    std::vector<size_t>& places = seen_[Key(value.var)];
    if (!places.empty()) {
      ObservedValue& last = found_.values[places.back()];
      if (open_.IsOpenFrom(last.block, open_.OutermostFor(value.var))) {
        last.operand |= value.operand;
        return;
      }
    }
    while (!places.empty() && flow_.Contains(value.block, found_.values[places.back()].block)) {
      superseded_.insert(places.back());
      places.pop_back();
    }
    places.push_back(found_.values.size());
    found_.values.push_back(value);
  }

  // What a batch norm overwrites in place, say, is not what the variable's readers read.
  void DropOverwritten() {
    std::unordered_map<VarId, Overwriting> overwriting;
    std::vector<ObservedValue> kept;
    for (size_t i = found_.values.size(); i-- > 0;) {
      const ObservedValue& value = found_.values[i];
      if (superseded_.contains(i)) continue;
      const bool is_last = overwriting[value.var].Add(flow_.body(value.block));
      if (read_.contains(value.var) ? value.operand : is_last) kept.push_back(value);
    }
    std::reverse(kept.begin(), kept.end());
    found_.values = std::move(kept);
  }

  // The bodies in which a variable is written, from the end of the program backwards. A body may not run: what is
  // written in it surely overwrites only what was written in the body itself, or in one inside it.
  class Overwriting {
   public:
    // Whether none was added that is `body` or has it inside.
    bool Add(const Body& body) {
      auto next = spans_.upper_bound(body.enter);
      if (next != spans_.begin() && std::prev(next)->second >= body.leave) return false;
      while (next != spans_.end() && next->first < body.leave) next = spans_.erase(next);
      spans_[body.enter] = body.leave;
      return true;
    }

   private:
    std::map<uint32_t, uint32_t> spans_;  // from enter to leave, none inside another
  };

  // Whether a body has a backward, or is one: the lists of both ops would have to agree.
  bool HasBackward(uint32_t block) const {
    return block != 0 &&
           (!flow_.GradientBlocksOf(block).empty() || IsControlGradient(index_.type(flow_.body(block).runner)));
  }

  // Why what `block` has can't be handed on to the main block; nothing where it can.
  std::string Hidden(uint32_t block) const {
    if (block == 0) return "";
    const size_t level = open_.LevelOf(block);
    std::string why;
    if (open_.level(level).outermost != 0) {
      why = "from where nothing can be handed on to the main block";
    } else if (has_backward_[level]) {
      why = "which has a backward or is one";
    } else if (level > kDeepestBody) {
      why = "more than " + std::to_string(kDeepestBody) + " blocks deep";
    } else {
      return "";
    }
    return "it is only there in a block that " + ToString(PlaceOfOp(index_, flow_.body(block).runner)) + " runs, " +
           why;
  }

  void LeaveOut(OpId op, std::string part, VarId var, std::string why) {
    Place place = PlaceOfOp(index_, op, std::move(part), index_.NameOf(var));
    found_.left_out.push_back({std::move(place), std::move(why)});
  }

  const Index& index_;
  ControlFlow flow_;
  OpSelection selection_;
  Parameters parameters_;
  ValueTypes types_;
  ValueNumbers values_;
  BlockStack open_;
  std::vector<size_t> branches_;    // of each open block: the level of the innermost branch that it is, or is in
  std::vector<bool> has_backward_;  // of each open block: whether it, or one around it, has gradient blocks
  ObservedValues found_;
  std::unordered_map<uint64_t, std::vector<size_t>> seen_;  // places in `found_` of a variable's value
  std::unordered_set<size_t> superseded_;                   // those for which a place further out stands in
  std::unordered_set<uint64_t> outputs_;                    // those that a selected op wrote, or an op behind it
  std::unordered_set<VarId> read_;                          // of which a selected op reads a value
};

}  // namespace

ObservedValues FindObservedValues(const Index& index, const SelectionRules& rules, Findings* findings) {
  return Finder(index, rules).Find(findings);
}

}  // namespace pdquant
