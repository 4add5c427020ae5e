// freeze, int8, undo and params as a user calls them: which files come out.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/model_testing.h"

namespace pdquant::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ModelFilesTest : public ModelCommandTest {
 protected:
  // The same model in the three layouts, and what freeze makes of it.
  ModelFilesTest() {
    CopyModel("mlp/range", "quant", "quant/model.pb", "quant/params");
    CopyModel("mlp/range", "quant", "folder/__model__", "folder/__params__");
    CopyModel("mlp/range", "quant", "P.pdmodel", "P.pdiparams");
    EXPECT_EQ(Run({"freeze", "quant/model.pb", "--params", "quant/params", "-o", "expected/model.pb", "--params-out",
                   "expected/params", "-q"})
                  .exit_code,
              0);
    program_ = Read("expected/model.pb");
    params_ = Read("expected/params");
  }

  std::string program_;
  std::string params_;
};

// What docs and scripts say, word for word; the folder appears.
TEST_F(ModelFilesTest, Files) {
  const Finished finished = Run({"freeze", "quant/model.pb", "--params", "quant/params", "-o", "frozen/model.pb",
                                 "--params-out", "frozen/params"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_EQ(finished.err, "");
  EXPECT_THAT(finished.out, StartsWith("'quant/model.pb': 3 ops frozen, 3 weights quantized\n  'fc_2.w_0' [16, 10]: "));
  EXPECT_THAT(FilesIn("frozen"), ElementsAre("model.pb", "params"));
  EXPECT_TRUE(Read("frozen/model.pb") == program_);
  EXPECT_TRUE(Read("frozen/params") == params_);
  // Again, into the folder that is there now.
  EXPECT_EQ(Run({"freeze", "quant/model.pb", "--params", "quant/params", "-o", "frozen/model.pb", "--params-out",
                 "frozen/params"})
                .exit_code,
            0);
  EXPECT_THAT(FilesIn("frozen"), ElementsAre("model.pb", "params"));
}

// Only training needs the step counter, its op, the windows: they go, from the file as well.
TEST_F(ModelFilesTest, NothingThatOnlyTrainingNeeds) {
  const proto::ProgramDesc program = ParseMessage(program_);
  for (const auto& op : program.blocks(0).ops()) EXPECT_NE(op.type(), "increment");
  for (const auto& var : program.blocks(0).vars()) {
    EXPECT_NE(var.name(), "@STEP_COUNTER@");
    EXPECT_FALSE(var.name().starts_with("scales_")) << var.name();
  }
  EXPECT_LT(params_.size(), Read("quant/params").size());
  EXPECT_EQ(Run({"check", "expected/model.pb"}).exit_code, 0);
}

TEST_F(ModelFilesTest, FolderToFolder) {
  EXPECT_EQ(Run({"freeze", "folder", "-o", "out/"}).exit_code, 0);
  EXPECT_THAT(FilesIn("out"), ElementsAre("__model__", "__params__"));
  EXPECT_TRUE(Read("out/__model__") == program_);
  EXPECT_TRUE(Read("out/__params__") == params_);
}

TEST_F(ModelFilesTest, PrefixToPrefix) {
  EXPECT_EQ(Run({"freeze", "P", "-o", "new/Q"}).exit_code, 0);
  EXPECT_THAT(FilesIn("new"), ElementsAre("Q.pdiparams", "Q.pdmodel"));
  EXPECT_TRUE(Read("new/Q.pdmodel") == program_);
  EXPECT_TRUE(Read("new/Q.pdiparams") == params_);
}

TEST_F(ModelFilesTest, SeparateFiles) {
  EXPECT_EQ(Run({"params", "unpack", "folder", "-o", "separate"}).exit_code, 0);
  ASSERT_EQ(rename(Path("folder/__model__").c_str(), Path("separate/__model__").c_str()), 0);
  Write("separate/notes.txt", "of a user");
  const Finished finished = Run({"freeze", "separate", "-o", "out", "-v"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.err, HasSubstr("'notes.txt' is no parameter of the program: ignored"));
  EXPECT_THAT(FilesIn("out"),
              ElementsAre("__model__", "fc_0.b_0", "fc_0.tmp_2.scale", "fc_0.w_0", "fc_1.b_0", "fc_1.tmp_2.scale",
                          "fc_1.w_0", "fc_2.b_0", "fc_2.w_0", "x.scale"));
  EXPECT_EQ(Run({"params", "pack", "out", "-o", "packed"}).exit_code, 0);
  EXPECT_TRUE(Read("packed") == params_);
  // --params-out decides the kind.
  EXPECT_EQ(Run({"freeze", "P", "-o", "R", "--params-out", "files/"}).exit_code, 0);
  EXPECT_EQ(FilesIn("files").size(), 9U);
  EXPECT_EQ(Run({"params", "pack", "R.pdmodel", "--params", "files", "-o", "packed_again"}).exit_code, 0);
}

TEST_F(ModelFilesTest, InPlace) {
  EXPECT_EQ(chmod(Path("folder/__params__").c_str(), 0640), 0);
  EXPECT_EQ(Run({"freeze", "folder", "--in-place"}).exit_code, 0);
  EXPECT_THAT(FilesIn("folder"), ElementsAre("__model__", "__params__"));
  EXPECT_TRUE(Read("folder/__model__") == program_);
  EXPECT_TRUE(Read("folder/__params__") == params_);
  struct stat status;
  ASSERT_EQ(stat(Path("folder/__params__").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0640U);
  EXPECT_EQ(Run({"freeze", "P", "--in-place"}).exit_code, 0);
  EXPECT_TRUE(Read("P.pdiparams") == params_);
  EXPECT_EQ(Run({"freeze", "quant/model.pb", "--params", "quant/params", "--in-place"}).exit_code, 0);
  EXPECT_TRUE(Read("quant/params") == params_);
}

TEST_F(ModelFilesTest, DryRun) {
  const auto before = Files();
  const Finished finished = Run({"freeze", "folder", "--dry-run"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_THAT(finished.out, HasSubstr("3 ops frozen"));
  EXPECT_EQ(finished.out, Run({"freeze", "folder", "-o", "out"}).out);  // the same plan
  EXPECT_EQ(Run({"freeze", "folder", "-o", "out2", "--dry-run", "--report", "r.json"}).exit_code, 0);
  EXPECT_FALSE(Exists("out2"));
  EXPECT_FALSE(Exists("r.json"));
}

TEST_F(ModelFilesTest, Int8AndBack) {
  EXPECT_EQ(Run({"freeze", "folder", "-o", "frozen"}).exit_code, 0);
  const Finished int8 = Run({"int8", "frozen", "-o", "int8"});
  EXPECT_EQ(int8.exit_code, 0);
  EXPECT_THAT(int8.out, StartsWith("'frozen': 3 weights stored as integers, 4352 -> 1088 bytes\n"));
  EXPECT_EQ(Read("int8/__params__").size() + 4352 - 1088, params_.size());
  EXPECT_EQ(Run({"undo", "frozen", "-o", "a"}).exit_code, 0);
  EXPECT_EQ(Run({"undo", "int8", "-o", "b"}).exit_code, 0);
  EXPECT_EQ(Read("a/__model__").size(), Read("b/__model__").size());
  const auto ops = [this](const char* name) {
    std::string types;
    const proto::ProgramDesc program = ReadProgram(name);  // lives as long as its ops are read
    for (const auto& op : program.blocks(0).ops()) types += op.type() + " ";
    return types;
  };
  constexpr const char* kFloat =
      "feed mul elementwise_add relu mul elementwise_add tanh mul elementwise_add softmax scale fetch ";
  EXPECT_EQ(ops("a/__model__"), kFloat);
  EXPECT_EQ(ops("b/__model__"), kFloat);
  EXPECT_EQ(Run({"undo", "folder", "-o", "c"}).exit_code, 0);
  EXPECT_EQ(ops("c/__model__"), kFloat);
  EXPECT_EQ(Run({"check", "c/__model__"}).exit_code, 0);
}

// undo needs no parameters of a simulation, and writes none.
TEST_F(ModelFilesTest, UndoWithoutParameters) {
  EXPECT_EQ(Run({"undo", "quant/model.pb", "-o", "float.pb"}).exit_code, 0);
  const std::string expected = Read("float.pb");
  EXPECT_EQ(unlink(Path("P.pdiparams").c_str()), 0);
  EXPECT_EQ(unlink(Path("folder/__params__").c_str()), 0);
  EXPECT_EQ(Run({"undo", "P", "-o", "Q"}).exit_code, 0);
  EXPECT_TRUE(Read("Q.pdmodel") == expected);
  EXPECT_FALSE(Exists("Q.pdiparams"));
  EXPECT_EQ(Run({"undo", "folder", "-o", "out"}).exit_code, 0);
  EXPECT_THAT(FilesIn("out"), ElementsAre("__model__"));
  Invocation piped;
  piped.arguments = {"undo", "-", "-o", "-"};
  piped.input = Read("quant/model.pb");
  EXPECT_TRUE(Run(piped).out == expected);
  EXPECT_EQ(Run({"undo", "quant/model.pb", "-o", "x.pb", "--params-out", "y"}).exit_code, 2);
  const Finished frozen = Run({"undo", "expected/model.pb", "-o", "x.pb"});  // those of a frozen one are required
  EXPECT_EQ(frozen.exit_code, 2) << frozen.err;
}

// undo of transpile is the file itself; a training program needs no parameters.
TEST_F(ModelFilesTest, UndoOfTranspile) {
  CopyNetwork("lenet");
  for (const char* type : {"abs_max", "range_abs_max", "moving_average_abs_max"}) {
    EXPECT_EQ(Run({"transpile", "main.pb", "-o", "q.pb", "--activation-quantize-type", type, "--weight-quantize-type",
                   type, "--startup", "startup.pb", "--startup-out", "qs.pb"})
                  .exit_code,
              0);
    EXPECT_EQ(Run({"undo", "q.pb", "-o", "u.pb"}).exit_code, 0);
    EXPECT_TRUE(Read("u.pb") == Read("main.pb")) << type;
  }
}

TEST_F(ModelFilesTest, OutputsThatCantBe) {
  const auto code = [this](const std::vector<std::string>& arguments) { return Run(arguments).exit_code; };
  EXPECT_EQ(code({"freeze", "folder"}), 2);
  EXPECT_EQ(code({"freeze", "folder", "-o", "folder"}), 2);
  EXPECT_EQ(code({"freeze", "folder", "-o", "./folder/"}), 2);
  EXPECT_EQ(code({"freeze", "P", "-o", "P"}), 2);
  EXPECT_EQ(code({"freeze", "P", "-o", "Q", "--params-out", "P.pdiparams"}), 2);
  EXPECT_EQ(code({"freeze", "P", "-o", "Q", "--in-place"}), 2);
  EXPECT_EQ(code({"freeze", "quant/model.pb", "--params", "quant/params", "-o", "x.pb"}), 2);  // and the parameters?
  EXPECT_EQ(code({"freeze", "quant/model.pb", "-o", "x.pb", "--params-out", "y"}), 2);
  EXPECT_EQ(code({"freeze", "folder", "-o", "missing/out"}), 4);
  EXPECT_EQ(code({"freeze", "folder", "-o", "P.pdmodel"}), 4);  // a file is in the way
  EXPECT_EQ(code({"freeze", "nothing", "-o", "out"}), 4);
  ASSERT_EQ(symlink("folder", Path("link").c_str()), 0);
  EXPECT_EQ(code({"freeze", "folder", "-o", "link"}), 2);
  EXPECT_THAT(Files(), ElementsAre("P.pdiparams", "P.pdmodel", "expected", "folder", "link", "quant"));
}

TEST_F(ModelFilesTest, PackAndUnpack) {
  const Finished unpacked = Run({"params", "unpack", "P", "-o", "files"});
  EXPECT_EQ(unpacked.exit_code, 0);
  EXPECT_EQ(unpacked.out, "'P.pdiparams': 13 tensors, 5804 bytes of data, unpacked into 'files'\n");
  EXPECT_EQ(Run({"params", "pack", "P.pdmodel", "--params", "files", "-o", "packed"}).exit_code, 0);
  EXPECT_TRUE(Read("packed") == Read("P.pdiparams"));
  const Finished piped = Run({"params", "pack", "P.pdmodel", "--params", "files", "-o", "-"});
  EXPECT_TRUE(piped.out == Read("P.pdiparams"));
  EXPECT_EQ(Run({"params", "pack", "P", "-o", "x"}).exit_code, 2);  // is packed already
  EXPECT_EQ(Run({"params", "squeeze", "P", "-o", "x"}).exit_code, 2);
  EXPECT_EQ(Run({"params", "unpack", "P"}).exit_code, 2);
  EXPECT_FALSE(Exists("x"));
}

}  // namespace
}  // namespace pdquant::testing
