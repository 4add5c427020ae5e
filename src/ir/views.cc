#include "ir/views.h"

#include <bit>

namespace pdquant {
namespace {

using Attr = proto::OpDesc::Attr;
using proto::OpDesc;
using proto::VarDesc;
using proto::VarType;

// The last field of that number and wire type.
std::optional<Field> Last(std::string_view message, uint32_t number, WireType type) {
  std::optional<Field> last;
  FieldReader reader(message);
  Field field;
  while (reader.Next(&field)) {
    if (field.Is(number, type)) last = field;
  }
  return last;
}

std::string_view LastText(std::string_view message, uint32_t number) {
  const auto field = Last(message, number, WireType::kBytes);
  return field ? field->bytes : std::string_view();
}

// Appends a repeated integer field's value or values: plain or packed.
template <typename T>
void AppendIntegers(const Field& field, std::vector<T>* out) {
  if (field.type == WireType::kVarint) out->push_back(static_cast<T>(field.value));
  if (field.type != WireType::kBytes) return;
  const char* position = field.bytes.data();
  const char* end = position + field.bytes.size();
  uint64_t value = 0;
  while (position != end && ReadVarint(&position, end, 10, &value)) out->push_back(static_cast<T>(value));
}

void MergeTensorDesc(std::string_view message, TensorType* out) {
  FieldReader reader(message);
  Field field;
  while (reader.Next(&field)) {
    if (field.Is(VarType::TensorDesc::kDataTypeFieldNumber, WireType::kVarint))
      out->data_type = static_cast<int32_t>(field.value);
    if (field.number == VarType::TensorDesc::kDimsFieldNumber) AppendIntegers(field, &out->dims);
  }
}

void MergeLoDTensorDesc(std::string_view message, TensorType* out) {
  FieldReader reader(message);
  Field field;
  while (reader.Next(&field)) {
    if (field.Is(VarType::LoDTensorDesc::kTensorFieldNumber, WireType::kBytes)) MergeTensorDesc(field.bytes, out);
    if (field.Is(VarType::LoDTensorDesc::kLodLevelFieldNumber, WireType::kVarint))
      out->lod_level = static_cast<int32_t>(field.value);
  }
}

}  // namespace

std::string_view SlotView::name() const { return LastText(message_, OpDesc::Var::kParameterFieldNumber); }

std::string_view SlotView::single_argument() const {
  std::string_view found;
  size_t count = 0;
  ForEachArgument([&](std::string_view argument) {
    found = argument;
    ++count;
  });
  return count == 1 ? found : std::string_view();
}

std::string_view AttrView::name() const { return LastText(message_, Attr::kNameFieldNumber); }

int32_t AttrView::type() const {
  const auto field = Last(message_, Attr::kTypeFieldNumber, WireType::kVarint);
  return field ? static_cast<int32_t>(field->value) : -1;
}

std::optional<uint64_t> AttrView::Number(uint32_t number, WireType wire_type) const {
  const auto field = Last(message_, number, wire_type);
  if (!field) return std::nullopt;
  return field->value;
}

std::optional<int32_t> AttrView::AsInt() const {
  const auto value = Number(Attr::kIFieldNumber, WireType::kVarint);
  if (type() != proto::INT || !value) return std::nullopt;
  return static_cast<int32_t>(*value);
}

std::optional<bool> AttrView::AsBool() const {
  const auto value = Number(Attr::kBFieldNumber, WireType::kVarint);
  if (type() != proto::BOOLEAN || !value) return std::nullopt;
  return *value != 0;
}

std::optional<float> AttrView::AsFloat() const {
  const auto value = Number(Attr::kFFieldNumber, WireType::kFixed32);
  if (type() != proto::FLOAT || !value) return std::nullopt;
  return std::bit_cast<float>(static_cast<uint32_t>(*value));
}

std::optional<std::string_view> AttrView::AsString() const {
  const auto field = Last(message_, Attr::kSFieldNumber, WireType::kBytes);
  if (type() != proto::STRING || !field) return std::nullopt;
  return field->bytes;
}

std::vector<int32_t> AttrView::Numbers(uint32_t number) const {
  std::vector<int32_t> out;
  FieldReader reader(message_);
  Field field;
  while (reader.Next(&field)) {
    if (field.number == number) AppendIntegers(field, &out);
  }
  return out;
}

std::vector<std::string_view> AttrView::Texts(uint32_t number) const {
  std::vector<std::string_view> out;
  FieldReader reader(message_);
  Field field;
  while (reader.Next(&field)) {
    if (field.Is(number, WireType::kBytes)) out.push_back(field.bytes);
  }
  return out;
}

std::vector<int32_t> AttrView::AsInts() const {
  return type() == proto::INTS ? Numbers(Attr::kIntsFieldNumber) : std::vector<int32_t>();
}

std::vector<std::string_view> AttrView::AsStrings() const {
  return type() == proto::STRINGS ? Texts(Attr::kStringsFieldNumber) : std::vector<std::string_view>();
}

std::vector<int32_t> AttrView::AsBlocks() const {
  switch (type()) {
    case proto::BLOCK:
      if (const auto value = Number(Attr::kBlockIdxFieldNumber, WireType::kVarint))
        return {static_cast<int32_t>(*value)};
      return {};
    case proto::BLOCKS:
      return Numbers(Attr::kBlocksIdxFieldNumber);
    default:
      return {};
  }
}

std::vector<std::string_view> AttrView::AsVars() const {
  switch (type()) {
    case proto::VAR:
      if (const auto field = Last(message_, Attr::kVarNameFieldNumber, WireType::kBytes)) return {field->bytes};
      return {};
    case proto::VARS:
      return Texts(Attr::kVarsNameFieldNumber);
    default:
      return {};
  }
}

std::string_view OpView::type() const { return LastText(message_, OpDesc::kTypeFieldNumber); }

std::optional<AttrView> OpView::attr(std::string_view name) const {
  std::optional<AttrView> found;
  ForEachAttr([&](const AttrView& attr) {
    if (attr.name() == name) found = attr;
  });
  return found;
}

int32_t OpView::IntOr(std::string_view name, int32_t otherwise) const {
  const auto found = attr(name);
  return found ? found->AsInt().value_or(otherwise) : otherwise;
}

bool OpView::BoolOr(std::string_view name, bool otherwise) const {
  const auto found = attr(name);
  return found ? found->AsBool().value_or(otherwise) : otherwise;
}

std::string_view VarView::name() const { return LastText(message_, VarDesc::kNameFieldNumber); }

int32_t VarView::kind() const { return kind_and_tensor().kind; }

bool VarView::persistable() const {
  const auto field = Last(message_, VarDesc::kPersistableFieldNumber, WireType::kVarint);
  return field && field->value != 0;
}

bool VarView::need_check_feed() const {
  const auto field = Last(message_, VarDesc::kNeedCheckFeedFieldNumber, WireType::kVarint);
  return field && field->value != 0;
}

std::optional<bool> VarView::is_parameter() const {
  const auto field = Last(message_, VarDesc::kIsParameterFieldNumber, WireType::kVarint);
  if (!field) return std::nullopt;
  return field->value != 0;
}

VarView::KindAndTensor VarView::kind_and_tensor() const {
  KindAndTensor result;
  FieldReader reader(message_);
  Field field;
  while (reader.Next(&field)) {
    if (!field.Is(VarDesc::kTypeFieldNumber, WireType::kBytes)) continue;
    FieldReader type_reader(field.bytes);
    Field type_field;
    while (type_reader.Next(&type_field)) {
      if (type_field.Is(VarType::kTypeFieldNumber, WireType::kVarint))
        result.kind = static_cast<int32_t>(type_field.value);
      if (!type_field.Is(VarType::kLodTensorFieldNumber, WireType::kBytes)) continue;
      if (!result.tensor) result.tensor.emplace();
      MergeLoDTensorDesc(type_field.bytes, &*result.tensor);
    }
  }
  return result;
}

std::optional<TensorType> VarView::lod_tensor() const { return kind_and_tensor().tensor; }

std::string VarView::type_fields() const {
  std::string out;
  FieldReader reader(message_);
  Field field;
  while (reader.Next(&field)) {
    if (field.Is(VarDesc::kTypeFieldNumber, WireType::kBytes)) out += field.whole;
  }
  return out;
}

}  // namespace pdquant
