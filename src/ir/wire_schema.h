// What the wire scan has to know of proto/pdquant/framework.proto: for each message, its fields' wire types, which are
// required, and which hold messages. A test compares this table with the schema by reflection.
#ifndef PDQUANT_IR_WIRE_SCHEMA_H_
#define PDQUANT_IR_WIRE_SCHEMA_H_

#include <array>
#include <cstdint>

#include "ir/wire.h"
#include "pdquant/framework.pb.h"

namespace pdquant {

enum class MessageKind : uint8_t {
  kProgram,
  kVersion,
  kOpCompatibleMap,
  kOpCompatiblePair,
  kCompatibleInfo,
  kOpVersionMap,
  kOpVersionPair,
  kOpVersion,
  kBlock,
  kVar,
  kVarAttr,
  kVarType,
  kTensorDesc,
  kLoDTensorDesc,
  kReaderDesc,
  kTuple,
  kOp,
  kSlot,
  kAttr,
  kScalar,
  kComplex,
  kNone,  // not a message
};
inline constexpr size_t kMessageKinds = static_cast<size_t>(MessageKind::kNone);

struct FieldRule {
  bool known = false;
  WireType type = WireType::kVarint;
  MessageKind child = MessageKind::kNone;
  bool packable = false;  // a repeated number: may also come as one length-delimited field
  bool repeated = false;  // repeated messages
  const char* name = "";
};

// One message of the schema.
struct MessageRule {
  const char* name = "";
  std::array<FieldRule, 32> fields;
  uint32_t required = 0;  // bit n: field n
};

const MessageRule& RuleOf(MessageKind kind);

// For each AttrType the field of OpDesc.Attr that holds its value.
inline constexpr std::array<int, proto::AttrType_ARRAYSIZE> kAttrValueField = {
    proto::OpDesc::Attr::kIFieldNumber,         proto::OpDesc::Attr::kFFieldNumber,
    proto::OpDesc::Attr::kSFieldNumber,         proto::OpDesc::Attr::kIntsFieldNumber,
    proto::OpDesc::Attr::kFloatsFieldNumber,    proto::OpDesc::Attr::kStringsFieldNumber,
    proto::OpDesc::Attr::kBFieldNumber,         proto::OpDesc::Attr::kBoolsFieldNumber,
    proto::OpDesc::Attr::kBlockIdxFieldNumber,  proto::OpDesc::Attr::kLFieldNumber,
    proto::OpDesc::Attr::kBlocksIdxFieldNumber, proto::OpDesc::Attr::kLongsFieldNumber,
    proto::OpDesc::Attr::kFloat64SFieldNumber,  proto::OpDesc::Attr::kVarNameFieldNumber,
    proto::OpDesc::Attr::kVarsNameFieldNumber,  proto::OpDesc::Attr::kFloat64FieldNumber,
    proto::OpDesc::Attr::kScalarFieldNumber,    proto::OpDesc::Attr::kScalarsFieldNumber};

}  // namespace pdquant

#endif  // PDQUANT_IR_WIRE_SCHEMA_H_
