// Gathers changes to ops from several places of a pass, and queues them as one edit for each op.
#ifndef PDQUANT_IR_EDIT_OP_REWRITES_H_
#define PDQUANT_IR_EDIT_OP_REWRITES_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "ir/edit/edits.h"
#include "ir/index.h"

namespace pdquant {

class OpRewrites {
 public:
  explicit OpRewrites(const Program& program) : program_(program) {}

  // In the input slots of an op (in one slot, or in all where `slot` is empty) each argument `from` becomes the
  // arguments `to`, less those that the slot has already: none, one, or several.
  void ReplaceInput(OpId op, std::string_view slot, std::string_view from, std::vector<std::string> to);
  // Appends an argument to an input slot of the op, unless it has it already.
  void AddInput(OpId op, std::string_view slot, std::string_view name);
  // Appends a slot of one argument.
  void AddInputSlot(OpId op, std::string_view slot, std::string_view name) {
    changes_[op].new_inputs.emplace_back(slot, name);
  }
  void ReplaceOutput(OpId op, std::string_view slot, std::string_view from, std::string to);
  // Removes arguments from an input slot and, where the op has as many arguments in the output slot `parallel`, those
  // at the same places there.
  void RemoveListed(OpId op, std::string_view slot, std::string_view parallel, const std::vector<std::string>& names);
  // Removes a slot.
  void DropInput(OpId op, std::string_view slot) { changes_[op].dropped_inputs.emplace_back(slot); }
  void DropOutput(OpId op, std::string_view slot) { changes_[op].dropped_outputs.emplace_back(slot); }
  // Sets an attribute of type BOOLEAN where the op has it.
  void SetBool(OpId op, std::string_view name, bool value) { changes_[op].bools.emplace_back(name, value); }
  // Gives the op an attribute, whatever it had under that name.
  using OwnedValue = std::variant<bool, int32_t, float, std::string, std::vector<std::string>, std::vector<float>>;
  void Set(OpId op, std::string_view name, OwnedValue value) {
    changes_[op].attrs.emplace_back(name, std::move(value));
  }
  // Makes the op one of another type.
  void SetType(OpId op, std::string_view type) { changes_[op].type = type; }
  void RemoveAttr(OpId op, std::string_view name) { changes_[op].removed_attrs.emplace_back(name); }
  // No change of the op is queued: it is going to be removed.
  void Forget(OpId op) { changes_.erase(op); }

  void Queue(Edits* edits) const;

 private:
  struct Replacement {
    std::string slot;
    std::string from;
    std::vector<std::string> to;
  };
  struct ListRemoval {
    std::string slot;
    std::string parallel;
    std::vector<std::string> names;
  };
  struct Changes {
    std::vector<ListRemoval> removals;
    std::vector<Replacement> inputs;
    std::vector<Replacement> outputs;
    std::vector<Replacement> additions;  // to inputs, of one name each
    std::vector<std::pair<std::string, std::string>> new_inputs;
    std::vector<std::string> dropped_inputs;
    std::vector<std::string> dropped_outputs;
    std::vector<std::pair<std::string, bool>> bools;
    std::vector<std::pair<std::string, OwnedValue>> attrs;
    std::vector<std::string> removed_attrs;
    std::string type;  // empty where it stays
  };
  static void EditSlot(const Field& field, const std::vector<Replacement>& replacements,
                       const std::vector<Replacement>& additions, const std::vector<std::string>& dropped,
                       std::vector<Edits::FieldEdit>* edits);

  const Program& program_;
  std::map<OpId, Changes> changes_;
};

}  // namespace pdquant

#endif  // PDQUANT_IR_EDIT_OP_REWRITES_H_
