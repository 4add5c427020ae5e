#include "ir/wire_schema.h"

namespace pdquant {
namespace {

using Kind = MessageKind;

struct Entry {
  uint32_t number;
  FieldRule rule;
  bool required;
};

constexpr Entry Number(uint32_t number, const char* name, bool required = false) {
  return {number, {true, WireType::kVarint, Kind::kNone, false, false, name}, required};
}
constexpr Entry Numbers(uint32_t number, const char* name, WireType type = WireType::kVarint) {
  return {number, {true, type, Kind::kNone, true, false, name}, false};
}
constexpr Entry Fixed(uint32_t number, const char* name, WireType type, bool required = false) {
  return {number, {true, type, Kind::kNone, false, false, name}, required};
}
constexpr Entry Text(uint32_t number, const char* name, bool required = false) {
  return {number, {true, WireType::kBytes, Kind::kNone, false, false, name}, required};
}
constexpr Entry Child(uint32_t number, const char* name, Kind child, bool required = false) {
  return {number, {true, WireType::kBytes, child, false, false, name}, required};
}
constexpr Entry Children(uint32_t number, const char* name, Kind child) {
  return {number, {true, WireType::kBytes, child, false, true, name}, false};
}

template <size_t N>
constexpr MessageRule Message(const char* name, const Entry (&entries)[N]) {
  MessageRule rule;
  rule.name = name;
  for (const Entry& entry : entries) {
    rule.fields[entry.number] = entry.rule;
    if (entry.required) rule.required |= 1U << entry.number;
  }
  return rule;
}

constexpr bool kRequired = true;
constexpr WireType k32 = WireType::kFixed32;
constexpr WireType k64 = WireType::kFixed64;

// In the order of MessageKind.
constexpr std::array<MessageRule, kMessageKinds> kRules = {
    Message("ProgramDesc", {Children(1, "blocks", Kind::kBlock), Child(3, "op_compatible_map", Kind::kOpCompatibleMap),
                            Child(4, "version", Kind::kVersion), Child(5, "op_version_map", Kind::kOpVersionMap)}),
    Message("Version", {Number(1, "version")}),
    Message("OpCompatibleMap", {Children(1, "pair", Kind::kOpCompatiblePair), Text(2, "default_required_version")}),
    Message("OpCompatibleMap.OpCompatiblePair",
            {Text(1, "op_name", kRequired), Child(2, "compatible_info", Kind::kCompatibleInfo, kRequired)}),
    Message("CompatibleInfo", {Text(1, "version", kRequired), Number(2, "type", kRequired)}),
    Message("OpVersionMap", {Children(1, "pair", Kind::kOpVersionPair)}),
    Message("OpVersionMap.OpVersionPair",
            {Text(1, "op_name", kRequired), Child(2, "op_version", Kind::kOpVersion, kRequired)}),
    Message("OpVersion", {Number(1, "version", kRequired)}),
    Message("BlockDesc",
            {Number(1, "idx", kRequired), Number(2, "parent_idx", kRequired), Children(3, "vars", Kind::kVar),
             Children(4, "ops", Kind::kOp), Number(5, "forward_block_idx")}),
    Message("VarDesc", {Text(1, "name", kRequired), Child(2, "type", Kind::kVarType, kRequired),
                        Number(3, "persistable"), Number(4, "need_check_feed"), Number(5, "is_parameter"),
                        Number(6, "stop_gradient"), Children(7, "attrs", Kind::kVarAttr)}),
    Message("VarDesc.Attr", {Text(1, "name", kRequired), Number(2, "type", kRequired), Number(3, "i"), Text(4, "s"),
                             Numbers(5, "ints")}),
    Message("VarType", {Number(1, "type", kRequired), Child(2, "selected_rows", Kind::kTensorDesc),
                        Child(3, "lod_tensor", Kind::kLoDTensorDesc), Child(4, "tensor_array", Kind::kLoDTensorDesc),
                        Child(5, "reader", Kind::kReaderDesc), Child(7, "tuple", Kind::kTuple),
                        Child(8, "string", Kind::kTensorDesc), Child(9, "strings", Kind::kTensorDesc),
                        Child(10, "vocab", Kind::kTensorDesc), Child(11, "sparse_coo", Kind::kTensorDesc),
                        Child(12, "sparse_csr", Kind::kTensorDesc)}),
    Message("VarType.TensorDesc", {Number(1, "data_type", kRequired), Numbers(2, "dims")}),
    Message("VarType.LoDTensorDesc", {Child(1, "tensor", Kind::kTensorDesc, kRequired), Number(2, "lod_level")}),
    Message("VarType.ReaderDesc", {Children(1, "lod_tensor", Kind::kLoDTensorDesc)}),
    Message("VarType.Tuple", {Numbers(1, "element_type")}),
    Message("OpDesc", {Children(1, "inputs", Kind::kSlot), Children(2, "outputs", Kind::kSlot),
                       Text(3, "type", kRequired), Children(4, "attrs", Kind::kAttr), Number(5, "is_target")}),
    Message("OpDesc.Var", {Text(1, "parameter", kRequired), Text(2, "arguments")}),
    Message("OpDesc.Attr", {Text(1, "name", kRequired),
                            Number(2, "type", kRequired),
                            Number(3, "i"),
                            Fixed(4, "f", k32),
                            Text(5, "s"),
                            Numbers(6, "ints"),
                            Numbers(7, "floats", k32),
                            Text(8, "strings"),
                            Number(10, "b"),
                            Numbers(11, "bools"),
                            Number(12, "block_idx"),
                            Number(13, "l"),
                            Numbers(14, "blocks_idx"),
                            Numbers(15, "longs"),
                            Numbers(16, "float64s", k64),
                            Text(17, "var_name"),
                            Text(18, "vars_name"),
                            Fixed(19, "float64", k64),
                            Child(20, "scalar", Kind::kScalar),
                            Children(21, "scalars", Kind::kScalar)}),
    Message("Scalar", {Number(1, "type", kRequired), Number(2, "b"), Number(3, "i"), Fixed(4, "r", k64),
                       Child(5, "c", Kind::kComplex)}),
    Message("Complex", {Fixed(1, "r", k64, kRequired), Fixed(2, "i", k64, kRequired)}),
};

}  // namespace

const MessageRule& RuleOf(MessageKind kind) { return kRules[static_cast<size_t>(kind)]; }

}  // namespace pdquant
