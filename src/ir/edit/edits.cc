#include "ir/edit/edits.h"

#include <algorithm>

#include "ir/wire.h"
#include "pdquant/framework.pb.h"

namespace pdquant {
namespace {

using BlockDesc = proto::BlockDesc;
constexpr size_t kChunk = size_t{64} << 10U;

std::string Header(uint32_t number, uint64_t size) {
  std::string out;
  AppendTag(number, WireType::kBytes, &out);
  AppendVarint(size, &out);
  return out;
}

// Encoded as protobuf encodes an int32: sign-extended to 64 bits.
uint64_t Encoded(int32_t value) { return static_cast<uint64_t>(static_cast<int64_t>(value)); }

}  // namespace

std::string Rope::Flatten() const {
  std::string out;
  out.reserve(size);
  for (const std::string_view piece : pieces) out += piece;
  return out;
}

std::string_view Edits::Keep(std::string_view text) {
  if (chunks_.empty() || chunks_.back().capacity() - chunks_.back().size() < text.size()) {
    chunks_.emplace_back().reserve(std::max(kChunk, text.size()));
  }
  std::string& chunk = chunks_.back();
  const size_t at = chunk.size();
  chunk += text;
  return {chunk.data() + at, text.size()};
}

void Edits::QueueOp(size_t block, uint32_t at, Rank rank, std::string_view message) {
  const std::string_view text = Keep(Header(BlockDesc::kOpsFieldNumber, message.size()).append(message));
  Queue(at, at, rank, text);
  made_ops_.push_back({static_cast<uint32_t>(block), text.substr(text.size() - message.size())});
}

void Edits::InsertOpBefore(OpId op, std::string_view message) {
  QueueOp(program_->BlockOfOp(op), program_->op_extent(op).field, kNewOp, message);
}

void Edits::InsertOpAfter(OpId op, std::string_view message) {
  const size_t block = program_->BlockOfOp(op);
  const Block& b = program_->block(block);
  if (op + 1 == b.first_op + b.op_count) {
    AppendOp(block, message);
  } else {
    InsertOpBefore(op + 1, message);
  }
}

void Edits::AppendOp(size_t block, std::string_view message) {
  QueueOp(block, program_->block(block).extent.end, kNewOp, message);
}

void Edits::PrependOp(size_t block, std::string_view message) {
  const Block& b = program_->block(block);
  const uint32_t at = b.op_count != 0 ? program_->op_extent(b.first_op).field : b.extent.end;
  QueueOp(block, at, kFirstOp, message);
}

void Edits::RemoveOp(OpId op) {
  const Extent& extent = program_->op_extent(op);
  Queue(extent.field, extent.end, kOldText, {});
  removed_ops_.push_back(op);
}

uint32_t Edits::EndOfVars(const Block& block) const {
  if (block.var_count != 0) return program_->var_extent(block.first_var + block.var_count - 1).end;
  if (block.op_count != 0) return program_->op_extent(block.first_op).field;
  return block.extent.end;
}

void Edits::AddVar(size_t block, std::string_view message) {
  const uint32_t at = EndOfVars(program_->block(block));
  const std::string_view text = Keep(Header(BlockDesc::kVarsFieldNumber, message.size()).append(message));
  Queue(at, at, kNewVar, text);
  made_vars_.push_back({static_cast<uint32_t>(block), text.substr(text.size() - message.size())});
}

void Edits::RemoveVar(VarId var) {
  const Extent& extent = program_->var_extent(var);
  Queue(extent.field, extent.end, kOldText, {});
  removed_vars_.push_back(var);
}

void Edits::ReplaceVar(VarId var, std::string_view message) {
  const Extent& extent = program_->var_extent(var);
  const std::string_view text = Keep(Header(BlockDesc::kVarsFieldNumber, message.size()).append(message));
  Queue(extent.field, extent.end, kOldText, text);
  const std::string_view kept = text.substr(text.size() - message.size());
  const bool renamed = VarView(kept).name() != program_->var(var).name();
  if (!renamed) {
    if (VarView(kept).persistable()) stored_vars_.push_back(var);
    return;
  }
  made_vars_.push_back({static_cast<uint32_t>(program_->BlockOfVar(var)), kept});
  removed_vars_.push_back(var);
}

void Edits::RemoveBlock(size_t block) {
  const Block& b = program_->block(block);
  Queue(b.extent.field, b.extent.end, kOldText, {});
  for (OpId op = b.first_op; op < b.first_op + b.op_count; ++op) removed_ops_.push_back(op);
  for (VarId var = b.first_var; var < b.first_var + b.var_count; ++var) removed_vars_.push_back(var);
}

void Edits::SetBlockNumbers(size_t block, int32_t idx, int32_t parent, int32_t forward) {
  const Extent& extent = program_->block(block).extent;
  FieldReader reader(program_->bytes().substr(extent.begin, extent.end - extent.begin));
  Field field;
  while (reader.Next(&field)) {
    if (field.type != WireType::kVarint) continue;
    int32_t value = idx;
    if (field.number == BlockDesc::kParentIdxFieldNumber) {
      value = parent;
    } else if (field.number == BlockDesc::kForwardBlockIdxFieldNumber) {
      value = forward;
    } else if (field.number != BlockDesc::kIdxFieldNumber) {
      continue;
    }
    if (static_cast<int32_t>(field.value) == value) continue;
    std::string text;
    AppendVarintField(field.number, Encoded(value), &text);
    const uint32_t at = OffsetOf(field.whole.data());
    Queue(at, at + static_cast<uint32_t>(field.whole.size()), kOldText, Keep(text));
  }
}

void Edits::EditOp(OpId op, std::span<const FieldEdit> fields) {
  const Extent& extent = program_->op_extent(op);
  uint64_t size = extent.end - extent.begin;
  for (const FieldEdit& edit : fields) size = size - edit.whole.size() + edit.replacement.size();
  Queue(extent.field, extent.begin, kOldText, Keep(Header(BlockDesc::kOpsFieldNumber, size)));
  for (const FieldEdit& edit : fields) {
    const uint32_t at = edit.whole.empty() ? extent.end : OffsetOf(edit.whole.data());
    // What is appended to an op belongs before anything that is inserted behind it.
    const std::string_view text = Keep(edit.replacement);
    Queue(at, at + static_cast<uint32_t>(edit.whole.size()), edit.whole.empty() ? kHeader : kOldText, text);
    edited_fields_.push_back({op, edit.whole, text});
  }
}

Result<Rope> Edits::Apply() {
  const auto before = [](const Edit& a, const Edit& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.rank < b.rank;
  };
  if (!std::is_sorted(edits_.begin(), edits_.end(), before)) std::stable_sort(edits_.begin(), edits_.end(), before);
  Rope rope;
  rope.pieces.reserve(2 * edits_.size() + 3 * program_->blocks().size() + 1);
  const std::string_view bytes = program_->bytes();
  uint32_t done = 0;  // everything before it is in the rope
  const auto add = [&](std::string_view piece) {
    if (piece.empty()) return;
    rope.size += piece.size();
    std::string_view* last = rope.pieces.empty() ? nullptr : &rope.pieces.back();
    if (last != nullptr && last->data() + last->size() == piece.data()) {
      *last = {last->data(), last->size() + piece.size()};
    } else {
      rope.pieces.push_back(piece);
    }
  };
  const auto keep_until = [&](uint32_t end) {
    if (end > done) add(bytes.substr(done, end - done));
    done = std::max(done, end);
  };
  auto edit = edits_.begin();
  for (const Block& block : program_->blocks()) {
    const auto first = edit;
    int64_t size = block.extent.end - block.extent.begin;
    bool removed = false;
    for (; edit != edits_.end() && edit->begin <= block.extent.end; ++edit) {
      if (edit->begin == block.extent.end && edit->end > block.extent.end) break;  // of the next block
      removed |= edit->begin == block.extent.field && edit->end == block.extent.end;
      size += static_cast<int64_t>(edit->text.size()) - (edit->end - edit->begin);
    }
    keep_until(block.extent.field);
    if (removed) {
      done = block.extent.end;
      continue;
    }
    if (first == edit) continue;
    add(Keep(Header(proto::ProgramDesc::kBlocksFieldNumber, static_cast<uint64_t>(size))));
    done = block.extent.begin;
    for (auto e = first; e != edit; ++e) {
      if (e->begin < done) return InternalError("two edits of one place overlap; please report it with the program");
      keep_until(e->begin);
      add(e->text);
      done = std::max(done, e->end);
    }
    keep_until(block.extent.end);
  }
  keep_until(static_cast<uint32_t>(bytes.size()));
  if (rope.size > Program::kMaxBytes)
    return BadInput("the result would have more than 2 GiB: neither protobuf nor Paddle reads such a program");
  return rope;
}

}  // namespace pdquant
