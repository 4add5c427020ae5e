// Each pass on small programs: testdata/passes/PASS/CASE. A pass that is a command runs as one; the others run in
// process.
//   before.txt  a program, as text protobuf             after.txt  what has to come of it
//   startup.txt, startup_after.txt                      its startup program, where the pass takes one
//   params.txt, params_after.txt                        its parameters, where the pass reads them: a line
//                                                       `NAME float32|int8 DIM,DIM : VALUE …` each
//   scales.json                                         the scales of a calibration, for --scales in/scales.json
//   options.txt  options of the command                 error.txt  in place of after.txt: the message of a refusal
// To see what a change of a pass does to them, set PDQUANT_UPDATE in the environment: what is expected is written anew,
// and the test fails.
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <sstream>

#include "cli/process.h"
#include "quantize/pass.h"
#include "quantize/pipeline.h"
#include "support/program_compare.h"
#include "support/programs.h"
#include "support/tensor_text.h"

namespace pdquant::testing {
namespace {

using google::protobuf::Message;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

void ForEachMessage(Message* message, const std::function<void(Message*)>& f) {
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

// The bytes of each variable and op.
std::multiset<std::string> Parts(const proto::ProgramDesc& program) {
  std::multiset<std::string> parts;
  for (const auto& block : program.blocks()) {
    for (const auto& var : block.vars()) parts.insert(var.SerializeAsString());
    for (const auto& op : block.ops()) parts.insert(op.SerializeAsString());
  }
  return parts;
}

// What a command made of a model: the program, its startup program, and its parameters, each a file.
struct Model {
  std::string program;
  std::string startup;
  std::map<std::string, std::string> parameters;
};

class PassCase : public CommandTest, public ::testing::WithParamInterface<std::string> {
 protected:
  std::string File(const std::string& name) const { return PDQUANT_TESTDATA "/passes/" + GetParam() + "/" + name; }
  bool Has(const std::string& name) const { return std::filesystem::exists(File(name)); }
  std::string Encoded(const std::string& name) const { return ParseText(ReadFile(File(name))).SerializeAsString(); }
  std::string Pass() const { return GetParam().substr(0, GetParam().find('/')); }
  std::vector<std::string> Options() const {
    std::istringstream words(ReadFile(File("options.txt")));
    return {std::istream_iterator<std::string>(words), {}};
  }
  std::map<std::string, std::string> Parameters(const std::string& name) const {
    std::map<std::string, std::string> files;
    if (!Has(name)) return files;
    std::istringstream lines(ReadFile(File(name)));
    for (std::string line; std::getline(lines, line);) {
      if (!line.empty() && line[0] != '#') files.insert(TensorFile(line));
    }
    return files;
  }
  Model Before() const {
    return {Encoded("before.txt"), Has("startup.txt") ? Encoded("startup.txt") : "", Parameters("params.txt")};
  }

  // Runs the pass on the model; *after is what it made of it, if it did.
  Finished RunPass(const Model& model, Model* after) const {
    const PassInfo* pass = FindPass(Pass());
    if (pass == nullptr) throw std::runtime_error("no pass is named " + Pass());
    if (pass->make != nullptr) return RunInProcess(*pass, model, after);
    if (Pass() != "fold-batch-norm") return RunOn(Pass(), model, Options(), after);
    // A step of quantize, which rounds nothing where no scale is given.
    Write("none.json", "{}");
    return RunOn("quantize", model, {"--scales", Path("none.json"), "--fold-batch-norm"}, after);
  }

  static Finished RunInProcess(const PassInfo& info, const Model& model, Model* after) {
    Findings findings;
    Result<Program> program = Program::Parse(Bytes::Copy(model.program), ScanLimits(), &findings);
    if (!program.ok()) return {static_cast<int>(program.status().code()), 0, "", program.status().message()};
    const std::unique_ptr<::pdquant::Pass> pass = info.make();
    const std::array<::pdquant::Pass*, 1> passes = {pass.get()};
    Pipeline pipeline(std::move(*program), std::nullopt, &findings, nullptr);
    const Status status = pipeline.Run(passes);
    if (!status.ok()) return {static_cast<int>(status.code()), 0, "", "error: " + status.message()};
    *after = {pipeline.Main()->Flatten(), "", {}};
    return {0, 0, "", ""};
  }

  // Runs `command` on the model; *after is what it wrote, if it did.
  Finished RunOn(const std::string& command, const Model& model, const std::vector<std::string>& options,
                 Model* after) const {
    for (const char* name : {"in", "out"}) {
      std::filesystem::remove_all(Path(name));
      std::filesystem::create_directory(Path(name));
    }
    Write("in/__model__", model.program);
    for (const auto& [name, bytes] : model.parameters) Write("in/" + name, bytes);
    if (Has("scales.json")) Write("in/scales.json", ReadFile(File("scales.json")));
    std::vector<std::string> arguments = {command, "in/__model__", "-o", "out/__model__"};
    if (!model.startup.empty()) {
      Write("in/startup", model.startup);
      arguments.insert(arguments.end(), {"--startup", "in/startup", "--startup-out", "out/startup"});
    }
    if (!model.parameters.empty()) arguments.insert(arguments.end(), {"--params", "in", "--params-out", "out"});
    arguments.insert(arguments.end(), options.begin(), options.end());
    Finished finished = Run(arguments);
    *after = {};
    for (const auto& entry : std::filesystem::directory_iterator(Path("out"))) {
      const std::string name = entry.path().filename().string();
      std::string bytes = Read("out/" + name);
      if (name == "__model__") {
        after->program = std::move(bytes);
      } else if (name == "startup") {
        after->startup = std::move(bytes);
      } else {
        after->parameters[name] = std::move(bytes);
      }
    }
    return finished;
  }

  // Writes an expected file anew where the environment asks for it.
  void Update(const std::string& name, const std::string& text) const {
    if (std::getenv("PDQUANT_UPDATE") == nullptr) return;
    std::ofstream(File(name)) << text;
    ADD_FAILURE() << File(name) << " was written anew: look at what has changed";
  }

  // The cases are parts of programs: what would write their first gradient was cut off.
  static std::string WithoutCutOff(const std::string& messages) {
    std::istringstream lines(messages);
    std::string rest;
    for (std::string line; std::getline(lines, line);) {
      const bool is_gradient = line.find("input 'Out@GRAD'") != std::string::npos;
      if (!is_gradient || !line.ends_with("[unwritten-result]")) rest += line + "\n";
    }
    return rest;
  }

  void ExpectProgram(const std::string& name, const std::string& bytes) const {
    std::string text;
    google::protobuf::TextFormat::PrintToString(ParseMessage(bytes), &text);
    Update(name, text);
    EXPECT_THAT(CompareAsGraphs(ParseText(ReadFile(File(name))), ParseMessage(bytes)), IsEmpty());
    Write("checked", bytes);
    const Finished checked = Run({"check", "checked"});
    EXPECT_EQ(checked.exit_code, 0) << checked.err;
    EXPECT_EQ(WithoutCutOff(checked.err), "");
  }

  void ExpectParameters(const std::map<std::string, std::string>& actual) const {
    std::string text;
    for (const auto& [name, bytes] : actual) text += TensorLine(name, bytes) + "\n";
    if (Has("params_after.txt") || !actual.empty()) Update("params_after.txt", text);
    std::string expected;
    for (const auto& [name, bytes] : Parameters("params_after.txt")) expected += TensorLine(name, bytes) + "\n";
    EXPECT_EQ(text, expected);
    EXPECT_TRUE(actual == Parameters("params_after.txt"));
  }
};

TEST_P(PassCase, IsAsExpected) {
  const Model before = Before();
  Model after;
  const Finished finished = RunPass(before, &after);
  if (Has("error.txt")) {
    EXPECT_NE(finished.exit_code, 0);
    EXPECT_THAT(finished.err, HasSubstr(ReadFile(File("error.txt"))));
    EXPECT_EQ(after.program, "");
    return;
  }
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  ExpectProgram("after.txt", after.program);
  if (!before.startup.empty()) ExpectProgram("startup_after.txt", after.startup);
  ExpectParameters(after.parameters);
  if (Encoded("after.txt") == before.program) {
    EXPECT_TRUE(after.program == before.program) << "what isn't changed is the same bytes";
  }
}

TEST_P(PassCase, SecondRunIsRefusedOrWithoutEffect) {
  Model after;
  if (RunPass(Before(), &after).exit_code != 0) return;
  after.startup = "";
  Model again;
  const Finished finished = RunPass(after, &again);
  if (finished.exit_code == 0) {
    EXPECT_TRUE(again.program == after.program);
    EXPECT_TRUE(again.parameters == after.parameters);
  } else {
    EXPECT_THAT(finished.err, HasSubstr("error: "));
    EXPECT_EQ(again.program, "");
  }
}

// Of transpile; what freeze rounds, undo can't bring back, and the test form lost its backward.
TEST_P(PassCase, UndoBringsBackTheInput) {
  const std::vector<std::string> options = Options();
  if (Pass() != "transpile" || std::find(options.begin(), options.end(), "--for-test") != options.end()) return;
  const Model before = Before();
  Model after;
  ASSERT_EQ(RunPass(before, &after).exit_code, 0);
  after.startup = "";
  Model undone;
  const Finished finished = RunOn("undo", after, {}, &undone);
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_TRUE(undone.program == before.program);  // so what wasn't touched is the same bytes
}

// An unknown field in each message doesn't change what is done, and stays in each variable and op that does.
TEST_P(PassCase, UnknownFieldsStay) {
  if (Has("error.txt")) return;
  Model model = Before();
  const std::multiset<std::string> parts = Parts(ParseMessage(model.program));
  proto::ProgramDesc planted = ParseMessage(model.program);
  ForEachMessage(&planted, [](Message* m) { m->GetReflection()->MutableUnknownFields(m)->AddVarint(1000, 7); });
  const std::multiset<std::string> planted_parts = Parts(planted);
  model.program = planted.SerializeAsString();
  Model result;
  const Finished finished = RunPass(model, &result);
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  proto::ProgramDesc after = ParseMessage(result.program);
  const std::multiset<std::string> after_parts = Parts(after);
  ForEachMessage(&after, [](Message* m) { m->GetReflection()->MutableUnknownFields(m)->Clear(); });
  EXPECT_THAT(CompareAsGraphs(ParseText(ReadFile(File("after.txt"))), after), IsEmpty());
  const auto common = [](const std::multiset<std::string>& a, const std::multiset<std::string>& b) {
    std::vector<std::string> both;
    std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
    return both.size();
  };
  EXPECT_GE(common(planted_parts, after_parts), common(parts, Parts(after)));
}

TEST(PassCases, EveryPassHasSome) {
  for (const PassInfo& pass : Passes()) {
    EXPECT_TRUE(std::filesystem::exists(PDQUANT_TESTDATA "/passes/" + std::string(pass.name))) << pass.name;
  }
}

std::vector<std::string> Cases() {
  std::vector<std::string> names;
  for (const auto& pass : std::filesystem::directory_iterator(PDQUANT_TESTDATA "/passes")) {
    for (const auto& entry : std::filesystem::directory_iterator(pass.path())) {
      names.push_back(pass.path().filename().string() + "/" + entry.path().filename().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

INSTANTIATE_TEST_SUITE_P(All, PassCase, ::testing::ValuesIn(Cases()), [](const auto& test) {
  std::string name = test.param;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '/' || c == '-'; }, '_');
  return name;
});

}  // namespace
}  // namespace pdquant::testing
