#include "quantize/observe/observed_values.h"

#include <algorithm>
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
      values_.Enter();
    };
    const auto leave = [this] {
      open_.Leave();
      values_.Leave(open_.empty() ? kNoBlock : open_.top().block);
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
      if (!values_.SurelyExists(var, open_.LevelOf(position.block))) position = {block, op};
      if (position.block != 0) {
        LeaveOut(op, "input " + Quote(operand.slot), var, InBody(position.block));
      } else {
        Add({var, position.before, false, true});
      }
    }
  }

  void VisitOutput(uint32_t block, OpId op, VarId var) {
    const VarView::KindAndTensor type = index_.program().var(var).kind_and_tensor();
    int32_t data_type = ValueTypes::Declared(type.tensor);
    if (data_type == kUnknownType) data_type = types_.TypeOf(var);
    if (type.kind != proto::VarType::LOD_TENSOR || data_type != proto::VarType::FP32) return;
    if (block != 0) return LeaveOut(op, "its output", var, InBody(block));
    Add({var, op, true, false});
    outputs_.insert(Key(var));
  }

  // The row of an op of block 0 that reads what a selected op wrote, or such an op behind it.
  const EpilogueOp* EpilogueOf(OpId op) const {
    const EpilogueOp* row = FindEpilogueOp(index_.type(op));
    if (row == nullptr || open_.depth() != 1) return nullptr;
    const VarId x = index_.InputVar(op, slots::kX);
    if (x == kNoVar || !outputs_.contains(Key(x))) return nullptr;
    if (row->bias.empty()) return row;
    const VarId bias = index_.InputVar(op, row->bias);
    return bias != kNoVar && parameters_.IsParameter(bias) ? row : nullptr;
  }

  uint64_t Key(VarId var) const { return uint64_t{var} << 32U | values_.present(var); }

  void Add(const ObservedValue& value) {
    const auto [entry, is_new] = seen_.try_emplace(Key(value.var), found_.values.size());
    if (is_new) found_.values.push_back(value);
    ObservedValue& known = found_.values[entry->second];
    known.operand |= value.operand;
    if (known.operand) read_.insert(value.var);
  }

  // What a batch norm overwrites in place, say, is not what the variable's readers read.
  void DropOverwritten() {
    std::unordered_map<VarId, size_t> last;
    for (size_t i = 0; i < found_.values.size(); ++i) last[found_.values[i].var] = i;
    size_t kept = 0;
    for (size_t i = 0; i < found_.values.size(); ++i) {
      const ObservedValue value = found_.values[i];
      if (read_.contains(value.var) ? value.operand : last[value.var] == i) found_.values[kept++] = value;
    }
    found_.values.resize(kept);
  }

  std::string InBody(uint32_t block) const {
    const OpId runner = flow_.body(block).runner;
    return "it is only there in a block that " + ToString(PlaceOfOp(index_, runner)) +
           " runs, where the main block can't see it";
  }

  void LeaveOut(OpId op, std::string part, VarId var, std::string why) {
    Place place = PlaceOfOp(index_, op);
    place.part = std::move(part);
    place.variable = index_.name(index_.var_name(var));
    found_.left_out.push_back({std::move(place), std::move(why)});
  }

  const Index& index_;
  ControlFlow flow_;
  OpSelection selection_;
  Parameters parameters_;
  ValueTypes types_;
  ValueNumbers values_;
  BlockStack open_;
  ObservedValues found_;
  std::unordered_map<uint64_t, size_t> seen_;  // place in `found_` of a variable's value
  std::unordered_set<uint64_t> outputs_;       // those that a selected op wrote, or an op behind it
  std::unordered_set<VarId> read_;             // of which a selected op reads a value
};

}  // namespace

ObservedValues FindObservedValues(const Index& index, const SelectionRules& rules, Findings* findings) {
  return Finder(index, rules).Find(findings);
}

}  // namespace pdquant
