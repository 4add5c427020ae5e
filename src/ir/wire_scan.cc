#include "ir/wire_scan.h"

#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

#include "ir/wire.h"
#include "ir/wire_schema.h"
#include "pdquant/framework.pb.h"
#include "pdquant/framework_lite.pb.h"

namespace pdquant {
namespace {

constexpr uint32_t Bit(int field) { return 1U << static_cast<uint32_t>(field); }

using Attr = proto::OpDesc::Attr;
constexpr uint32_t kListFields =
    Bit(Attr::kIntsFieldNumber) | Bit(Attr::kFloatsFieldNumber) | Bit(Attr::kStringsFieldNumber) |
    Bit(Attr::kBoolsFieldNumber) | Bit(Attr::kBlocksIdxFieldNumber) | Bit(Attr::kLongsFieldNumber) |
    Bit(Attr::kFloat64SFieldNumber) | Bit(Attr::kVarsNameFieldNumber) | Bit(Attr::kScalarsFieldNumber);
constexpr uint32_t kNoValueFields = Bit(Attr::kNameFieldNumber) | Bit(Attr::kTypeFieldNumber);

// Where a message lies in a program, for messages to people: "blocks[0].ops[39].attrs[2]". The messages of the schema
// that a walk through an encoded program is inside of. To enter and to leave costs next to nothing; places among
// siblings are counted when a path is asked for, and counting goes on where it stopped: all paths of one walk together
// are linear in the size of the program.
class WirePath {
 public:
  void Enter(MessageKind kind, std::string_view message) {
    Step& step = steps_[depth_++];
    step.kind = kind;
    step.message = message;
    step.counted = 0;
  }
  void Leave() { --depth_; }

  // The path to the message that was entered last; empty for the program itself.
  std::string ToString();

 private:
  // Program, block, variable, type, reader, LoD tensor, tensor: nothing in the schema is deeper. A test walks through
  // it.
  static constexpr size_t kDeepest = 7;

  struct Step {
    MessageKind kind;
    std::string_view message;
    size_t counted;                     // how many bytes of the message have been counted
    std::array<uint32_t, 32> siblings;  // by field number: how many were in these bytes
  };

  static std::string NameOfChild(Step* step, const char* child);

  std::array<Step, kDeepest> steps_;
  size_t depth_ = 0;
};

// The name and place of the field of `step` whose content begins at `child`.
std::string WirePath::NameOfChild(Step* step, const char* child) {
  if (step->counted == 0) step->siblings.fill(0);
  const MessageRule& rule = RuleOf(step->kind);
  FieldReader reader(step->message.substr(step->counted));
  Field field;
  while (reader.Next(&field)) {
    if (field.number >= rule.fields.size() || field.type != WireType::kBytes) continue;
    const FieldRule& known = rule.fields[field.number];
    if (field.bytes.data() == child)
      return known.repeated ? std::string(known.name) + "[" + std::to_string(step->siblings[field.number]) + "]"
                            : known.name;
    ++step->siblings[field.number];
    step->counted = static_cast<size_t>(field.whole.data() + field.whole.size() - step->message.data());
  }
  return "";
}

std::string WirePath::ToString() {
  std::string path;
  for (size_t i = 1; i < depth_; ++i) {
    if (i > 1) path += '.';
    path += NameOfChild(&steps_[i - 1], steps_[i].message.data());
  }
  return path;
}

// The path of the innermost known message that holds byte `offset`. Linear in the size of the program.
std::string DescribeOffset(std::string_view bytes, size_t offset) {
  WirePath path;
  MessageKind kind = MessageKind::kProgram;
  std::string_view message = bytes;
  const char* at = bytes.data() + offset;
  for (bool found = true; found;) {
    path.Enter(kind, message);
    const MessageRule& rule = RuleOf(kind);
    FieldReader reader(message);
    Field field;
    found = false;
    while (!found && reader.Next(&field)) {
      if (field.number >= rule.fields.size() || field.type != WireType::kBytes) continue;
      const FieldRule& known = rule.fields[field.number];
      found =
          known.child != MessageKind::kNone && field.bytes.data() <= at && at < field.bytes.data() + field.bytes.size();
      if (!found) continue;
      message = field.bytes;
      kind = known.child;
    }
  }
  return path.ToString();
}

class Scanner {
 public:
  Scanner(std::string_view bytes, const ScanLimits& limits, Findings* findings)
      : bytes_(bytes), limits_(limits), findings_(findings) {}

