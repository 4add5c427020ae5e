// What everybody asks of a program, found in one walk: each op's type, arguments and role as numbers, where each name
// is declared, and which ops own which blocks.
#ifndef PDQUANT_IR_INDEX_H_
#define PDQUANT_IR_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ir/name_table.h"
#include "ir/program.h"

namespace pdquant {

using OpId = uint32_t;   // the number of an op in the whole program
using VarId = uint32_t;  // the number of a declaration in the whole program
inline constexpr OpId kNoOp = UINT32_MAX;
inline constexpr VarId kNoVar = UINT32_MAX;

struct Argument {
  NameId slot;
  NameId name;
};

struct IndexedOp {
  NameId type = kNoName;
  uint32_t first_argument = 0;
  uint32_t input_count = 0;
  uint32_t output_count = 0;
  int32_t role = -1;  // the attribute op_role; -1 where the op has none
};

// An attribute that names a block: `op` owns or refers to block `block`, which may be nonsense before the check.
struct BlockReference {
  OpId op;
  NameId attribute;
  int32_t block;
};

// An attribute that names a variable.
struct VarReference {
  OpId op;
  NameId attribute;
  NameId name;
};

// Which block lies in which, by parent_idx. Numbers the blocks so that a block and all that lie in it have consecutive
// positions: first(b) to end(b) - 1. Linear, however deep they are nested. A block whose parent is no earlier block
// counts as one that lies in none.
class BlockTree {
 public:
  explicit BlockTree(std::span<const Block> blocks);

  uint32_t first(size_t block) const { return first_[block]; }
  uint32_t end(size_t block) const { return first_[block] + size_[block]; }
  // Whether `inner` is `outer` or lies in it.
  bool Holds(size_t outer, size_t inner) const { return first(outer) <= first(inner) && first(inner) < end(outer); }

 private:
  std::vector<uint32_t> first_;
  std::vector<uint32_t> size_;
};

class Index {
 public:
  // A block that sees more is refused by the check: looking up names in it would take long.
  static constexpr size_t kMostVisibleBlocks = 4096;

  // The program has to outlive the index and stay as it is. Malformed structure is no error here: the check reports it.
  explicit Index(const Program& program);

  const Program& program() const { return *program_; }
  const NameTable& names() const { return names_; }
  std::string_view name(NameId id) const { return names_.name(id); }

  const IndexedOp& op(OpId op) const { return ops_[op]; }
  std::string_view type(OpId op) const { return names_.name(ops_[op].type); }
  std::span<const Argument> inputs(OpId op) const;
  std::span<const Argument> outputs(OpId op) const;
  // Both: the inputs first.
  std::span<const Argument> arguments(OpId op) const;
  // The single argument of a slot; kNoName where the slot has none, or several.
  NameId Input(OpId op, std::string_view slot) const { return SingleIn(inputs(op), slot); }
  NameId Output(OpId op, std::string_view slot) const { return SingleIn(outputs(op), slot); }
  // What that argument means in the op's block; kNoVar where it means nothing, or there is none.
  VarId InputVar(OpId op, std::string_view slot) const { return VarOf(op, Input(op, slot)); }
  VarId OutputVar(OpId op, std::string_view slot) const { return VarOf(op, Output(op, slot)); }

  NameId var_name(VarId var) const { return var_names_[var]; }
  std::string NameOf(VarId var) const { return std::string(name(var_name(var))); }
  bool persistable(VarId var) const { return (var_flags_[var] & kPersistable) != 0; }
  // The tensor that it is declared as, and that one's shape: nothing, and no dimensions, of kNoVar and of other kinds.
  std::optional<TensorType> TensorOf(VarId var) const;
  std::vector<int64_t> DimsOf(VarId var) const;
  // The field is_parameter, which Paddle 1.x doesn't write: whether the variable has it, and what it says.
  bool has_is_parameter(VarId var) const { return (var_flags_[var] & kHasIsParameter) != 0; }
  bool is_parameter(VarId var) const { return (var_flags_[var] & kIsParameter) != 0; }
  // The first declaration of a name in the whole program, and the next one after `var`; kNoVar at the end.
  VarId FirstDeclaration(NameId name) const;
  VarId NextDeclaration(VarId var) const { return next_declaration_[var]; }
  // Whether the name of a variable is declared more than once in the whole program.
  bool IsDeclaredAgain(VarId var) const { return next_declaration_[first_declaration_[var_names_[var]]] != kNoVar; }
  // The declaration of `name` in this very block, the first where there are several; kNoVar without one.
  VarId DeclaredIn(size_t block, NameId name) const;
  // The declaration that `name` means in a block: the block's own, else that of the block whose backward it is
  // (forward_block_idx), else the parent's, and so on outwards; kNoVar where no visible block declares it. In a program
  // whose block structure breaks rules, it looks as far as it can.
  VarId Lookup(size_t block, NameId name) const;
  // Whether a block, or one that it lies in, is the backward of another.
  bool SeesForward(size_t block) const { return has_forward_ && sees_forward_[block]; }
  // The blocks whose declarations a block sees, in the order of Lookup, itself first; no more than kMostVisibleBlocks
  // + 1. Valid until it is asked for another block, by a Lookup too: an index is for one thread.
  const std::vector<int32_t>& VisibleBlocks(size_t block) const;

  std::span<const BlockReference> block_references() const { return block_references_; }
  std::span<const VarReference> var_references() const { return var_references_; }

 private:
  enum VarFlag : uint8_t { kPersistable = 1, kHasIsParameter = 2, kIsParameter = 4 };

  NameId SingleIn(std::span<const Argument> arguments, std::string_view slot) const;
  VarId VarOf(OpId op, NameId name) const;
  void AddVar(VarId var);
  NameId ReadVar(VarId var);
  void AddSlot(const SlotView& slot);
  void AddOp(OpId op);
  void AddAttr(OpId op, const AttrView& attr);
  void AddScopes();
  VarId LookupInScopes(size_t block, NameId name) const;
  VarId LookupThroughForward(size_t block, NameId name) const;

  // From this position of the block tree on, up to the next scope of the name, the name means `var`.
  struct Scope {
    uint32_t position;
    VarId var;
  };

  // Of the block that was asked for last: names are looked up block by block.
  struct Visible {
    size_t block = SIZE_MAX;
    std::vector<int32_t> order;
    std::vector<uint32_t> seen;  // by block: `round` for those in `order`
    uint32_t round = 0;
  };

  const Program* program_;
  mutable Visible visible_;
  NameTable names_;
  std::vector<IndexedOp> ops_;
  std::vector<Argument> arguments_;
  std::vector<NameId> var_names_;
  std::vector<uint8_t> var_flags_;
  std::vector<VarId> first_declaration_;  // by name; names that come later than the last declared one are missing
  std::vector<VarId> next_declaration_;   // by variable
  std::unordered_map<uint64_t, VarId> shadowed_;           // (block, name) of names that are declared more than once
  std::unordered_map<NameId, std::vector<Scope>> scopes_;  // of the same names, through parents only
  std::vector<BlockReference> block_references_;
  std::vector<VarReference> var_references_;
  BlockTree tree_;
  bool has_forward_ = false;        // some block has a forward block
  std::vector<bool> sees_forward_;  // by block, where some block has one
};

}  // namespace pdquant

#endif  // PDQUANT_IR_INDEX_H_
