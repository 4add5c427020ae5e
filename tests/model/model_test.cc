// Which files belong together, and where results go.
#include "model/model.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>

#include "files/io_testing.h"
#include "files/pending_list.h"
#include "model/model_output.h"
#include "model/parameter_testing.h"
#include "support/programs.h"

namespace pdquant::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto kSeparate = ParameterPlace::Kind::kSeparate;

class ModelTest : public ::testing::Test {
 protected:
  ModelTest() : program_(ProgramWith({Float("v", {1}), Float("w", {1})})) {
    v_ = FloatRecord({1}, "vvvv");
    w_ = FloatRecord({1}, "wwww");
  }

  void Put(const std::string& name, const std::string& text) const {
    fs::create_directories(fs::path(folder_ / name).parent_path());
    WriteFile(folder_ / name, text);
  }
  ModelFiles Find(const std::string& model, const std::string& params = "") const {
    Result<ModelFiles> files = FindModel(folder_ / model, params.empty() ? "" : folder_ / params);
    EXPECT_TRUE(files.ok()) << files.status().message();
    return files.ok() ? *files : ModelFiles();
  }
  // Relative to the folder of the test.
  std::string Inside(const std::string& path) const {
    return path.starts_with(folder_.path()) ? path.substr(folder_.path().size() + 1) : path;
  }
  std::string Places(const ModelFiles& files) const {
    return Inside(files.program) + " " + (files.parameters.kind == kSeparate ? "separate " : "combined ") +
           Inside(files.parameters.path);
  }
  std::string Plan(const ModelFiles& input, const std::string& out, const std::string& params_out = "") const {
    const OutputRequest request = {folder_ / out, params_out.empty() ? "" : folder_ / params_out, false};
    const Result<ModelOutput> output = PlanOutput(input, request, true);
    if (output.ok()) return Places(output->files);
    return std::to_string(static_cast<int>(output.status().code())) + " " + output.status().message();
  }
  // Reads a model and writes it elsewhere, unchanged.
  Status Copy(const ModelFiles& input, const OutputRequest& request) {
    Result<ModelOutput> output = PlanOutput(input, request, true);
    if (!output.ok()) return output.status();
    const Program program = Load(ReadFile(input.program));
    Result<std::unique_ptr<ParameterReader>> reader = OpenParameters(input, program, &findings_);
    if (!reader.ok()) return reader.status();
    std::vector<OutputParameter> copies(2);
    for (size_t i = 0; i < 2; ++i) {
      copies[i].name = (*reader)->parameters()[i].name;
      copies[i].copied = reader->get();
      copies[i].copied_parameter = i;
    }
    Rope rope;
    rope.pieces = {program.bytes()};
    OutputSet outputs;
    if (Status status = CheckParameterFiles(*output, true, copies, &findings_); !status.ok()) return status;
    if (Status status = WriteModel(*output, &rope, &copies, &outputs); !status.ok()) return status;
    return outputs.Commit();
  }

  TemporaryFolder folder_;
  std::string program_;
  std::string v_;
  std::string w_;
  Findings findings_;
};

TEST_F(ModelTest, Found) {
  Put("old/__model__", program_);
  EXPECT_EQ(Places(Find("old")), "old/__model__ separate old");
  EXPECT_EQ(Places(Find("old/")), "old/__model__ separate old");
  EXPECT_EQ(Places(Find("old/__model__")), "old/__model__ separate old");
  EXPECT_EQ(Find("old").layout, ModelLayout::kFolder);
  EXPECT_EQ(Find("old/__model__").layout, ModelLayout::kFile);
  Put("old/__params__", v_ + w_);
  EXPECT_EQ(Places(Find("old")), "old/__model__ combined old/__params__");
  Put("new/net.pdmodel", program_);
  EXPECT_EQ(Places(Find("new")), "new/net.pdmodel combined new/net.pdiparams");
  EXPECT_EQ(Places(Find("new/net")), "new/net.pdmodel combined new/net.pdiparams");
  EXPECT_EQ(Find("new/net").layout, ModelLayout::kPrefix);
  EXPECT_EQ(Places(Find("new/net.pdmodel")), "new/net.pdmodel combined new/net.pdiparams");
  Put("other/model.pb", program_);
  EXPECT_EQ(Places(Find("other/model.pb")), "other/model.pb combined ");
  Put("other/params", v_ + w_);
  EXPECT_EQ(Places(Find("other/model.pb", "other/params")), "other/model.pb combined other/params");
  EXPECT_EQ(Places(Find("other/model.pb", "other")), "other/model.pb separate other");
  EXPECT_EQ(Places(Find("new", "other/params")), "new/net.pdmodel combined other/params");
  // A folder and a prefix of one name.
  Put("both/x", "");
  Put("both.pdmodel", program_);
  EXPECT_EQ(Places(Find("both")), "both.pdmodel combined both.pdiparams");
  const ModelFiles input = *FindModel("-", folder_ / "other/params");
  EXPECT_EQ(Places(input), "- combined other/params");
}

