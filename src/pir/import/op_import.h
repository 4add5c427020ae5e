// One op of PIR on its way into a ProgramDesc: its operands, attributes and results, and the reasons for which it can't
// go there. Whoever imports an op goes on after a reason: nothing is written then, and the others are told as well.
#ifndef PDQUANT_PIR_IMPORT_OP_IMPORT_H_
#define PDQUANT_PIR_IMPORT_OP_IMPORT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "paddle/import/pir_ops.h"
#include "pir/import/context.h"
#include "pir/import/numbers.h"

namespace pdquant::pir {

class OpImport {
 public:
  // `block` is that of the draft. `row` is null for ops of the builtin dialect.
  OpImport(Context* context, OpId id, uint32_t block, const PirOp* row)
      : context_(context), id_(id), block_(block), row_(row), is_taken_(op().attrs.size()) {}

  Context& context() { return *context_; }
  const Context& context() const { return *context_; }
  Draft& draft() { return context_->draft; }
  const Program& program() const { return context_->program; }
  const Op& op() const { return context_->program.ops[id_]; }
  const PirOp& row() const { return *row_; }
  OpId id() const { return id_; }
  uint32_t block() const { return block_; }

  void Refuse(std::string_view code, std::string text, std::string hint = "");
  bool is_refused() const { return is_refused_; }

  // Operands, by position.
  size_t operand_count() const { return op().operands.size(); }
  // Whether there are as many as that; refused where there aren't.
  bool HasOperands(size_t count);
  // Not there, or written as the number 0.
  bool IsAbsent(size_t operand) const;
  // What is known of an operand; kLost where it isn't there.
  const ValueState& State(size_t operand) const;
  // The variable of an operand that has to be a tensor, or an array. kLostVar where it is refused.
  VarId Tensor(size_t operand);
  VarId Array(size_t operand);
  // The constant that it is; null for none.
  const Constant* ConstantOf(size_t operand) const;
  // The members of a list; null where it is none.
  const std::vector<ListMember>* ListOf(size_t operand) const;
  int32_t ElementOf(size_t operand) const;  // the type of its elements; -1 where it isn't known

  // Attributes. Each is taken once; one that isn't there, or of another kind, is refused.
  //
  // `why` goes on behind the name: " is no bool". Returns nothing.
  std::nullopt_t RefuseAttribute(std::string_view name, const std::string& why);
  const Attr* TakeAttr(std::string_view name, bool may_be_missing = false);
  // Taken or not; null for none.
  const Attr* FindAttr(std::string_view name) const;
  std::optional<Numbers> TakeNumbers(std::string_view name);
  std::optional<int64_t> TakeInteger(std::string_view name);
  std::optional<bool> TakeBool(std::string_view name);
  std::optional<std::string_view> TakeString(std::string_view name);
  // A proto::VarType::Type; `undefined` for the word "Undefined".
  std::optional<int32_t> TakeDataType(std::string_view name, std::optional<int32_t> undefined = std::nullopt);
  void DropAttr(std::string_view name) { TakeAttr(name); }
  // Refuses those that nobody took.
  void FinishAttributes();

  // Results, by position.
  size_t result_count() const { return op().results.size(); }
  bool HasResults(size_t count);
  const Type& ResultType(size_t result) const;
  // What is known of a result.
  ValueState& ResultState(size_t result) { return context_->states[op().results.begin + result]; }
  // Whether an op reads the result.
  bool IsRead(size_t result) const {
    return context_->tensors.LastReaderOf(op().results.begin + static_cast<ValueId>(result)) > id_;
  }
  // Makes the variable, or the variables of a list.
  VarId Define(size_t result);
  // The same with a name that was reserved for it (Draft::Reserve).
  VarId DefineNamed(size_t result, std::string_view name);
  std::vector<VarId> DefineList(size_t result);
  // The result is what a variable holds already, or a list of such.
  void Alias(size_t result, VarId var);
  void AliasList(size_t result, std::vector<ListMember> members);
  // A variable that PIR hasn't: of a type, named after the op.
  VarId Helper(std::string_view what, int32_t element, std::vector<int64_t> dims);
  VarId HelperLike(std::string_view what, const Type& type);

  // A tensor without dimensions gets one of 1 for Paddle-Lite; not an input or a parameter, whose shape is given.
  void MakeScalar(DraftVar* var) const;

  // Adds an op, with where in the network it stands.
  void Add(OpDraft draft);
  // x -> cast(x), where it has other elements.
  VarId CastTo(VarId var, int32_t element, std::string_view what);
  // to = reshape2(from), of one element; each dimension of `to` is 1.
  void AddReshapeToOnes(VarId from, VarId to);

 private:
  // "conv2d" of "1.conv2d", with which the names of new variables begin.
  std::string BaseName() const {
    const std::string_view name = program().text(op().name);
    return std::string(name.size() > 2 ? name.substr(2) : name);
  }

  Context* context_;
  OpId id_;
  uint32_t block_;
  const PirOp* row_;
  std::vector<bool> is_taken_;
  bool is_refused_ = false;
};

}  // namespace pdquant::pir

#endif  // PDQUANT_PIR_IMPORT_OP_IMPORT_H_
