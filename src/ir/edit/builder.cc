#include "ir/edit/builder.h"

#include <array>
#include <bit>
#include <type_traits>

#include "ir/wire.h"
#include "pdquant/framework.pb.h"

namespace pdquant {
namespace {

using Attr = proto::OpDesc::Attr;
using SlotDesc = proto::OpDesc::Var;
using VarType = proto::VarType;

// As protobuf encodes a signed integer: sign-extended to 64 bits.
uint64_t Encoded(int64_t value) { return static_cast<uint64_t>(value); }

template <typename T>
void AppendNumbers(uint32_t number, std::span<const T> values, std::string* out) {
  for (const T value : values) {
    if constexpr (std::is_same_v<T, float>) {
      AppendFloatField(number, value, out);
    } else if constexpr (std::is_same_v<T, double>) {
      AppendDoubleField(number, value, out);
    } else {
      AppendVarintField(number, Encoded(value), out);
    }
  }
}

std::string EncodeScalar(const ScalarValue& value) {
  using proto::Scalar;
  std::string out;
  if (const bool* truth = std::get_if<bool>(&value)) {
    AppendVarintField(Scalar::kTypeFieldNumber, Scalar::BOOLEAN, &out);
    AppendVarintField(Scalar::kBFieldNumber, *truth ? 1 : 0, &out);
  } else if (const int64_t* integer = std::get_if<int64_t>(&value)) {
    AppendVarintField(Scalar::kTypeFieldNumber, Scalar::LONG, &out);
    AppendVarintField(Scalar::kIFieldNumber, Encoded(*integer), &out);
  } else {
    AppendVarintField(Scalar::kTypeFieldNumber, Scalar::FLOAT64, &out);
    AppendDoubleField(Scalar::kRFieldNumber, std::get<double>(value), &out);
  }
  return out;
}

// Appends the kind of an attribute and its value.
class ValueAppender {
 public:
  explicit ValueAppender(std::string* out) : out_(out) {}

  void operator()(int32_t value) { Numbers<int32_t>(proto::INT, Attr::kIFieldNumber, {&value, 1}); }
  void operator()(int64_t value) { Numbers<int64_t>(proto::LONG, Attr::kLFieldNumber, {&value, 1}); }
  void operator()(float value) { Numbers<float>(proto::FLOAT, Attr::kFFieldNumber, {&value, 1}); }
  void operator()(double value) { Numbers<double>(proto::FLOAT64, Attr::kFloat64FieldNumber, {&value, 1}); }
  void operator()(bool value) { Numbers<bool>(proto::BOOLEAN, Attr::kBFieldNumber, {&value, 1}); }
  void operator()(std::span<const int32_t> values) { Numbers(proto::INTS, Attr::kIntsFieldNumber, values); }
  void operator()(std::span<const int64_t> values) { Numbers(proto::LONGS, Attr::kLongsFieldNumber, values); }
  void operator()(std::span<const float> values) { Numbers(proto::FLOATS, Attr::kFloatsFieldNumber, values); }
  void operator()(std::span<const double> values) { Numbers(proto::FLOAT64S, Attr::kFloat64SFieldNumber, values); }
  void operator()(std::span<const bool> values) { Numbers(proto::BOOLEANS, Attr::kBoolsFieldNumber, values); }
  void operator()(const BlockValue& value) {
    Numbers<int32_t>(proto::BLOCK, Attr::kBlockIdxFieldNumber, {&value.block, 1});
  }
  void operator()(const BlocksValue& value) { Numbers(proto::BLOCKS, Attr::kBlocksIdxFieldNumber, value.blocks); }
  void operator()(std::string_view value) {
    Kind(proto::STRING);
    AppendBytesField(Attr::kSFieldNumber, value, out_);
  }
  void operator()(const VarValue& value) {
    Kind(proto::VAR);
    AppendBytesField(Attr::kVarNameFieldNumber, value.name, out_);
  }
  void operator()(std::span<const std::string> values) { Texts(proto::STRINGS, Attr::kStringsFieldNumber, values); }
  void operator()(std::span<const ScalarValue> values) {
    Kind(proto::SCALARS);
    for (const ScalarValue& value : values) AppendBytesField(Attr::kScalarsFieldNumber, EncodeScalar(value), out_);
  }
  void operator()(const VarsValue& value) { Texts(proto::VARS, Attr::kVarsNameFieldNumber, value.names); }