TEST_F(ModelTest, NotFound) {
  const auto why = [&](const std::string& model) {
    const Result<ModelFiles> files = FindModel(folder_ / model, "");
    return files.ok() ? "found" : std::to_string(static_cast<int>(files.status().code())) + files.status().message();
  };
  EXPECT_THAT(why("none"), HasSubstr("can't open: No such file"));
  EXPECT_EQ(why("none")[0], '4');
  Put("two/a.pdmodel", program_);
  Put("two/b.pdmodel", program_);
  EXPECT_THAT(why("two"), HasSubstr("has several programs, such as 'a.pdmodel' and 'b.pdmodel'"));
  EXPECT_EQ(why("two")[0], '3');
  Put("empty/x", "");
  EXPECT_THAT(why("empty"), HasSubstr("is a folder without a model"));
  EXPECT_EQ(why("empty")[0], '3');
}

TEST_F(ModelTest, ParametersThatNobodyNamed) {
  Put("model.pb", program_);
  Put("net.pdmodel", program_);
  const Program program = Load(program_);
  EXPECT_EQ(OpenParameters(Find("model.pb"), program, &findings_).status().code(), StatusCode::kUsage);
  EXPECT_THAT(OpenParameters(Find("net"), program, &findings_).status().message(), HasSubstr("say with --params"));
  EXPECT_EQ(OpenParameters(Find("net"), program, &findings_).status().code(), StatusCode::kIo);
  EXPECT_TRUE(OpenParameters(Find("model.pb"), Load(ProgramWith({})), &findings_).ok());
  EXPECT_TRUE(OpenParameters(Find("net"), Load(ProgramWith({})), &findings_).ok());
  EXPECT_FALSE(findings_.has_errors());
}

// The program was replaced after it was read and before the parameters were.
TEST_F(ModelTest, IsReplacedWhileItIsRead) {
  Put("net.pdmodel", program_);
  Put("net.pdiparams", v_ + w_);
  const ModelFiles files = Find("net");
  ASSERT_TRUE(OpenParameters(files, Load(program_), &findings_).ok());
  ASSERT_TRUE(WriteOutput(folder_ / "net.pdmodel", program_).ok());
  const auto reader = OpenParameters(files, Load(program_), &findings_);
  EXPECT_EQ(reader.status().code(), StatusCode::kIo);
  EXPECT_THAT(reader.status().message(), HasSubstr("changed while the model was read"));
}

