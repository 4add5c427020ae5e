// Encodes new ops, attributes and variables. The fields come in the order of the calls: inputs, outputs, type,
// attributes, as protobuf writes them.
#ifndef PDQUANT_IR_EDIT_BUILDER_H_
#define PDQUANT_IR_EDIT_BUILDER_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "ir/views.h"

namespace pdquant {

// Blocks and variables that an attribute refers to: values of the kinds BLOCK, BLOCKS, VAR and VARS.
struct BlockValue {
  int32_t block;
};
struct BlocksValue {
  std::span<const int32_t> blocks;
};
struct VarValue {
  std::string_view name;
};
struct VarsValue {
  std::span<const std::string> names;
};

// A member of a list of the kind SCALARS.
using ScalarValue = std::variant<bool, int64_t, double>;

// The value of an attribute; its C++ type says the kind: INT, LONG, FLOAT, FLOAT64, BOOLEAN, STRING, their lists,
// SCALARS, and those above. SCALAR and complex numbers are not among them.
using AttrValue = std::variant<int32_t, int64_t, float, double, bool, std::string_view, std::span<const int32_t>,
                               std::span<const int64_t>, std::span<const float>, std::span<const double>,
                               std::span<const bool>, std::span<const std::string>, std::span<const ScalarValue>,
                               BlockValue, BlocksValue, VarValue, VarsValue>;

// An encoded attribute (OpDesc.Attr).
std::string EncodeAttr(std::string_view name, const AttrValue& value);

class OpBuilder {
 public:
  // Starts anew.
  void Clear() { message_.clear(); }

  // A slot with one argument, or with several.
  void Input(std::string_view slot, std::string_view argument) { Slot(kInput, slot, {&argument, 1}); }
  void Output(std::string_view slot, std::string_view argument) { Slot(kOutput, slot, {&argument, 1}); }
  void Inputs(std::string_view slot, std::span<const std::string_view> arguments) { Slot(kInput, slot, arguments); }
  void Outputs(std::string_view slot, std::span<const std::string_view> arguments) { Slot(kOutput, slot, arguments); }
  void Type(std::string_view type);
  void Attribute(std::string_view name, const AttrValue& value);
  void Int(std::string_view name, int32_t value) { Attribute(name, value); }
  void Float(std::string_view name, float value) { Attribute(name, value); }
  void Bool(std::string_view name, bool value) { Attribute(name, value); }
  void String(std::string_view name, std::string_view value) { Attribute(name, value); }

  const std::string& message() const { return message_; }

 private:
  static constexpr uint32_t kInput = proto::OpDesc::kInputsFieldNumber;
  static constexpr uint32_t kOutput = proto::OpDesc::kOutputsFieldNumber;
  void Slot(uint32_t number, std::string_view slot, std::span<const std::string_view> arguments);

  std::string message_;
  std::string part_;
};

// An encoded VarDesc: a dense tensor without LoD. `data_type` is a proto::VarType::Type; -1 among the dims stands for a
// number that only a run knows.
std::string EncodeTensorVar(std::string_view name, int32_t data_type, std::span<const int64_t> dims, bool persistable);
// The same of shape [size].
std::string EncodeTensorVar(std::string_view name, int32_t data_type, int64_t size, bool persistable);
// The encoded type of a VarDesc, with its tag. `kind` is a proto::VarType::Type: that of a dense tensor or of an array
// of such; `data_type` is nothing for other kinds.
std::string EncodeVarType(int32_t kind, std::optional<int32_t> data_type, std::span<const int64_t> dims,
                          uint32_t lod_levels);
// An encoded VarDesc; `type_fields` are the encoded type of another variable (VarView::type_fields).
std::string EncodeVarOfType(std::string_view name, std::string_view type_fields, bool persistable);

// The encoded VarDesc of a dense tensor under another name and with another element type (a proto::VarType::Type). All
// else stays, unknown fields too.
std::string RetypeTensorVar(const VarView& var, std::string_view name, int32_t data_type);

}  // namespace pdquant

#endif  // PDQUANT_IR_EDIT_BUILDER_H_
