#include "ir/edit/builder.h"

#include <array>
#include <span>

#include "ir/wire.h"
#include "pdquant/framework.pb.h"

namespace pdquant {
namespace {

// Replaces the number in the field that a path of field numbers leads to, in an encoded message; all else stays.
std::string ReplaceNumber(std::string_view message, std::span<const uint32_t> path, uint64_t value) {
  std::string out;
  FieldReader reader(message);
  Field field;
  while (reader.Next(&field)) {
    if (path.size() == 1 && field.Is(path[0], WireType::kVarint)) {
      AppendVarintField(field.number, value, &out);
    } else if (path.size() > 1 && field.Is(path[0], WireType::kBytes)) {
      AppendBytesField(field.number, ReplaceNumber(field.bytes, path.subspan(1), value), &out);
    } else {
      out += field.whole;
    }
  }
  return out;
}

// VarDesc.type, VarType.lod_tensor, LoDTensorDesc.tensor, TensorDesc.data_type.
constexpr std::array<uint32_t, 4> kPathOfDataType = {2, 3, 1, 1};

}  // namespace

void OpBuilder::Slot(uint32_t number, std::string_view slot, std::string_view argument) {
  part_.clear();
  AppendBytesField(1, slot, &part_);
  AppendBytesField(2, argument, &part_);
  AppendBytesField(number, part_, &message_);
}

void OpBuilder::Type(std::string_view type) { AppendBytesField(3, type, &message_); }

void OpBuilder::BeginAttr(std::string_view name, int32_t type) {
  part_.clear();
  AppendBytesField(1, name, &part_);
  AppendVarintField(2, static_cast<uint64_t>(type), &part_);
}

void OpBuilder::EndAttr() { AppendBytesField(4, part_, &message_); }

void OpBuilder::Int(std::string_view name, int32_t value) {
  BeginAttr(name, proto::INT);
  AppendVarintField(3, static_cast<uint64_t>(static_cast<int64_t>(value)), &part_);
  EndAttr();
}

void OpBuilder::Float(std::string_view name, float value) {
  BeginAttr(name, proto::FLOAT);
  AppendFloatField(4, value, &part_);
  EndAttr();
}

void OpBuilder::Bool(std::string_view name, bool value) { AppendBytesField(4, EncodeBoolAttr(name, value), &message_); }

void OpBuilder::String(std::string_view name, std::string_view value) {
  BeginAttr(name, proto::STRING);
  AppendBytesField(5, value, &part_);
  EndAttr();
}

void OpBuilder::EmptyStrings(std::string_view name) {
  BeginAttr(name, proto::STRINGS);
  EndAttr();
}

void OpBuilder::Longs(std::string_view name, int64_t value) {
  BeginAttr(name, proto::LONGS);
  AppendVarintField(15, static_cast<uint64_t>(value), &part_);
  EndAttr();
}

std::string EncodeBoolAttr(std::string_view name, bool value) {
  std::string out;
  AppendBytesField(1, name, &out);
  AppendVarintField(2, proto::BOOLEAN, &out);
  AppendVarintField(10, value ? 1 : 0, &out);
  return out;
}

std::string EncodeTensorVar(std::string_view name, int32_t data_type, int64_t size, bool persistable) {
  std::string tensor;
  AppendVarintField(1, static_cast<uint64_t>(data_type), &tensor);
  AppendVarintField(2, static_cast<uint64_t>(size), &tensor);
  std::string lod_tensor;
  AppendBytesField(1, tensor, &lod_tensor);
  AppendVarintField(2, 0, &lod_tensor);
  std::string type;
  AppendVarintField(1, proto::VarType::LOD_TENSOR, &type);
  AppendBytesField(3, lod_tensor, &type);
  std::string out;
  AppendBytesField(1, name, &out);
  AppendBytesField(2, type, &out);
  AppendVarintField(3, persistable ? 1 : 0, &out);
  return out;
}

std::string EncodeVarOfType(std::string_view name, std::string_view type_fields, bool persistable) {
  std::string out;
  AppendBytesField(1, name, &out);
  out += type_fields;
  AppendVarintField(3, persistable ? 1 : 0, &out);
  return out;
}

std::string RetypeTensorVar(const VarView& var, std::string_view name, int32_t data_type) {
  std::string out;
  FieldReader reader(var.message());
  Field field;
  AppendBytesField(1, name, &out);
  while (reader.Next(&field)) {
    if (!field.Is(1, WireType::kBytes)) out += field.whole;
  }
  return ReplaceNumber(out, kPathOfDataType, static_cast<uint64_t>(data_type));
}

}  // namespace pdquant
