// Changes to a program, queued by their place in its bytes, and applied all at once: nothing is inserted into the
// middle of anything. The result is a list of ranges, of the old bytes and of the new ones.
#ifndef PDQUANT_IR_EDIT_EDITS_H_
#define PDQUANT_IR_EDIT_EDITS_H_

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "ir/index.h"
#include "ir/program.h"
#include "ir/views.h"

namespace pdquant {

// A program as it will be written: the concatenation of `pieces`, which view the old program's bytes and the edits'
// text.
struct Rope {
  std::vector<std::string_view> pieces;
  uint64_t size = 0;

  std::string Flatten() const;
};

class Edits {
 public:
  // The program has to outlive the edits and what they give.
  explicit Edits(const Program& program) : program_(&program) {}
  Edits(const Edits&) = delete;
  Edits& operator=(const Edits&) = delete;

  bool empty() const { return edits_.empty(); }

  // Ops inserted before one op, behind one op, or at the end of one block, come in the order of the calls. `message` is
  // an encoded OpDesc.
  void InsertOpBefore(OpId op, std::string_view message);
  void InsertOpAfter(OpId op, std::string_view message);
  void AppendOp(size_t block, std::string_view message);
  // Before all ops of the block, those inserted before its first one included.
  void PrependOp(size_t block, std::string_view message);
  void RemoveOp(OpId op);
  // New variables (an encoded VarDesc) come after the block's own.
  void AddVar(size_t block, std::string_view message);
  void RemoveVar(VarId var);
  // Removes a block; the caller numbers the others anew with SetBlockNumbers.
  void RemoveBlock(size_t block);
  void SetBlockNumbers(size_t block, int32_t idx, int32_t parent, int32_t forward);

  // Replaces one field of an op, or appends one (whole.empty()) to it. `whole` is a range of the old
  // message: Field::whole. All changes of one message are given in one call, in the order of the message.
  struct FieldEdit {
    std::string_view whole;
    std::string replacement;  // an encoded field with its tag; empty removes it
  };
  void EditOp(OpId op, std::span<const FieldEdit> fields);
  // Gives a variable another declaration, an encoded VarDesc.
  void ReplaceVar(VarId var, std::string_view message);

  // What was made and removed so far: variables, ops, and fields of ops that were edited, before (empty where the field
  // is new) and after (empty where it is removed), tags included. For the check of what a pass did.
  struct MadeMessage {
    uint32_t block;
    std::string_view message;
  };
  struct EditedField {
    OpId op;
    std::string_view before;
    std::string_view field;
  };
  std::span<const MadeMessage> made_vars() const { return made_vars_; }
  std::span<const MadeMessage> made_ops() const { return made_ops_; }
  std::span<const EditedField> edited_fields() const { return edited_fields_; }
  // Those of removed blocks are among them, and variables that got another name.
  std::span<const OpId> removed_ops() const { return removed_ops_; }
  std::span<const VarId> removed_vars() const { return removed_vars_; }
  // Variables that kept their name and became persistable.
  std::span<const VarId> stored_vars() const { return stored_vars_; }

  // The changed program. Errors: kBadInput where it would be larger than Paddle can read (2 GiB).
  Result<Rope> Apply();

 private:
  // Replaces the bytes [begin, end) by `text`. Where several begin at one place, those with the lower rank come
  // first, then those queued first.
  struct Edit {
    uint32_t begin;
    uint32_t end;
    uint32_t rank;
    std::string_view text;
  };
  enum Rank : uint32_t { kHeader, kNewVar, kFirstOp, kNewOp, kOldText };

  void Queue(uint32_t begin, uint32_t end, Rank rank, std::string_view text) {
    edits_.push_back({begin, end, rank, text});
  }
  void QueueOp(size_t block, uint32_t at, Rank rank, std::string_view message);
  std::string_view Keep(std::string_view text);
  uint32_t EndOfVars(const Block& block) const;
  uint32_t OffsetOf(const char* p) const { return static_cast<uint32_t>(p - program_->bytes().data()); }

  const Program* program_;
  std::vector<Edit> edits_;
  std::vector<MadeMessage> made_vars_;
  std::vector<MadeMessage> made_ops_;
  std::vector<EditedField> edited_fields_;
  std::vector<OpId> removed_ops_;
  std::vector<VarId> removed_vars_;
  std::vector<VarId> stored_vars_;
  std::deque<std::string> chunks_;  // the new text; chunks never move
};

}  // namespace pdquant

#endif  // PDQUANT_IR_EDIT_EDITS_H_
