// freeze, int8, undo and params as a user calls them: which files come out.
#include <gmock/gmock.h>
#include <sys/resource.h>
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
  EXPECT_THAT(FilesIn("out"), ElementsAre("__model__", "fc_0.b_0", "fc_0.tmp_2.scale", "fc_0.w_0", "fc_1.b_0",
                                          "fc_1.tmp_2.scale", "fc_1.w_0", "fc_2.b_0", "fc_2.w_0", "x.scale"));
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

// A generated name that can't be a file.
TEST_F(ModelFilesTest, AGeneratedNameThatCannotBeAFileIsTold) {
  const std::string reports = std::string(PDQUANT_TESTDATA) + "/reports/silent-refusal/";
  for (const char* name : {"long", "shared"}) std::filesystem::copy(reports + name, Path(name));
  for (const auto& [command, model] : {std::pair("int8", "long"), std::pair("freeze", "shared")}) {
    for (const std::vector<std::string>& how :
         {std::vector<std::string>{"-o", "out"}, {"-o", "out", "--dry-run"}, {"--dry-run"}}) {
      std::vector<std::string> line = {command, model};
      line.insert(line.end(), how.begin(), how.end());
      const Finished finished = Run(line);
      EXPECT_EQ(finished.exit_code, 3) << command << finished.out;
      EXPECT_THAT(finished.err, HasSubstr("can't be a file: the name is too long [parameter-name]\n"));
      EXPECT_THAT(finished.err, HasSubstr("variable 'wwww"));
      EXPECT_FALSE(Exists("out"));
    }
    // A combined file takes any name.
    Write("params", "");
    EXPECT_EQ(Run({command, model, "-o", "out", "--params-out", "params"}).exit_code, 0);
    std::filesystem::remove_all(Path("out"));
  }
}

// More parameters than a process may have open, at once in each of the commands that read or write a file for each.
TEST_F(ModelFilesTest, ManySeparateFiles) {
  constexpr int kLayers = 300;
  proto::ProgramDesc program;
  proto::BlockDesc* block = program.add_blocks();
  block->set_idx(0);
  block->set_parent_idx(-1);
  const auto add_variable = [&](const std::string& name, bool persistable) {
    proto::VarDesc* variable = block->add_vars();
    variable->set_name(name);
    variable->set_persistable(persistable);
    variable->mutable_type()->set_type(proto::VarType::LOD_TENSOR);
    proto::VarType::TensorDesc* tensor = variable->mutable_type()->mutable_lod_tensor()->mutable_tensor();
    tensor->set_data_type(proto::VarType::FP32);
    for (const int64_t size : {int64_t{persistable ? 2 : -1}, int64_t{2}}) tensor->add_dims(size);
  };
  add_variable("x0", false);
  std::string parameters;
  for (int i = 0; i < kLayers; ++i) {
    const std::string number = std::to_string(1000 + i);
    const std::string weight = (i % 2 == 0 ? "w" : "s" + number + "/w") + number;
    add_variable(weight, true);
    add_variable("x" + std::to_string(i + 1), false);
    proto::OpDesc* op = block->add_ops();
    op->set_type("mul");
    const auto bind = [](proto::OpDesc::Var* slot, const char* name, const std::string& argument) {
      slot->set_parameter(name);
      slot->add_arguments(argument);
    };
    bind(op->add_inputs(), "X", "x" + std::to_string(i));
    bind(op->add_inputs(), "Y", weight);
    bind(op->add_outputs(), "Out", "x" + std::to_string(i + 1));
    for (const char* name : {"x_num_col_dims", "y_num_col_dims"}) {
      proto::OpDesc::Attr* attribute = op->add_attrs();
      attribute->set_name(name);
      attribute->set_type(proto::INT);
      attribute->set_i(1);
    }
    // A record: version, no levels, version, the description's size, data type FP32 and two sizes of 2, four numbers.
    parameters += std::string("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x06\0\0\0\x08\x05\x10\x02\x10\x02", 26);
    for (const float value : {0.5F, -1.0F, 0.25F, 1.0F}) parameters.append(reinterpret_cast<const char*>(&value), 4);
  }
  Write("float.pb", program.SerializeAsString());
  std::filesystem::create_directories(Path("packed"));
  ASSERT_EQ(Run({"transpile", "--for-test", "float.pb", "-o", "packed/__model__"}).exit_code, 0);
  Write("packed/__params__", parameters);
  const auto run = [&](const std::vector<std::string>& arguments) {
    Invocation invocation;
    invocation.arguments = arguments;
    invocation.prepare = [] {
      const rlimit limit = {64, 64};
      setrlimit(RLIMIT_NOFILE, &limit);
    };
    const Finished finished = Run(invocation);
    EXPECT_EQ(finished.exit_code, 0) << arguments[0] << ": " << finished.out << finished.err;
  };
  run({"params", "unpack", "packed", "-o", "new"});
  std::filesystem::create_directories(Path("old"));
  std::filesystem::copy_file(Path("packed/__model__"), Path("old/__model__"));
  run({"params", "unpack", "packed", "-o", "old"});
  EXPECT_EQ(FilesIn("new").size(), static_cast<size_t>(kLayers));
  EXPECT_EQ(FilesIn("old").size(), kLayers + 1U);
  run({"check", "old"});
  run({"freeze", "old", "-o", "frozen"});
  std::filesystem::copy(Path("old"), Path("again"), std::filesystem::copy_options::recursive);
  run({"freeze", "again", "--in-place"});
  EXPECT_EQ(FilesIn("again"), FilesIn("frozen"));
  run({"params", "pack", "again", "-o", "all"});
  run({"params", "pack", "frozen", "-o", "all-frozen"});
  EXPECT_TRUE(Read("all") == Read("all-frozen"));
  run({"batch", "--out", "out", "old", "again", "--", "undo"});
  EXPECT_EQ(FilesIn("out/old"), FilesIn("old"));
}

}  // namespace
}  // namespace pdquant::testing
