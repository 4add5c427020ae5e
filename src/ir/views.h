// Views of an op, a slot, an attribute and a variable in their encoded form. They decode on demand, own nothing, and
// are valid as long as the program's bytes. They follow protobuf where a field comes twice: the last number or text
// counts, lists and messages add up.
#ifndef PDQUANT_IR_VIEWS_H_
#define PDQUANT_IR_VIEWS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/wire.h"
#include "pdquant/framework.pb.h"

namespace pdquant {

// A slot of an op (OpDesc.Var): a parameter name of the op and the variables given for it.
class SlotView {
 public:
  explicit SlotView(std::string_view message) : message_(message) {}

  std::string_view name() const;
  template <typename F>
  void ForEachArgument(F&& f) const {
    FieldReader reader(message_);
    Field field;
    while (reader.Next(&field)) {
      if (field.Is(2, WireType::kBytes)) f(field.bytes);
    }
  }
  // The argument where there is one; empty where there is none, or several.
  std::string_view single_argument() const;
  std::string_view message() const { return message_; }

 private:
  std::string_view message_;
};

// An attribute of an op (OpDesc.Attr).
class AttrView {
 public:
  explicit AttrView(std::string_view message) : message_(message) {}

  std::string_view name() const;
  // A proto::AttrType, or a number that only a newer Paddle knows.
  int32_t type() const;

  // The value where the attribute is of that kind; nothing otherwise.
  std::optional<int32_t> AsInt() const;              // INT
  std::optional<bool> AsBool() const;                // BOOLEAN
  std::optional<float> AsFloat() const;              // FLOAT
  std::optional<std::string_view> AsString() const;  // STRING
  std::vector<int32_t> AsInts() const;               // INTS
  std::vector<std::string_view> AsStrings() const;   // STRINGS
  // Of BLOCK and BLOCKS, whatever the number of blocks; empty for other kinds.
  std::vector<int32_t> AsBlocks() const;
  // Of VAR and VARS: names of variables.
  std::vector<std::string_view> AsVars() const;

  std::string_view message() const { return message_; }

 private:
  std::optional<uint64_t> Number(uint32_t field, WireType wire_type) const;
  std::vector<int32_t> Numbers(uint32_t field) const;
  std::vector<std::string_view> Texts(uint32_t field) const;

  std::string_view message_;
};

class OpView {
 public:
  explicit OpView(std::string_view message) : message_(message) {}

  std::string_view type() const;

  // Calls f(SlotView) for each slot, in the order of the file.
  template <typename F>
  void ForEachInput(F&& f) const {
    ForEachMessage<SlotView>(1, f);
  }
  template <typename F>
  void ForEachOutput(F&& f) const {
    ForEachMessage<SlotView>(2, f);
  }
  template <typename F>
  void ForEachAttr(F&& f) const {
    ForEachMessage<AttrView>(4, f);
  }
  // The last attribute of that name.
  std::optional<AttrView> attr(std::string_view name) const;
  // Its value; `otherwise` where the op has no such attribute, or it is of another kind.
  int32_t IntOr(std::string_view name, int32_t otherwise) const;
  bool BoolOr(std::string_view name, bool otherwise) const;

  std::string_view message() const { return message_; }

 private:
  template <typename View, typename F>
  void ForEachMessage(uint32_t number, F&& f) const {
    FieldReader reader(message_);
    Field field;
    while (reader.Next(&field)) {
      if (field.Is(number, WireType::kBytes)) f(View(field.bytes));
    }
  }

  std::string_view message_;
};

// What a tensor-like variable's type says (VarType.TensorDesc).
struct TensorType {
  int32_t data_type = -1;  // proto::VarType::Type, or a number that only a newer Paddle knows
  std::vector<int64_t> dims;
  int32_t lod_level = 0;
};

class VarView {
 public:
  explicit VarView(std::string_view message) : message_(message) {}

  std::string_view name() const;
  // The kind: proto::VarType::Type such as LOD_TENSOR, or a number that only a newer Paddle knows.
  int32_t kind() const;
  bool persistable() const;
  // Whether Paddle checks the shape of what is fed to it.
  bool need_check_feed() const;
  // Nothing where the file has no such field: Paddle 1.x doesn't.
  std::optional<bool> is_parameter() const;
  // Both in one walk.
  struct KindAndTensor {
    int32_t kind = -1;
    std::optional<TensorType> tensor;
  };
  KindAndTensor kind_and_tensor() const;
  // The LoDTensor description; nothing where the variable has none.
  std::optional<TensorType> lod_tensor() const;
  // The encoded fields that make the type, tags included.
  std::string type_fields() const;

  std::string_view message() const { return message_; }

 private:
  std::string_view message_;
};

}  // namespace pdquant

#endif  // PDQUANT_IR_VIEWS_H_
