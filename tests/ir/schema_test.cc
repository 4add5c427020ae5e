// Our schema against Paddle's own, as two of its releases describe it (testdata/schema), and the wire scan's table
// against ours.
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>

#include <deque>
#include <map>
#include <set>
#include <stdexcept>
#include <string>

#include "ir/wire_schema.h"
#include "pdquant/framework.pb.h"
#include "support/programs.h"

namespace pdquant {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;

// The name without its package.
template <typename T>
std::string LocalName(const T* descriptor) {
  return descriptor->full_name().substr(descriptor->file()->package().size() + 1);
}

// All messages and enums of a file, nested ones too, by their local name.
struct Schema {
  std::map<std::string, const Descriptor*> messages;
  std::map<std::string, const EnumDescriptor*> enums;

  explicit Schema(const FileDescriptor* file) {
    for (int i = 0; i < file->message_type_count(); ++i) Add(file->message_type(i));
    for (int i = 0; i < file->enum_type_count(); ++i) enums[LocalName(file->enum_type(i))] = file->enum_type(i);
  }
  void Add(const Descriptor* message) {
    messages[LocalName(message)] = message;
    for (int i = 0; i < message->nested_type_count(); ++i) Add(message->nested_type(i));
    for (int i = 0; i < message->enum_type_count(); ++i)
      enums[LocalName(message->enum_type(i))] = message->enum_type(i);
  }
};

class SchemaTest : public ::testing::Test {
 protected:
  SchemaTest() : ours_(proto::ProgramDesc::descriptor()->file()) {}

  // A schema that protoc has translated into a FileDescriptorSet.
  Schema Import(const std::string& release) {
    google::protobuf::FileDescriptorSet set;
    const std::string path = PDQUANT_SCHEMA_DIR "/framework-" + release + ".desc";
    if (!set.ParseFromString(testing::ReadFile(path)) || set.file_size() != 1)
      throw std::runtime_error("can't read " + path);
    pools_.emplace_back();
    return Schema(pools_.back().BuildFile(set.file(0)));
  }
  Schema Paddle185() { return Import("1.8.5"); }
  Schema Paddle262() { return Import("2.6.2"); }

