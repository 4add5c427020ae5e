// Encodes new ops and variables. The fields come in the order of the calls: inputs, outputs, type, attributes, as
// protobuf writes them.
#ifndef PDQUANT_IR_EDIT_BUILDER_H_
#define PDQUANT_IR_EDIT_BUILDER_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "ir/views.h"

namespace pdquant {

class OpBuilder {
 public:
  // Starts anew.
  void Clear() { message_.clear(); }

  // A slot with one argument.
  void Input(std::string_view slot, std::string_view argument) { Slot(1, slot, argument); }
  void Output(std::string_view slot, std::string_view argument) { Slot(2, slot, argument); }
  void Type(std::string_view type);
  void Int(std::string_view name, int32_t value);
  void Float(std::string_view name, float value);
  void Bool(std::string_view name, bool value);
  void String(std::string_view name, std::string_view value);
  void EmptyStrings(std::string_view name);
  void Longs(std::string_view name, int64_t value);  // a list of one

  const std::string& message() const { return message_; }

 private:
  void Slot(uint32_t number, std::string_view slot, std::string_view argument);
  void BeginAttr(std::string_view name, int32_t type);
  void EndAttr();

  std::string message_;
  std::string part_;
};

// An encoded attribute (OpDesc.Attr) of type BOOLEAN.
std::string EncodeBoolAttr(std::string_view name, bool value);

// An encoded VarDesc: a dense tensor of shape [size] without LoD. `data_type` is a proto::VarType::Type.
std::string EncodeTensorVar(std::string_view name, int32_t data_type, int64_t size, bool persistable);
// An encoded VarDesc; `type_fields` are the encoded type of another variable (VarView::type_fields).
std::string EncodeVarOfType(std::string_view name, std::string_view type_fields, bool persistable);

// The encoded VarDesc of a dense tensor under another name and with another element type (a proto::VarType::Type). All
// else stays, unknown fields too.
std::string RetypeTensorVar(const VarView& var, std::string_view name, int32_t data_type);

}  // namespace pdquant

#endif  // PDQUANT_IR_EDIT_BUILDER_H_
