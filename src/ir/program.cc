#include "ir/program.h"

#include <algorithm>
#include <string>
#include <utility>

#include "ir/wire.h"

namespace pdquant {

Extent Program::ExtentOf(std::string_view whole, std::string_view message) const {
  const char* base = bytes().data();
  return {static_cast<uint32_t>(whole.data() - base), static_cast<uint32_t>(message.data() - base),
          static_cast<uint32_t>(message.data() + message.size() - base)};
}

void Program::AddBlock(const Extent& extent) {
  Block block;
  block.extent = extent;
  block.first_var = static_cast<uint32_t>(vars_.size());
  block.first_op = static_cast<uint32_t>(ops_.size());
  FieldReader reader(At(extent));
  Field field;
  while (reader.Next(&field)) {
    if (field.Is(1, WireType::kVarint)) block.idx = static_cast<int32_t>(field.value);
    if (field.Is(2, WireType::kVarint)) block.parent = static_cast<int32_t>(field.value);
    if (field.Is(3, WireType::kBytes)) vars_.push_back(ExtentOf(field.whole, field.bytes));
    if (field.Is(4, WireType::kBytes)) ops_.push_back(ExtentOf(field.whole, field.bytes));
    if (field.Is(5, WireType::kVarint)) block.forward = static_cast<int32_t>(field.value);
  }
  block.var_count = static_cast<uint32_t>(vars_.size()) - block.first_var;
  block.op_count = static_cast<uint32_t>(ops_.size()) - block.first_op;
  blocks_.push_back(block);
}

void Program::ReadVersion(std::string_view message) {
  has_version_ = true;
  FieldReader reader(message);
  Field field;
  while (reader.Next(&field)) {
    if (field.Is(1, WireType::kVarint)) version_ = static_cast<int64_t>(field.value);
  }
}

Result<Program> Program::Parse(Bytes bytes, const ScanLimits& limits, Findings* findings) {
  if (bytes.size() > kMaxBytes) return BadInput("more than 2 GiB: neither protobuf nor Paddle reads such a program");
  const Result<ScanCounts> counts = ScanProgram(bytes.view(), limits, findings);
  if (!counts.ok()) return counts.status();
  if (counts->blocks == 0) return BadInput("a program without a block");
  Program program;
  program.bytes_ = std::move(bytes);
  program.repeats_attr_head_ = counts->repeats_attr_head;
  program.blocks_.reserve(counts->blocks);
  program.vars_.reserve(counts->vars);
  program.ops_.reserve(counts->ops);
  FieldReader reader(program.bytes());
  Field field;
  while (reader.Next(&field)) {
    if (field.Is(1, WireType::kBytes)) program.AddBlock(program.ExtentOf(field.whole, field.bytes));
    if (field.Is(4, WireType::kBytes)) program.ReadVersion(field.bytes);
  }
  return program;
}

size_t Program::BlockOfOp(size_t op) const {
  const auto after =
      std::upper_bound(blocks_.begin(), blocks_.end(), op, [](size_t i, const Block& b) { return i < b.first_op; });
  return static_cast<size_t>(after - blocks_.begin()) - 1;
}

size_t Program::BlockOfVar(size_t var) const {
  const auto after =
      std::upper_bound(blocks_.begin(), blocks_.end(), var, [](size_t i, const Block& b) { return i < b.first_var; });
  return static_cast<size_t>(after - blocks_.begin()) - 1;
}

}  // namespace pdquant