 private:
  void Kind(proto::AttrType kind) { AppendVarintField(Attr::kTypeFieldNumber, static_cast<uint64_t>(kind), out_); }
  template <typename T>
  void Numbers(proto::AttrType kind, uint32_t number, std::span<const T> values) {
    Kind(kind);
    AppendNumbers(number, values, out_);
  }
  void Texts(proto::AttrType kind, uint32_t number, std::span<const std::string> values) {
    Kind(kind);
    for (const std::string& value : values) AppendBytesField(number, value, out_);
  }

  std::string* out_;
};

void AppendAttr(std::string_view name, const AttrValue& value, std::string* out) {
  AppendBytesField(Attr::kNameFieldNumber, name, out);
  std::visit(ValueAppender(out), value);
}

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

constexpr std::array<uint32_t, 4> kPathOfDataType = {proto::VarDesc::kTypeFieldNumber, VarType::kLodTensorFieldNumber,
                                                     VarType::LoDTensorDesc::kTensorFieldNumber,
                                                     VarType::TensorDesc::kDataTypeFieldNumber};

}  // namespace

std::string EncodeAttr(std::string_view name, const AttrValue& value) {
  std::string out;
  AppendAttr(name, value, &out);
  return out;
}

void OpBuilder::Slot(uint32_t number, std::string_view slot, std::span<const std::string_view> arguments) {
  part_.clear();
  AppendBytesField(SlotDesc::kParameterFieldNumber, slot, &part_);
  for (const std::string_view argument : arguments) AppendBytesField(SlotDesc::kArgumentsFieldNumber, argument, &part_);
  AppendBytesField(number, part_, &message_);
}

void OpBuilder::Type(std::string_view type) { AppendBytesField(proto::OpDesc::kTypeFieldNumber, type, &message_); }

void OpBuilder::Attribute(std::string_view name, const AttrValue& value) {
  part_.clear();
  AppendAttr(name, value, &part_);
  AppendBytesField(proto::OpDesc::kAttrsFieldNumber, part_, &message_);
}

std::string EncodeVarType(int32_t kind, std::optional<int32_t> data_type, std::span<const int64_t> dims,
                          uint32_t lod_levels) {
  std::string type;
  AppendVarintField(VarType::kTypeFieldNumber, Encoded(kind), &type);
  if (data_type) {
    std::string tensor;
    AppendVarintField(VarType::TensorDesc::kDataTypeFieldNumber, Encoded(*data_type), &tensor);
    AppendNumbers(VarType::TensorDesc::kDimsFieldNumber, dims, &tensor);
    std::string holder;
    AppendBytesField(VarType::LoDTensorDesc::kTensorFieldNumber, tensor, &holder);
    AppendVarintField(VarType::LoDTensorDesc::kLodLevelFieldNumber, lod_levels, &holder);
    const bool is_array = kind == VarType::LOD_TENSOR_ARRAY;
    AppendBytesField(is_array ? VarType::kTensorArrayFieldNumber : VarType::kLodTensorFieldNumber, holder, &type);
  }
  std::string type_field;
  AppendBytesField(proto::VarDesc::kTypeFieldNumber, type, &type_field);
  return type_field;
}

std::string EncodeTensorVar(std::string_view name, int32_t data_type, std::span<const int64_t> dims, bool persistable) {
  return EncodeVarOfType(name, EncodeVarType(VarType::LOD_TENSOR, data_type, dims, 0), persistable);
}

std::string EncodeTensorVar(std::string_view name, int32_t data_type, int64_t size, bool persistable) {
  return EncodeTensorVar(name, data_type, {&size, 1}, persistable);
}

std::string EncodeVarOfType(std::string_view name, std::string_view type_fields, bool persistable) {
  std::string out;
  AppendBytesField(proto::VarDesc::kNameFieldNumber, name, &out);
  out += type_fields;
  AppendVarintField(proto::VarDesc::kPersistableFieldNumber, persistable ? 1 : 0, &out);
  return out;
}

std::string RetypeTensorVar(const VarView& var, std::string_view name, int32_t data_type) {
  std::string out;
  FieldReader reader(var.message());
  Field field;
  AppendBytesField(proto::VarDesc::kNameFieldNumber, name, &out);
  while (reader.Next(&field)) {
    if (!field.Is(proto::VarDesc::kNameFieldNumber, WireType::kBytes)) out += field.whole;
  }
  return ReplaceNumber(out, kPathOfDataType, Encoded(data_type));
}

}  // namespace pdquant
