// Changes to an op's slots and attributes, as field edits for Edits::EditOp. What is not named stays as it was, unknown
// fields of a slot too.
#ifndef PDQUANT_IR_EDIT_OP_EDITS_H_
#define PDQUANT_IR_EDIT_OP_EDITS_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/edit/builder.h"
#include "ir/edit/edits.h"
#include "ir/views.h"

namespace pdquant {

// Adds the edit that replaces a field (Edits::FieldEdit::whole) by one of that number that holds `bytes`.
void ReplaceField(std::string_view whole, uint32_t number, std::string_view bytes,
                  std::vector<Edits::FieldEdit>* edits);

struct ArgumentReplacement {
  std::string_view slot;
  std::string_view from;
  std::string_view to;
};

// Adds the edits that make the input slots of `op` read `to` in place of `from`.
void ReplaceInputs(const OpView& op, std::span<const ArgumentReplacement> replacements,
                   std::vector<Edits::FieldEdit>* edits);

// Adds the edit that appends arguments to a slot of an op, which gets the slot if it doesn't have it.
void AppendInputs(const OpView& op, std::string_view slot, std::span<const std::string> arguments,
                  std::vector<Edits::FieldEdit>* edits);
void AppendOutputs(const OpView& op, std::string_view slot, std::span<const std::string> arguments,
                   std::vector<Edits::FieldEdit>* edits);

// Adds the edit that removes from the output slot `parallel` what stands at the places of the arguments `names` in the
// input slot `slot`, if both have as many arguments.
void RemoveParallel(const OpView& op, std::string_view slot, std::span<const std::string> names,
                    std::string_view parallel, std::vector<Edits::FieldEdit>* edits);

// Adds the edits that give the op an attribute, whatever it had under that name: one more, or the value and the kind of
// the one that it has (of the last where there are several; the others go). False where it is so already.
bool SetAttr(const OpView& op, std::string_view name, const AttrValue& value, std::vector<Edits::FieldEdit>* edits);
// The same for an attribute of type BOOLEAN that the op has; false where it has none of that name, or it is so already.
bool SetBoolAttr(const OpView& op, std::string_view name, bool value, std::vector<Edits::FieldEdit>* edits);

// Adds the edits that replace each block number b in attributes of type BLOCK and BLOCKS by new_number[b].
void RenumberBlocks(const OpView& op, std::span<const int32_t> new_number, std::vector<Edits::FieldEdit>* edits);

}  // namespace pdquant

#endif  // PDQUANT_IR_EDIT_OP_EDITS_H_
