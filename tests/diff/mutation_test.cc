// D2: every change of a single field is found.
#include <gmock/gmock.h>

#include <cstdio>
#include <set>

#include "diff/diff_testing.h"
#include "paddle/names.h"
#include "support/full_program.h"
#include "support/thorough.h"

namespace pdquant::testing {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Changes each field of a program in turn, in all ways there are, compares, and changes it back.
class Mutator {
 public:
  // Every `stride`-th change is made.
  Mutator(const proto::ProgramDesc& program, size_t stride)
      : program_(program), before_(program.SerializePartialAsString()), stride_(stride) {}

  void Run() { Visit(&program_, ""); }

  size_t made() const { return made_; }
  const std::vector<std::string>& missed() const { return missed_; }
  const std::set<std::string>& fields() const { return fields_; }

 private:
  void Visit(Message* message, const std::string& path) {
    const Reflection* reflection = message->GetReflection();
    TryUnknown(message, path);
    for (int i = 0; i < message->GetDescriptor()->field_count(); ++i) {
      const FieldDescriptor* field = message->GetDescriptor()->field(i);
      const std::string below = path + "." + field->name();
      if (field->is_repeated()) {
        const int size = reflection->FieldSize(*message, field);
        if (size == 0) continue;
        Try(message, field, below + " (one less)", [&] { reflection->RemoveLast(message, field); });
        Try(message, field, below + " (one twice)", [&] { Append(message, field); });
        for (int k = 0; k < size; ++k) {
          if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
            Visit(reflection->MutableRepeatedMessage(message, field, k), below + "[" + std::to_string(k) + "]");
          } else if (k < 3) {
            Try(message, field, below + "[" + std::to_string(k) + "]", [&] { ChangeElement(message, field, k); });
          }
        }
      } else if (reflection->HasField(*message, field)) {
        if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
          Visit(reflection->MutableMessage(message, field), below);
          Try(message, field, below + " (gone)", [&] { reflection->ClearField(message, field); });
          continue;
        }
        Try(message, field, below, [&] { Change(message, field); });
        if (!IsDefault(*message, field))
          Try(message, field, below + " (gone)", [&] { reflection->ClearField(message, field); });
      }
    }
  }

  // An absent field and one that holds its default mean the same.
  static bool IsDefault(const Message& message, const FieldDescriptor* field) {
    const Reflection* reflection = message.GetReflection();
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_BOOL:
        return reflection->GetBool(message, field) == field->default_value_bool();
      case FieldDescriptor::CPPTYPE_INT32:
        return reflection->GetInt32(message, field) == field->default_value_int32();
      case FieldDescriptor::CPPTYPE_INT64:
        return reflection->GetInt64(message, field) == field->default_value_int64();
      case FieldDescriptor::CPPTYPE_STRING:
        return reflection->GetString(message, field).empty();
      default:
        return false;
    }
  }

  void Change(Message* message, const FieldDescriptor* field) {
    const Reflection* reflection = message->GetReflection();
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_BOOL:
        reflection->SetBool(message, field, !reflection->GetBool(*message, field));
        break;
      case FieldDescriptor::CPPTYPE_INT32:
        reflection->SetInt32(message, field, reflection->GetInt32(*message, field) + 1);
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        reflection->SetInt64(message, field, reflection->GetInt64(*message, field) + 1);
        break;
      case FieldDescriptor::CPPTYPE_FLOAT:
        reflection->SetFloat(message, field, reflection->GetFloat(*message, field) * 2 + 1);
        break;
      case FieldDescriptor::CPPTYPE_DOUBLE:
        reflection->SetDouble(message, field, reflection->GetDouble(*message, field) * 2 + 1);
        break;
      case FieldDescriptor::CPPTYPE_STRING:
        reflection->SetString(message, field, reflection->GetString(*message, field) + "~");
        break;
      default:
        FAIL() << field->full_name();
    }
  }

  void ChangeElement(Message* message, const FieldDescriptor* field, int k) {
    const Reflection* reflection = message->GetReflection();
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_BOOL:
        reflection->SetRepeatedBool(message, field, k, !reflection->GetRepeatedBool(*message, field, k));
        break;
      case FieldDescriptor::CPPTYPE_INT32:
        reflection->SetRepeatedInt32(message, field, k, reflection->GetRepeatedInt32(*message, field, k) + 1);
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        reflection->SetRepeatedInt64(message, field, k, reflection->GetRepeatedInt64(*message, field, k) + 1);
        break;
      case FieldDescriptor::CPPTYPE_FLOAT:
        reflection->SetRepeatedFloat(message, field, k, reflection->GetRepeatedFloat(*message, field, k) * 2 + 1);
        break;
      case FieldDescriptor::CPPTYPE_DOUBLE:
        reflection->SetRepeatedDouble(message, field, k, reflection->GetRepeatedDouble(*message, field, k) * 2 + 1);
        break;
      case FieldDescriptor::CPPTYPE_STRING:
        reflection->SetRepeatedString(message, field, k, reflection->GetRepeatedString(*message, field, k) + "~");
        break;
      default:
        FAIL() << field->full_name();
    }
  }

  // The last element once more.
  static void Append(Message* message, const FieldDescriptor* field) {
    const Reflection* reflection = message->GetReflection();
    const int last = reflection->FieldSize(*message, field) - 1;
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_BOOL:
        reflection->AddBool(message, field, reflection->GetRepeatedBool(*message, field, last));
        break;
      case FieldDescriptor::CPPTYPE_INT32:
        reflection->AddInt32(message, field, reflection->GetRepeatedInt32(*message, field, last));
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        reflection->AddInt64(message, field, reflection->GetRepeatedInt64(*message, field, last));
        break;
      case FieldDescriptor::CPPTYPE_FLOAT:
        reflection->AddFloat(message, field, reflection->GetRepeatedFloat(*message, field, last));
        break;
      case FieldDescriptor::CPPTYPE_DOUBLE:
        reflection->AddDouble(message, field, reflection->GetRepeatedDouble(*message, field, last));
        break;
      case FieldDescriptor::CPPTYPE_STRING:
        reflection->AddString(message, field, reflection->GetRepeatedString(*message, field, last));
        break;
      case FieldDescriptor::CPPTYPE_MESSAGE:
        reflection->AddMessage(message, field)->CopyFrom(reflection->GetRepeatedMessage(*message, field, last));
        break;
      default:
        FAIL() << field->full_name();
    }
  }

  void TryUnknown(Message* message, const std::string& path) {
    if (number_++ % stride_ != 0) return;
    google::protobuf::UnknownFieldSet* unknown = message->GetReflection()->MutableUnknownFields(message);
    unknown->AddVarint(1000, 7);
    Compare(path + " (unknown field)");
    unknown->DeleteByNumber(1000);
  }

  template <typename F>
  void Try(Message* message, const FieldDescriptor* field, const std::string& path, F&& change) {
    fields_.insert(field->full_name());
    if (number_++ % stride_ != 0) return;
    const std::string before = message->SerializePartialAsString();
    change();
    Compare(path);
    ASSERT_TRUE(message->ParsePartialFromString(before));
  }

  void Compare(const std::string& path) {
    const std::string after = program_.SerializePartialAsString();
    Findings findings;
    const Result<Program> mutated = Program::Parse(Bytes::Copy(after), ScanLimits(), &findings);
    if (!mutated.ok()) return;  // no block is left
    ++made_;
    const Program original = Load(before_);
    const Index index_a(original);
    const Index index_b(*mutated);
    const ProgramDiff there(index_a, index_b, DefaultOptions());
    if (there.equal()) missed_.push_back(path);
    const ProgramDiff back(index_b, index_a, DefaultOptions());
    EXPECT_EQ(there.counts().ops.inserted, back.counts().ops.removed) << path;
    EXPECT_EQ(there.counts().ops.changed, back.counts().ops.changed) << path;
    EXPECT_EQ(there.changes().size(), back.changes().size()) << path;
  }

  proto::ProgramDesc program_;
  std::string before_;
  size_t stride_;
  size_t number_ = 0;
  size_t made_ = 0;
  std::vector<std::string> missed_;
  std::set<std::string> fields_;
};