  bool Scan(MessageKind kind, std::string_view message, int depth);

  const ScanCounts& counts() const { return counts_; }
  const Status& status() const { return status_; }

 private:
  bool Count(MessageKind kind, const char* at);
  bool ScanChild(MessageKind child, const char* field, std::string_view message, int depth);
  bool ScanFields(MessageKind kind, FieldReader* reader, int depth, uint32_t* seen, uint64_t* type);
  void Note(MessageKind kind, uint32_t number, uint64_t value, uint32_t* seen, uint64_t* type);
  bool ScanPacked(const FieldRule& rule, const Field& field);
  bool IsTold(const char* code);
  void CheckRequired(const MessageRule& rule, uint32_t seen, const char* message);
  void CheckAttribute(uint32_t seen, uint64_t type, const char* message);
  // Of the message that is being scanned.
  Place PlaceOfMessage(const char* message);
  bool Fail(const char* at, const std::string& why);

  std::string_view bytes_;
  ScanLimits limits_;
  Findings* findings_;
  WirePath path_;
  ScanCounts counts_;
  Status status_;
};

bool Scanner::Fail(const char* at, const std::string& why) {
  Place place;
  place.offset = at - bytes_.data();
  place.path = DescribeOffset(bytes_, static_cast<size_t>(place.offset));
  status_ = BadInput(ToString(place) + ": " + why);
  return false;
}

Place Scanner::PlaceOfMessage(const char* message) {
  Place place;
  place.offset = message - bytes_.data();
  place.path = path_.ToString();
  return place;
}

bool Scanner::Count(MessageKind kind, const char* at) {
  if (++counts_.messages > limits_.max_messages) {
    return Fail(at, "more than " + std::to_string(limits_.max_messages) + " messages in one program");
  }
  if (kind == MessageKind::kOp && ++counts_.ops > limits_.max_ops) {
    return Fail(at, "more than " + std::to_string(limits_.max_ops) + " ops; --max-ops raises the limit");
  }
  if (kind == MessageKind::kBlock && ++counts_.blocks > limits_.max_ops) {
    return Fail(at, "more than " + std::to_string(limits_.max_ops) + " blocks; --max-ops raises the limit");
  }
  if (kind == MessageKind::kVar) ++counts_.vars;
  return true;
}

bool Scanner::ScanPacked(const FieldRule& rule, const Field& field) {
  if (rule.type == WireType::kFixed32 || rule.type == WireType::kFixed64) {
    const size_t size = rule.type == WireType::kFixed32 ? 4 : 8;
    return field.bytes.size() % size == 0 || Fail(field.whole.data(), "a packed list has a cut-off value");
  }
  const char* position = field.bytes.data();
  const char* end = position + field.bytes.size();
  uint64_t value = 0;
  while (position != end) {
    if (!ReadVarint(&position, end, 10, &value)) return Fail(field.whole.data(), "a packed list has a cut-off value");
  }
  return true;
}

bool Scanner::ScanChild(MessageKind child, const char* field, std::string_view message, int depth) {
  if (depth <= 0) return Fail(field, "messages or groups are nested more than 100 deep");
  return Count(child, field) && Scan(child, message, depth - 1);
}

// Counts the finding where it isn't kept anyway. True where it has to be told.
bool Scanner::IsTold(const char* code) {
  if (findings_->keeps(Level::kError)) return true;
  findings_->Error(code, {}, "");
  return false;
}

void Scanner::CheckRequired(const MessageRule& rule, uint32_t seen, const char* message) {
  for (uint32_t missing = rule.required & ~seen; missing != 0; missing &= missing - 1) {
    if (!IsTold("missing-field")) continue;
    const FieldRule& field = rule.fields[static_cast<size_t>(std::countr_zero(missing))];
    findings_->Error("missing-field", PlaceOfMessage(message),
                     std::string("the required field '") + field.name + "' of " + rule.name + " is missing",
                     "the file is damaged, or was written by something other than Paddle: export it again");
  }
}

void Scanner::CheckAttribute(uint32_t seen, uint64_t type, const char* message) {
  const auto kind = static_cast<uint32_t>(type);
  if (kind >= kAttrValueField.size()) return;  // of a newer Paddle
  const uint32_t expected = Bit(kAttrValueField[kind]);
  const uint32_t values = seen & ~kNoValueFields;
  const bool missing = (expected & kListFields) == 0 && (values & expected) == 0;
  if ((!missing && (values & ~expected) == 0) || !IsTold("attribute-value")) return;
  const std::string type_name = lite::AttrType_Name(static_cast<lite::AttrType>(kind));
  findings_->Error("attribute-value", PlaceOfMessage(message),
                   missing ? "an attribute of type " + type_name + " has no value"
                           : "an attribute of type " + type_name + " has a value of another type",
                   "the file is damaged: export it again");
}

// A known field of a message was there.
inline void Scanner::Note(MessageKind kind, uint32_t number, uint64_t value, uint32_t* seen, uint64_t* type) {
  if (number == 2) *type = value;
  if (kind == MessageKind::kAttr && number <= 2) counts_.repeats_attr_head |= (*seen >> number & 1U) != 0;
  *seen |= 1U << number;
}

bool Scanner::ScanFields(MessageKind kind, FieldReader* reader, int depth, uint32_t* seen, uint64_t* type) {
  const MessageRule& rule = RuleOf(kind);
  Field field;
  for (;;) {
    const FieldReader::ShortField next = reader->PeekShort();
    const FieldRule& short_rule = rule.fields[next.number];
    if (next.size != 0 && short_rule.type == next.type) {
      reader->Skip(next);
      if (!short_rule.known) continue;
      if (short_rule.child != MessageKind::kNone && !ScanChild(short_rule.child, next.begin, next.bytes(), depth))
        return false;
      Note(kind, next.number, next.value, seen, type);
      continue;
    }
    if (!reader->Next(&field)) return true;
    if (field.number >= rule.fields.size()) continue;
    const FieldRule& known = rule.fields[field.number];
    if (!known.known) continue;
    if (field.type == known.type) {
      if (known.child != MessageKind::kNone && !ScanChild(known.child, field.whole.data(), field.bytes, depth))
        return false;
    } else if (known.packable && field.type == WireType::kBytes) {
      if (!ScanPacked(known, field)) return false;
    } else {
      continue;  // another wire type makes it an unknown field
    }
    Note(kind, field.number, field.value, seen, type);
  }
}

bool Scanner::Scan(MessageKind kind, std::string_view message, int depth) {
  path_.Enter(kind, message);
  FieldReader reader(message, depth);
  uint32_t seen = 0;
  uint64_t type = 0;  // of an attribute; the last one counts
  if (!ScanFields(kind, &reader, depth, &seen, &type)) return false;
  if (reader.error() != nullptr) return Fail(reader.position(), reader.error());
  if ((RuleOf(kind).required & ~seen) != 0) {
    CheckRequired(RuleOf(kind), seen, message.data());
  } else if (kind == MessageKind::kAttr) {
    CheckAttribute(seen, type, message.data());
  }
  path_.Leave();
  return true;
}

}  // namespace

Result<ScanCounts> ScanProgram(std::string_view bytes, const ScanLimits& limits, Findings* findings) {
  Scanner scanner(bytes, limits, findings);
  if (!scanner.Scan(MessageKind::kProgram, bytes, kMaxDepth)) return scanner.status();
  return scanner.counts();
}

}  // namespace pdquant
