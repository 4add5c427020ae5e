// Small programs before and after, as text, with the options between: testdata/passes/transpile/CASE. To see what a
// change of the pass does to them, set PDQUANT_UPDATE in the environment: after.txt is written anew, and the test
// fails.
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>

#include "quantize/freeze/model_rewrite.h"
#include "quantize/transpile/transpile_testing.h"
#include "support/program_compare.h"

namespace pdquant {
namespace {

using ::testing::IsEmpty;
using testing::Transpile;
using testing::Transpiled;

class TranspileCase : public ::testing::TestWithParam<std::string> {
 protected:
  std::string File(const std::string& name) const {
    return PDQUANT_TESTDATA "/passes/transpile/" + GetParam() + "/" + name;
  }
  std::string Bytes(const std::string& name) const {
    return testing::ParseText(testing::ReadFile(File(name))).SerializeAsString();
  }
  TranspileOptions Options() const {
    std::istringstream words(testing::ReadFile(File("options.txt")));
    return testing::ParseOptions({std::istream_iterator<std::string>(words), {}});
  }

  // Rewrites the expected file where the environment asks for it.
  void Update(const std::string& name, const std::string& bytes) const {
    if (std::getenv("PDQUANT_UPDATE") == nullptr) return;
    std::string text;
    google::protobuf::TextFormat::PrintToString(testing::ParseMessage(bytes), &text);
    std::ofstream(File(name)) << text;
    ADD_FAILURE() << File(name) << " was written anew: look at what has changed";
  }

  void ExpectGraph(const std::string& name, const std::string& bytes) const {
    Update(name, bytes);
    EXPECT_THAT(
        testing::CompareAsGraphs(testing::ParseText(testing::ReadFile(File(name))), testing::ParseMessage(bytes)),
        IsEmpty());
    Findings findings;
    const Program program = testing::Load(bytes, &findings);
    CheckProgram(Index(program), &findings);
    EXPECT_THAT(findings.all(), IsEmpty());
  }
};

TEST_P(TranspileCase, IsAsExpected) {
  const std::string before = Bytes("before.txt");
  const bool has_startup = std::filesystem::exists(File("startup.txt"));
  const std::string startup = has_startup ? Bytes("startup.txt") : "";
  const Transpiled result = Transpile(before, has_startup ? &startup : nullptr, Options());
  ASSERT_TRUE(result.status.ok()) << result.status.message();
  ExpectGraph("after.txt", result.main);
  if (has_startup) ExpectGraph("startup_after.txt", result.startup);
  EXPECT_EQ(result.outcome == Outcome::kChanged, Bytes("after.txt") != before);
  if (result.outcome == Outcome::kUnchanged) {
    EXPECT_EQ(result.main, before);
    return;
  }
  EXPECT_EQ(Transpile(result.main, nullptr, Options()).status.code(), StatusCode::kBadInput);  // not twice
  if (Options().for_test) return;
  Findings findings;
  const auto undone = RewriteModel(ModelRewrite::kUndo, testing::Load(result.main), nullptr, &findings);
  ASSERT_TRUE(undone.ok()) << undone.status().message();
  EXPECT_TRUE(undone->program.bytes() == before);  // so what wasn't touched is the same bytes
}

void ForEachMessage(google::protobuf::Message* message, const std::function<void(google::protobuf::Message*)>& f) {
  f(message);
  const auto* reflection = message->GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection->ListFields(*message, &fields);
  for (const auto* field : fields) {
    if (field->cpp_type() != field->CPPTYPE_MESSAGE) continue;
    const int count = field->is_repeated() ? reflection->FieldSize(*message, field) : -1;
    if (count < 0) ForEachMessage(reflection->MutableMessage(message, field), f);
    for (int i = 0; i < count; ++i) ForEachMessage(reflection->MutableRepeatedMessage(message, field, i), f);
  }
}

// P7: an unknown field in each message doesn't change what is done, and stays.
TEST_P(TranspileCase, UnknownFieldsStay) {
  proto::ProgramDesc planted = testing::ParseMessage(Bytes("before.txt"));
  size_t before = 0;
  ForEachMessage(&planted, [&](auto* m) {
    m->GetReflection()->MutableUnknownFields(m)->AddVarint(1000, 7);
    ++before;
  });
  const Transpiled result = Transpile(planted.SerializeAsString(), nullptr, Options());
  ASSERT_TRUE(result.status.ok()) << result.status.message();
  proto::ProgramDesc after = testing::ParseMessage(result.main);
  size_t kept = 0;
  ForEachMessage(&after, [&](auto* m) {
    auto* unknown = m->GetReflection()->MutableUnknownFields(m);
    if (!unknown->empty()) ++kept;
    unknown->Clear();
  });
  EXPECT_THAT(testing::CompareAsGraphs(testing::ParseText(testing::ReadFile(File("after.txt"))), after), IsEmpty());
  if (Options().for_test) return;
  EXPECT_GE(kept, before);  // the type of a made variable is a copy of another's
}

std::vector<std::string> Cases() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(PDQUANT_TESTDATA "/passes/transpile"))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

INSTANTIATE_TEST_SUITE_P(All, TranspileCase, ::testing::ValuesIn(Cases()), [](const auto& test) { return test.param; });

}  // namespace
}  // namespace pdquant