  std::deque<google::protobuf::DescriptorPool> pools_;
  Schema ours_;
};

void ExpectSameField(const FieldDescriptor* theirs, const FieldDescriptor* ours) {
  SCOPED_TRACE(theirs->full_name());
  ASSERT_NE(ours, nullptr);
  EXPECT_EQ(ours->name(), theirs->name());
  EXPECT_EQ(ours->label(), theirs->label());
  EXPECT_EQ(ours->is_packed(), theirs->is_packed());
  if (theirs->type() == FieldDescriptor::TYPE_ENUM) {
    EXPECT_EQ(ours->type(), FieldDescriptor::TYPE_INT32);
    EXPECT_FALSE(theirs->has_default_value());
    return;
  }
  EXPECT_EQ(ours->type(), theirs->type());
  EXPECT_EQ(ours->has_default_value(), theirs->has_default_value());
  if (theirs->type() == FieldDescriptor::TYPE_MESSAGE) {
    EXPECT_EQ(LocalName(ours->message_type()), LocalName(theirs->message_type()));
  } else if (theirs->type() == FieldDescriptor::TYPE_BOOL) {
    EXPECT_EQ(ours->default_value_bool(), theirs->default_value_bool());
  } else if (theirs->type() == FieldDescriptor::TYPE_INT32) {
    EXPECT_EQ(ours->default_value_int32(), theirs->default_value_int32());
  } else if (theirs->type() == FieldDescriptor::TYPE_INT64) {
    EXPECT_EQ(ours->default_value_int64(), theirs->default_value_int64());
  }
}

void ExpectHolds(const Schema& ours, const Schema& theirs) {
  for (const auto& [name, message] : theirs.messages) {
    ASSERT_TRUE(ours.messages.contains(name)) << name;
    const Descriptor* mine = ours.messages.at(name);
    for (int i = 0; i < message->field_count(); ++i) {
      ExpectSameField(message->field(i), mine->FindFieldByNumber(message->field(i)->number()));
    }
  }
  for (const auto& [name, their_enum] : theirs.enums) {
    ASSERT_TRUE(ours.enums.contains(name)) << name;
    for (int i = 0; i < their_enum->value_count(); ++i) {
      const auto* value = ours.enums.at(name)->FindValueByName(their_enum->value(i)->name());
      ASSERT_NE(value, nullptr) << their_enum->value(i)->full_name();
      EXPECT_EQ(value->number(), their_enum->value(i)->number()) << their_enum->value(i)->full_name();
    }
  }
}

TEST_F(SchemaTest, HoldsPaddle185) { ExpectHolds(ours_, Paddle185()); }

TEST_F(SchemaTest, HoldsPaddle262) { ExpectHolds(ours_, Paddle262()); }

TEST_F(SchemaTest, HoldsNothingElse) {
  const Schema releases[] = {Paddle185(), Paddle262()};
  for (const auto& [name, message] : ours_.messages) {
    for (int i = 0; i < message->field_count(); ++i) {
      bool known = false;
      for (const Schema& theirs : releases) {
        const auto found = theirs.messages.find(name);
        known |=
            found != theirs.messages.end() && found->second->FindFieldByNumber(message->field(i)->number()) != nullptr;
      }
      EXPECT_TRUE(known) << message->field(i)->full_name();
    }
  }
  for (const auto& [name, our_enum] : ours_.enums) {
    for (int i = 0; i < our_enum->value_count(); ++i) {
      bool known = false;
      for (const Schema& theirs : releases) {
        const auto found = theirs.enums.find(name);
        known |= found != theirs.enums.end() && found->second->FindValueByName(our_enum->value(i)->name()) != nullptr;
      }
      EXPECT_TRUE(known) << our_enum->value(i)->full_name();
    }
  }
}

TEST_F(SchemaTest, LivesBesidePaddles) {
  EXPECT_EQ(proto::ProgramDesc::descriptor()->file()->package(), "pdquant.proto");
  EXPECT_EQ(proto::ProgramDesc::descriptor()->file()->name(), "pdquant/framework.proto");
}

WireType WireTypeOf(const FieldDescriptor* field) {
  switch (field->type()) {
    case FieldDescriptor::TYPE_BOOL:
    case FieldDescriptor::TYPE_INT32:
    case FieldDescriptor::TYPE_INT64:
      return WireType::kVarint;
    case FieldDescriptor::TYPE_FLOAT:
      return WireType::kFixed32;
    case FieldDescriptor::TYPE_DOUBLE:
      return WireType::kFixed64;
    case FieldDescriptor::TYPE_STRING:
    case FieldDescriptor::TYPE_MESSAGE:
      return WireType::kBytes;
    default:
      ADD_FAILURE() << field->full_name() << " is of a type that the scan's table can't hold";
      return WireType::kEndGroup;
  }
}

void ExpectRule(MessageKind kind, const Descriptor* message,
                std::set<std::pair<MessageKind, const Descriptor*>>* seen) {
  if (!seen->insert({kind, message}).second) return;
  SCOPED_TRACE(message->full_name());
  const MessageRule& rule = RuleOf(kind);
  for (int i = 0; i < message->field_count(); ++i)
    ASSERT_LT(static_cast<size_t>(message->field(i)->number()), rule.fields.size());
  for (size_t number = 0; number < rule.fields.size(); ++number) {
    const FieldRule& entry = rule.fields[number];
    const FieldDescriptor* field = message->FindFieldByNumber(static_cast<int>(number));
    ASSERT_EQ(entry.known, field != nullptr) << number;
    EXPECT_EQ((rule.required >> number & 1U) != 0, field != nullptr && field->is_required()) << number;
    if (field == nullptr) continue;
    SCOPED_TRACE(field->name());
    EXPECT_EQ(entry.name, field->name());
    EXPECT_EQ(entry.type, WireTypeOf(field));
    EXPECT_EQ(entry.packable, field->is_packable());
    const bool is_message = field->type() == FieldDescriptor::TYPE_MESSAGE;
    EXPECT_EQ(entry.repeated, field->is_repeated() && is_message);
    ASSERT_EQ(entry.child != MessageKind::kNone, is_message);
    if (is_message) ExpectRule(entry.child, field->message_type(), seen);
  }
}

TEST(WireSchemaTest, EqualsTheSchema) {
  std::set<std::pair<MessageKind, const Descriptor*>> seen;
  ExpectRule(MessageKind::kProgram, proto::ProgramDesc::descriptor(), &seen);
  std::set<MessageKind> kinds;
  for (const auto& [kind, message] : seen) {
    kinds.insert(kind);
    // One rule serves both of these, which are alike.
    if (LocalName(message) == "VarType.LoDTensorArrayDesc") continue;
    EXPECT_EQ(RuleOf(kind).name, LocalName(message));
  }
  EXPECT_EQ(kinds.size(), kMessageKinds);
}

}  // namespace
}  // namespace pdquant
