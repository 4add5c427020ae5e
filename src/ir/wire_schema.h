// What the wire scan has to know of proto/pdquant/framework.proto: for each message, its fields' wire types, which are
// required, and which hold messages. A test compares this table with the schema by reflection.
#ifndef PDQUANT_IR_WIRE_SCHEMA_H_
#define PDQUANT_IR_WIRE_SCHEMA_H_

#include <array>
#include <cstdint>

#include "ir/wire.h"

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

}  // namespace pdquant

#endif  // PDQUANT_IR_WIRE_SCHEMA_H_