proto::ProgramDesc WithoutCallStacks(proto::ProgramDesc program) {
  for (proto::BlockDesc& block : *program.mutable_blocks()) {
    for (proto::OpDesc& op : *block.mutable_ops()) {
      auto* attrs = op.mutable_attrs();
      for (int i = attrs->size() - 1; i >= 0; --i) {
        if (attrs->Get(i).name() == attributes::kOpCallStack) attrs->DeleteSubrange(i, 1);
      }
    }
  }
  return program;
}

// With PDQUANT_THOROUGH, all changes instead of some 150 of each program; minutes.
TEST(MutationTest, EachFieldOfTwentyRealPrograms) {
  constexpr size_t kPrograms = 20;
  constexpr size_t kFew = 150;
  const std::vector<std::string> paths = SmallPrograms(kPrograms);
  ASSERT_EQ(paths.size(), kPrograms);
  size_t made = 0;
  for (const std::string& path : paths) {
    const proto::ProgramDesc program = WithoutCallStacks(ParseMessage(ReadFile(path)));
    const size_t fields = program.SerializeAsString().size() / 4;  // about
    Mutator mutator(program, SampleStep(fields / kFew + 1));
    mutator.Run();
    EXPECT_THAT(mutator.missed(), ::testing::IsEmpty()) << path;
    made += mutator.made();
  }
  std::printf("%zu changes\n", made);
  EXPECT_GT(made, kPrograms * kFew / 4);
}

TEST(MutationTest, EachFieldOfTheSchema) {
  Mutator mutator(ParseText(kFullProgram), 1);
  mutator.Run();
  EXPECT_THAT(mutator.missed(), ::testing::IsEmpty());
  EXPECT_GT(mutator.fields().size(), 80U);
}

TEST(MutationTest, CallStackCountsOnRequest) {
  const proto::ProgramDesc before = ParseText(
      "blocks { idx: 0 parent_idx: -1 ops { type: 'a' attrs { name: 'op_callstack' type: 5 strings: 'f.py:1' } } }");
  proto::ProgramDesc after = before;
  after.mutable_blocks(0)->mutable_ops(0)->mutable_attrs(0)->set_strings(0, "f.py:2");
  EXPECT_TRUE(Compared(before, after).equal());
  EXPECT_FALSE(Compared(before, after, DiffOptions()).equal());
}

}  // namespace
}  // namespace pdquant::testing
