#include <algorithm>
#include <charconv>
#include <utility>

#include "base/escape.h"
#include "base/words.h"
#include "paddle/import/import_names.h"
#include "pdquant/framework.pb.h"
#include "pir/import/handlers.h"
#include "pir/program.h"

namespace pdquant::pir {
namespace {

constexpr std::string_view kOperandCode = "import-operand";

using Kind = PirOperand::Kind;

// All the numbers of a constant; nothing for a tensor of many equal ones, which stays a tensor.
std::optional<Numbers> NumbersOf(const Constant& constant) {
  constexpr int64_t kMostRepeated = 16;
  Numbers numbers;
  numbers.is_float = constant.is_float;
  int64_t count = 1;
  for (const int64_t dim : constant.dims) {
    if (dim < 0 || dim > kMostRepeated) {
      count = kMostRepeated + 1;
      break;
    }
    count *= dim;
    if (count > kMostRepeated) break;
  }
  if (!constant.is_float && constant.integers.size() != 1) {
    numbers.integers = constant.integers;
    return numbers;
  }
  if (count > kMostRepeated) return std::nullopt;
  if (constant.is_float) {
    numbers.floats.assign(static_cast<size_t>(count), constant.number);
  } else {
    numbers.integers.assign(static_cast<size_t>(count), constant.integers[0]);
  }
  numbers.is_bool = constant.element == proto::VarType::BOOL;
  return numbers;
}

// A slice to the end has an end of 2^63 - 1 in PIR; 2^31 - 1 is behind the end of each tensor, too.
void ClampEnds(const PirOperand& operand, Numbers* numbers) {
  if (operand.attribute != attributes::kEnds) return;
  constexpr int64_t kEnd = INT32_MAX;
  for (int64_t& value : numbers->integers) value = std::min(value, kEnd);
}

void TakeConstant(OpImport* op, size_t number, const PirOperand& operand, OpDraft* draft) {
  const std::string name = Quote(operand.attribute);
  if (op->IsAbsent(number))
    return op->Refuse(kOperandCode, "operand " + std::to_string(number) + ", for " + name + ", is missing");
  if (auto numbers = ConstantNumbers(*op, number)) {
    const bool is_list = operand.type == AttributeType::kInts || operand.type == AttributeType::kLongs;
    numbers->is_list = is_list;
    if (operand.type == AttributeType::kInts) ClampEnds(operand, &*numbers);
    const std::string wrong = SetNumbers(operand.attribute, operand.type, *numbers, true, draft);
    if (!wrong.empty()) op->Refuse("import-attribute", "the operand for " + name + " " + wrong);
    return;
  }
  if (const auto* members = op->ListOf(number)) {
    if (operand.list_slot.empty()) return op->Refuse(kOperandCode, name + " can't be a list of tensors");
    return draft->Inputs(operand.list_slot, OneElementEach(op, *members));
  }
  const VarId var = op->Tensor(number);
  if (var == kLostVar) return;
  if (!operand.slot.empty()) return draft->Input(operand.slot, var);
  if (operand.list_slot.empty()) return op->Refuse(kOperandCode, name + " has to be a constant, and is computed");
  if (op->draft().var(var).dims != std::vector<int64_t>{1})
    return op->Refuse(kOperandCode, name + " is computed, and can't be one tensor of several numbers");
  draft->Inputs(operand.list_slot, {var});
}

void TakeOperands(OpImport* op, OpDraft* draft) {
  const auto& operands = op->row().operands;
  if (op->operand_count() > operands.size()) {
    return op->Refuse(kOperandCode, "has " + Counted(op->operand_count(), "operand") + ", and takes at most " +
                                        std::to_string(operands.size()));
  }
  for (size_t i = 0; i < operands.size(); ++i) {
    const PirOperand& operand = operands[i];
    if (operand.kind == Kind::kIgnored || (operand.may_be_absent && op->IsAbsent(i))) continue;
    if (operand.kind == Kind::kConstant) {
      TakeConstant(op, i, operand, draft);
    } else if (operand.kind == Kind::kTensor) {
      draft->Input(operand.slot, op->Tensor(i));
    } else if (const auto* members = op->ListOf(i)) {
      std::vector<VarId> vars;
      for (const ListMember& member : *members) vars.push_back(member.var);
      draft->Inputs(operand.slot, std::move(vars));
    } else if (op->Tensor(i) != kLostVar) {
      op->Refuse(kOperandCode, "operand " + std::to_string(i) + " is a tensor, and has to be a list");
    }
  }
}

// Whether an attribute that has no counterpart says nothing.
bool IsFixed(const Program& program, const Attr& attr, std::string_view value) {
  if (attr.kind == Attr::Kind::kString) return program.text(attr.text) == value;
  const auto numbers = NumbersOf(program, attr);
  if (!numbers) return false;
  if (numbers->is_bool) {
    const int64_t wanted = value == "true" ? 1 : 0;
    return std::all_of(numbers->integers.begin(), numbers->integers.end(), [&](int64_t v) { return v == wanted; });
  }
  double wanted = 0;
  if (std::from_chars(value.data(), value.data() + value.size(), wanted).ec != std::errc()) return false;
  const auto is_wanted = [&](auto v) { return static_cast<double>(v) == wanted; };
  return std::all_of(numbers->integers.begin(), numbers->integers.end(), is_wanted) &&
         std::all_of(numbers->floats.begin(), numbers->floats.end(), is_wanted);
}

// The type of elements that an op says it makes is that of one of its results, or left open.
void PassDataTypeOn(OpImport* op, const PirAttribute& rule, OpDraft* draft) {
  const auto type = op->TakeDataType(rule.name, -1);
  if (!type) return;
  bool is_made = *type < 0 || op->result_count() == 0;
  for (size_t i = 0; i < op->result_count(); ++i) {
    const Type& result = op->ResultType(i);
    is_made = is_made || result.element == *type || result.kind == Type::Kind::kNull;
  }
  if (!is_made)
    op->Refuse("import-type", "the attribute " + Quote(rule.name) + " is another type than that of what it makes");
  draft->Set(rule.legacy, *type);
}

void PassTextOn(OpImport* op, const PirAttribute& rule, OpDraft* draft) {
  const auto text = op->TakeString(rule.name);
  if (!text) return;
  bool is_known = rule.value.empty();
  ForEachWord(rule.value, '|', [&](std::string_view word) { is_known = is_known || word == *text; });
  if (!is_known) op->RefuseAttribute(rule.name, " has no such value as " + Quote(*text));
  draft->Set(rule.legacy, *text);
}

void PassOn(OpImport* op, const PirAttribute& rule, OpDraft* draft) {
  if (rule.is_data_type) return PassDataTypeOn(op, rule, draft);
  if (rule.type == AttributeType::kString) return PassTextOn(op, rule, draft);
  // Those of SCALARS are set by who knows the elements' type.
  if (rule.type == AttributeType::kScalars) return;
  const auto numbers = op->TakeNumbers(rule.name);
  if (!numbers) return;
  std::string wrong = SetNumbers(rule.legacy, rule.type, *numbers, false, draft);
  if (wrong.empty() && rule.value == "1+" &&
      (numbers->size() == 0 ||
       std::any_of(numbers->integers.begin(), numbers->integers.end(), [](int64_t v) { return v < 1; })))
    wrong = "holds no numbers from 1 on";
  if (!wrong.empty()) op->RefuseAttribute(rule.name, " " + wrong);
}

void TakeAttributes(OpImport* op, OpDraft* draft) {
  for (const PirAttribute& rule : op->row().attributes) {
    if (rule.use == PirAttribute::Use::kPassedOn) {
      PassOn(op, rule, draft);
      continue;
    }
    const Attr* attr = op->TakeAttr(rule.name, rule.may_be_missing);
    if (attr == nullptr || rule.use == PirAttribute::Use::kDropped) continue;
    if (!IsFixed(op->program(), *attr, rule.value)) {
      op->RefuseAttribute(rule.name, " has no counterpart in a ProgramDesc, and isn't " + std::string(rule.value));
    }
  }
  for (const TableAttribute& constant : op->row().constants) {
    if (!draft->Has(constant.name)) draft->Set(constant);
  }
}

// The shape of an input, with a 0 before it: what the gradient of a reshape would need.
VarId MakeShapeKeeper(OpImport* op, std::string_view slot) {
  const ValueState& state = op->State(0);
  if (state.kind != ValueState::Kind::kVar) return kLostVar;
  std::vector<int64_t> dims = {0};
  for (const int64_t dim : op->draft().var(state.var).dims) dims.push_back(dim);
  return op->Helper(slot, op->draft().var(state.var).element, std::move(dims));
}

// False where a result is missing.
bool MakeResults(OpImport* op, OpDraft* draft) {
  size_t next = 0;
  bool is_complete = true;
  for (const PirResult& result : op->row().results) {
    if (result.is_made) {
      draft->Output(result.slot, MakeShapeKeeper(op, result.slot));
      continue;
    }
    if (next == op->result_count()) {
      if (!result.may_be_absent) {
        op->Refuse(kOperandCode, "the result for " + Quote(result.slot) + " is missing");
        is_complete = false;
      }
      continue;
    }
    const size_t number = next++;
    if (op->ResultType(number).kind == Type::Kind::kNull) continue;
    if (result.is_list) {
      draft->Outputs(result.slot, op->DefineList(number));
    } else {
      draft->Output(result.slot, op->Define(number));
    }
  }
  if (next < op->result_count()) {
    op->Refuse(kOperandCode,
               "has " + Counted(op->result_count(), "result") + ", and makes at most " + std::to_string(next));
  }
  return is_complete;
}

}  // namespace

std::optional<Numbers> ConstantNumbers(const OpImport& op, size_t operand) {
  if (const Constant* constant = op.ConstantOf(operand)) {
    return NumbersOf(*constant);
  }
  const auto* members = op.ListOf(operand);
  if (members == nullptr) return std::nullopt;
  Numbers all;
  all.is_list = true;
  for (const ListMember& member : *members) {
    if (member.constant == kNone) return std::nullopt;
    const auto numbers = NumbersOf(op.context().constants[member.constant]);
    if (!numbers || numbers->is_float || numbers->size() != 1) return std::nullopt;
    all.integers.push_back(numbers->integers[0]);
  }
  return all;
}

std::vector<VarId> OneElementEach(OpImport* op, const std::vector<ListMember>& members) {
  std::vector<VarId> vars;
  for (const ListMember& member : members) {
    const DraftVar& var = op->draft().var(member.var);
    if (member.var == kLostVar || var.dims == std::vector<int64_t>{1}) {
      vars.push_back(member.var);
      continue;
    }
    const VarId made = op->Helper("one", var.element, {1});
    op->AddReshapeToOnes(member.var, made);
    vars.push_back(made);
  }
  return vars;
}

void CheckOverwritten(OpImport* op, size_t operand) {
  if (op->IsAbsent(operand)) return;
  const Program& program = op->program();
  const ValueId value = program.OperandsOf(op->op())[operand].value;
  if (value == kNone) return;
  constexpr std::string_view kCode = "import-overwritten";
  const Tensors& tensors = op->context().tensors;
  if (tensors.LastReaderOf(value) > op->id()) {
    return op->Refuse(kCode, "overwrites its operand " + std::to_string(operand) + ", which is read afterwards");
  }
  const ValueId origin = tensors.OriginOf(value);
  if (program.IsParameter(origin))
    return op->Refuse(kCode, "overwrites a parameter, which would have another value in the next run");
  for (BlockId block = op->op().block; block != program.values[origin].block && block != kNone;
       block = program.blocks[block].parent) {
    const OpId owner = program.blocks[block].op;
    if (owner != kNone && program.text(program.ops[owner].name) == kWhileOp) {
      return op->Refuse(kCode,
                        "overwrites in a loop what was made before it, and would read it again in the next turn");
    }
  }
}

void ImportByRow(OpImport* op, Adjust adjust) {
  OpDraft draft(op->row().legacy);
  TakeOperands(op, &draft);
  TakeAttributes(op, &draft);
  if (op->row().overwrites) CheckOverwritten(op, *op->row().overwrites);
  // What adjusts an op asks for the types of its results.
  if (!MakeResults(op, &draft)) return;
  if (adjust != nullptr) adjust(op, &draft);
  op->FinishAttributes();
  if (!op->is_refused()) AddWithScalars(op, std::move(draft));
}

}  // namespace pdquant::pir
