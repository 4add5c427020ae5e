// P9: each required field that is missing is a finding with its path.
#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "check/check_testing.h"
#include "support/full_program.h"

namespace pdquant {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Clears each required field of a program in turn, wherever it stands.
class ClearEach {
 public:
  explicit ClearEach(const proto::ProgramDesc& program) : program_(program) {}

  // The full names of the fields that were cleared.
  std::set<std::string> Run() {
    Visit(&program_, "");
    return cleared_;
  }

 private:
  void Visit(Message* message, const std::string& path) {
    const auto* reflection = message->GetReflection();
    std::vector<const FieldDescriptor*> fields;
    reflection->ListFields(*message, &fields);
    for (const FieldDescriptor* field : fields) {
      if (field->is_required()) ClearOne(message, field, path);
      if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
      const std::string below = path + (path.empty() ? "" : ".") + field->name();
      if (!field->is_repeated()) {
        Visit(reflection->MutableMessage(message, field), below);
        continue;
      }
      for (int i = 0; i < reflection->FieldSize(*message, field); ++i) {
        Visit(reflection->MutableRepeatedMessage(message, field, i), below + "[" + std::to_string(i) + "]");
      }
    }
  }

  void ClearOne(Message* message, const FieldDescriptor* field, const std::string& path) {
    const std::string before = message->SerializePartialAsString();
    message->GetReflection()->ClearField(message, field);
    size_t count = 0;
    const Findings findings = testing::Check(program_);
    for (const Finding& finding : findings.all()) {
      if (finding.code != "missing-field") continue;
      ++count;
      EXPECT_EQ(finding.level, Level::kError);
      EXPECT_EQ(finding.place.path, path);
      EXPECT_THAT(finding.text, ::testing::HasSubstr("'" + field->name() + "'"));
    }
    EXPECT_EQ(count, 1U) << path << '.' << field->name();
    ASSERT_TRUE(message->ParsePartialFromString(before));
    cleared_.insert(field->full_name());
  }

  proto::ProgramDesc program_;
  std::set<std::string> cleared_;
};

void CollectRequired(const Descriptor* message, std::set<const Descriptor*>* seen, std::set<std::string>* required) {
  if (!seen->insert(message).second) return;
  for (int i = 0; i < message->field_count(); ++i) {
    const FieldDescriptor* field = message->field(i);
    if (field->is_required()) required->insert(field->full_name());
    if (field->message_type() != nullptr) CollectRequired(field->message_type(), seen, required);
  }
}

TEST(RequiredFieldsTest, EachOfTheSchema) {
  std::set<const Descriptor*> seen;
  std::set<std::string> required;
  CollectRequired(proto::ProgramDesc::descriptor(), &seen, &required);
  EXPECT_EQ(ClearEach(testing::ParseText(testing::kFullProgram)).Run(), required);
}

TEST(RequiredFieldsTest, EachOfARealProgram) {
  const std::set<std::string> cleared =
      ClearEach(testing::ParseMessage(testing::ReadFile(testing::MainOf("no_quantizable")))).Run();
  EXPECT_GE(cleared.size(), 11U);  // of the block, variables, their types, ops, slots and attributes
}

TEST(RequiredFieldsTest, AllOfAProgramInOneRun) {
  proto::ProgramDesc program = testing::ParseMessage(testing::ReadFile(testing::MainOf("mlp")));
  for (auto& op : *program.mutable_blocks(0)->mutable_ops()) op.clear_type();
  const std::vector<std::string_view> codes = testing::Codes(testing::Check(program));
  EXPECT_EQ(std::count(codes.begin(), codes.end(), "missing-field"), program.blocks(0).ops_size());
}

}  // namespace
}  // namespace pdquant