TEST_F(ModelTest, OutputsHaveTheLayoutOfTheInput) {
  Put("sep/__model__", program_);
  Put("sep/v", v_);
  Put("com/__model__", program_);
  Put("com/__params__", v_ + w_);
  Put("new/net.pdmodel", program_);
  Put("new/net.pdiparams", v_ + w_);
  Put("pb/model.pb", program_);
  Put("pb/params", v_ + w_);
  fs::create_directories(folder_ / "dir");
  EXPECT_EQ(Plan(Find("sep"), "out"), "out/__model__ separate out");
  EXPECT_EQ(Plan(Find("sep"), "out/"), "out/__model__ separate out");
  EXPECT_EQ(Plan(Find("com"), "out"), "out/__model__ combined out/__params__");
  EXPECT_EQ(Plan(Find("new"), "out"), "out/net.pdmodel combined out/net.pdiparams");
  EXPECT_EQ(Plan(Find("new/net"), "out"), "out.pdmodel combined out.pdiparams");
  EXPECT_EQ(Plan(Find("new/net.pdmodel"), "x.pdmodel"), "x.pdmodel combined x.pdiparams");
  EXPECT_EQ(Plan(Find("com/__model__"), "dir/__model__"), "dir/__model__ combined dir/__params__");
  EXPECT_EQ(Plan(Find("sep/__model__"), "dir/__model__"), "dir/__model__ separate dir");
  const ModelFiles given = Find("pb/model.pb", "pb/params");
  EXPECT_EQ(Plan(given, "y.pb", "y.params"), "y.pb combined y.params");
  EXPECT_EQ(Plan(given, "y.pb", "dir"), "y.pb separate dir");
  EXPECT_EQ(Plan(given, "y.pb", "none/"), "y.pb separate none");
  EXPECT_EQ(Plan(Find("sep"), "out", "none"), "out/__model__ separate none");
  EXPECT_EQ(Plan(Find("com"), "out", "out/sub/"), "out/__model__ separate out/sub");
  // Parameters elsewhere keep their name, those inside their place.
  EXPECT_EQ(Plan(Find("com", "pb/params"), "out"), "out/__model__ combined out/params");
  EXPECT_EQ(Plan(Find("com", "com/__params__"), "out"), "out/__model__ combined out/__params__");
  EXPECT_EQ(Plan(Find("com", "sep"), "out"), "out/__model__ separate out/sep");
  EXPECT_EQ(Plan(Find("sep", "sep"), "out"), "out/__model__ separate out");
}

TEST_F(ModelTest, OutputsThatMakeNoSense) {
  Put("sep/__model__", program_);
  Put("sep/v", v_);
  Put("sep/w", w_);
  Put("new/net.pdmodel", program_);
  Put("new/net.pdiparams", v_ + w_);
  Put("pb/model.pb", program_);
  Put("pb/params", v_ + w_);
  fs::create_directories(folder_ / "dir");
  const ModelFiles given = Find("pb/model.pb", "pb/params");
  EXPECT_EQ(Plan(given, "y.pb"), "2 say with --params-out where the parameters go");
  EXPECT_THAT(Plan(given, "dir", "x"), HasSubstr("4 '"));
  EXPECT_THAT(Plan(Find("sep"), "pb/params"), HasSubstr("4 '"));
  EXPECT_THAT(Plan(Find("sep"), "dir", "pb/params/"), HasSubstr("is in the way: it is no folder"));
  EXPECT_THAT(Plan(Find("new/net"), "dir/"), HasSubstr("2 '"));
  EXPECT_EQ(Plan(Find("new/net", "sep"), "out"), "2 say with --params-out where the parameters go");
  // The input, by other names.
  fs::create_symlink("pb/params", folder_ / "link");
  fs::create_hard_link(folder_ / "pb/model.pb", folder_ / "hard");
  fs::create_symlink("sep", folder_ / "way");
  for (const auto& [out, params_out] : {std::pair("pb/model.pb", "x"),
                                        {"hard", "x"},
                                        {"x", "pb/params"},
                                        {"x", "link"},
                                        {"pb/params", "x"},
                                        {"x", "./pb/../pb/model.pb"}}) {
    EXPECT_THAT(Plan(given, out, params_out), HasSubstr("is the input")) << out << " " << params_out;
    EXPECT_EQ(Plan(given, out, params_out)[0], '2');
  }
  EXPECT_THAT(Plan(Find("sep"), "way"), HasSubstr("2 the output"));
  EXPECT_THAT(Plan(Find("sep"), "out", "sep/"), HasSubstr("2 the output"));
  EXPECT_THAT(Plan(Find("new/net"), "new/net"), HasSubstr("2 the output"));
  const ModelFiles stream = *FindModel("-", folder_ / "pb/params");
  EXPECT_EQ(PlanOutput(stream, {"", "", true}, true).status().code(), StatusCode::kUsage);
  EXPECT_EQ(PlanOutput(stream, {"-", "-", false}, true).status().code(), StatusCode::kUsage);
  EXPECT_TRUE(PlanOutput(stream, {"-", folder_ / "x", false}, true).ok());
}

