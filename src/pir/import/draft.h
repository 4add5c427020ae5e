// A ProgramDesc in the making.
#ifndef PDQUANT_PIR_IMPORT_DRAFT_H_
#define PDQUANT_PIR_IMPORT_DRAFT_H_

#include <algorithm>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ir/edit/builder.h"
#include "ir/name_table.h"
#include "paddle/import/attribute_value.h"
#include "paddle/names.h"

namespace pdquant::pir {

using VarId = uint32_t;
// Stands for the result of an op that was refused: nothing is written then.
inline constexpr VarId kLostVar = 0;

struct DraftVar {
  std::string name;
  uint32_t block = 0;
  int32_t kind = 0;      // a proto::VarType::Type: a tensor, an array of tensors, scopes …
  int32_t element = -1;  // a proto::VarType::Type
  std::vector<int64_t> dims;
  uint32_t lod_levels = 0;
  bool is_persistable = false;  // a parameter, or the holder of inputs and outputs
  bool is_parameter = false;
  bool is_input = false;
  bool is_scalar = false;  // for Paddle-Lite: has one dimension of 1, and in PIR none
};

// An op before it is encoded.
class OpDraft {
 public:
  explicit OpDraft(std::string_view type) : type_(type) {}
  // Of an op that reads X and writes Out.
  OpDraft(std::string_view type, VarId x, VarId out) : type_(type) {
    Input(slots::kX, x);
    Output(slots::kOut, out);
  }

  void SetType(std::string_view type) { type_ = type; }
  void Input(std::string_view slot, VarId var) { inputs_.emplace_back(slot, std::vector<VarId>{var}); }
  void Inputs(std::string_view slot, std::vector<VarId> vars) { inputs_.emplace_back(slot, std::move(vars)); }
  void Output(std::string_view slot, VarId var) { outputs_.emplace_back(slot, std::vector<VarId>{var}); }
  void Outputs(std::string_view slot, std::vector<VarId> vars) { outputs_.emplace_back(slot, std::move(vars)); }
  // In the place of the value that it has.
  void Set(std::string_view name, const AttrValue& value);
  void Set(const TableAttribute& attribute);
  bool Has(std::string_view name) const;
  void ReplaceOutput(VarId old_var, VarId new_var) {
    for (auto& [slot, vars] : outputs_) std::replace(vars.begin(), vars.end(), old_var, new_var);
  }
  void DropInput(std::string_view slot) {
    std::erase_if(inputs_, [&](const auto& input) { return input.first == slot; });
  }
  // The arguments of an input; null for none.
  std::vector<VarId>* FindInput(std::string_view slot);
  std::vector<VarId>* FindOutput(std::string_view slot);
  // Where an attribute is constant and its op may go when nobody reads what it makes.
  void MakeRemovable() { is_removable_ = true; }

 private:
  friend class Draft;
  using Slots = std::vector<std::pair<std::string_view, std::vector<VarId>>>;

  std::string_view type_;
  Slots inputs_;
  Slots outputs_;
  std::vector<std::pair<std::string, std::string>> attributes_;  // name, encoded
  bool is_removable_ = false;
};

class Draft {
 public:
  Draft();

  // A block inside another one.
  uint32_t AddBlock(uint32_t parent);
  // Keeps a name for a variable that comes later. Returns it, with a number behind it where it is taken.
  std::string Reserve(std::string_view name);
  // Where the name is taken, the variable gets it with a number behind it; unless it was reserved for it.
  VarId AddVar(DraftVar var, bool is_reserved = false);
  const DraftVar& var(VarId id) const { return vars_[id]; }
  DraftVar& var(VarId id) { return vars_[id]; }
  // Encodes the op, with the attributes that Paddle would give it by default.
  void AddOp(uint32_t block, const OpDraft& op);

  // What the ops of a block, and those that have been added for blocks inside it, read or write that an outer block
  // declares, each once, in the order of their first use.
  std::vector<VarId> ReadFromOutside(uint32_t block) const;
  std::vector<VarId> WrittenOutside(uint32_t block) const;

  // Takes out ops that made constants that nobody reads, and what only they read, with their variables.
  void RemoveUnread();
  // The program: blocks, version of Paddle, versions of ops. The encoded ops go into it, so that they aren't held
  // twice: it is the last thing that is done with a draft.
  std::string Encode();

  // Calls f(type) for each op.
  template <typename F>
  void ForEachOp(F&& f) const {
    for (const EncodedOp& op : ops_) f(op.type);
  }
  // Whether an op reads or writes a variable.
  std::vector<bool> UsedVars() const;

 private:
  struct EncodedOp {
    std::string_view type;
    std::vector<VarId> inputs;
    std::vector<VarId> outputs;
    std::string message;
    bool is_removable;
  };
  struct DraftBlock {
    int32_t parent;
    std::vector<uint32_t> ops;
  };
  using Defaults = std::vector<std::pair<std::string, std::string>>;

  const Defaults& DefaultsOf(std::string_view type);
  std::vector<VarId> OuterVars(uint32_t block, bool written) const;

  std::vector<DraftVar> vars_;
  std::vector<EncodedOp> ops_;
  std::vector<DraftBlock> blocks_;
  NameSet names_;
  std::map<std::string, uint32_t> last_numbers_;  // by name: many of one name take no longer than many of their own
  std::map<std::string_view, Defaults> defaults_;
};

}  // namespace pdquant::pir

#endif  // PDQUANT_PIR_IMPORT_DRAFT_H_