TEST_F(ModelTest, Written) {
  Put("sep/__model__", program_);
  Put("sep/v", v_);
  Put("sep/w", w_);
  Put("new/net.pdmodel", program_);
  Put("new/net.pdiparams", v_ + w_);
  ASSERT_TRUE(Copy(Find("sep"), {folder_ / "out", "", false}).ok());
  EXPECT_THAT(ListFolder(folder_ / "out"), ElementsAre("__model__", "v", "w"));
  EXPECT_EQ(ReadFile(folder_ / "out/w"), w_);
  ASSERT_TRUE(Copy(Find("sep"), {folder_ / "out2", folder_ / "out2/params/", false}).ok());
  EXPECT_THAT(ListFolder(folder_ / "out2"), ElementsAre("__model__", "params"));
  EXPECT_THAT(ListFolder(folder_ / "out2/params"), ElementsAre("v", "w"));
  ASSERT_TRUE(Copy(Find("new"), {folder_ / "out", "", false}).ok());  // an existing folder keeps the others
  EXPECT_THAT(ListFolder(folder_ / "out"), ElementsAre("__model__", "net.pdiparams", "net.pdmodel", "v", "w"));
  EXPECT_EQ(ReadFile(folder_ / "out/net.pdiparams"), v_ + w_);
  ASSERT_TRUE(Copy(Find("new/net"), {folder_ / "p", "", false}).ok());
  EXPECT_EQ(ReadFile(folder_ / "p.pdiparams"), v_ + w_);
  ASSERT_TRUE(Copy(Find("sep"), {"", "", true}).ok());
  EXPECT_EQ(ReadFile(folder_ / "sep/w"), w_);
  EXPECT_THAT(ListFolder(folder_.path()), ElementsAre("new", "out", "out2", "p.pdiparams", "p.pdmodel", "sep"));
}

TEST_F(ModelTest, NothingOfTheInputIsReplaced) {
  Put("sep/__model__", program_);
  Put("sep/v", v_);
  Put("sep/w", w_);
  Put("pb/model.pb", program_);
  Put("pb/w", v_ + w_);
  // The combined file that is read has the name of a parameter.
  Status status = Copy(Find("pb/model.pb", "pb/w"), {folder_ / "x.pb", folder_ / "pb/", false});
  EXPECT_EQ(status.code(), StatusCode::kUsage);
  EXPECT_THAT(status.message(), HasSubstr("is an input"));
  // A separate file that is read would become the combined one.
  status = Copy(Find("sep"), {folder_ / "out", folder_ / "sep/w", false});
  EXPECT_EQ(status.code(), StatusCode::kUsage);
  EXPECT_EQ(ReadFile(folder_ / "sep/w"), w_);
  EXPECT_EQ(ReadFile(folder_ / "pb/w"), v_ + w_);
}

TEST_F(ModelTest, NamesThatAreNoFiles) {
  const std::string program = ProgramWith({Float("../w", {1}), Float("v", {1})});
  Put("com/__model__", program);
  Put("com/__params__", w_ + v_);
  const Status status = Copy(Find("com"), {folder_ / "out", folder_ / "sep/", false});
  EXPECT_EQ(status.code(), StatusCode::kBadInput);
  EXPECT_THAT(Lines(findings_, Level::kError), HasSubstr("../w: can't be a file"));
  EXPECT_THAT(ListFolder(folder_.path()), ElementsAre("com"));
  EXPECT_TRUE(Copy(Find("com"), {folder_ / "out", "", false}).ok());  // as one file they can be anything
}

// Killed between two renames: whoever reads the model, under whatever name, sees the new one whole.
TEST_F(ModelTest, AnUnfinishedWriteIsFinished) {
  for (const char* read : {"net", "net.pdmodel", ".", "./net"}) {
    SCOPED_TRACE(read);
    Put("m/net.pdmodel", "old");
    Put("m/net.pdiparams", "old");
    Put("m/.net.pdiparams.pdquant-00000000000000aa", v_ + w_);
    Put("m/.net.pdmodel.pdquant-00000000000000ab", program_);
    const std::string pending =
        EncodePending({{"net.pdmodel", "00000000000000ab"}, {"net.pdiparams", "00000000000000aa"}});
    Put("m/net.pdquant-pending", pending);
    const ModelFiles files = Find(std::string("m/") + read);
    EXPECT_EQ(ReadFile(files.program), program_);
    EXPECT_TRUE(OpenParameters(files, Load(program_), &findings_).ok() || std::string(read) == ".");
    EXPECT_THAT(ListFolder(folder_ / "m"), ElementsAre("net.pdiparams", "net.pdmodel"));
  }
}

}  // namespace
}  // namespace pdquant::testing
