// Inputs on which users fell over, and others of their kinds; testdata/reports/MANIFEST.md says where each comes from.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "cli/model_testing.h"

namespace pdquant::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ReportsTest : public ModelCommandTest {
 protected:
  void CopyCase(const std::string& name) const {
    fs::copy(fs::path(PDQUANT_TESTDATA) / "reports" / name, folder(), fs::copy_options::recursive);
  }
  void Copy(const std::string& from, const std::string& to) const {
    fs::create_directories(fs::path(Path(to)).parent_path());
    fs::copy(Path(from), Path(to));
  }
};

TEST_F(ReportsTest, NamesInBracketsAreNames) {
  CopyCase("brackets");
  Copy("[x]", "[a,b]");
  Copy("[y]", "[");
  Copy("[x]", "[]");
  EXPECT_EQ(Run({"check", "[x]"}).out, "'[x]': well formed: 1 block, 3 ops, 6 variables\n");
  EXPECT_THAT(Run({"diff", "[x]", "[y]"}).out, StartsWith("'[x]' -> '[y]': "));
  EXPECT_EQ(Run({"diff", "[x]", "[a,b]"}).exit_code, 0);
  EXPECT_EQ(Run({"diff", "[y]", "["}).exit_code, 0);
  EXPECT_EQ(Run({"diff", "[x]", "[]"}).exit_code, 0);
  EXPECT_THAT(Run({"diff", "[x]", "[no]"}).err, HasSubstr("'[no]': can't open"));
  EXPECT_THAT(Run({"check", "[x]", "[y]"}).err, HasSubstr("one argument too many: '[y]'"));
  EXPECT_EQ(Run({"batch", "--out", "[o]", "[1]", "[x]", "[a,b]", "--", "check"}).exit_code, 0);
  EXPECT_TRUE(Exists("[o]/m.pb.txt"));
  EXPECT_TRUE(Exists("[o]/[x].txt"));
  EXPECT_TRUE(Exists("[o]/[a,b].txt"));
}

TEST_F(ReportsTest, StandardOutputByAnotherName) {
  CopyCase("dev-stdout");
  fs::create_symlink("/dev/fd/1", Path("link"));
  const Finished expected = Run({"transpile", "a.pb", "-o", "-"});
  ASSERT_EQ(expected.exit_code, 0);
  const std::string report = Run({"transpile", "a.pb", "--dry-run", "--report", "-", "-q"}).out;
  CopyModel("mlp/moving", "quant", "m.pb", "params");
  const Finished frozen = Run({"freeze", "m.pb", "--params", "params", "-o", "-", "--params-out", "p"});
  ASSERT_EQ(frozen.exit_code, 0);
  for (const char* name : {"/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link"}) {
    const Finished program = Run({"transpile", "a.pb", "-o", name});
    EXPECT_TRUE(program.out == expected.out) << name;
    EXPECT_EQ(program.err, expected.err) << name;
    EXPECT_EQ(Run({"transpile", "a.pb", "--dry-run", "--report", name, "-q"}).out, report) << name;
    const Finished model = Run({"freeze", "m.pb", "--params", "params", "-o", name, "--params-out", "p"});
    EXPECT_TRUE(model.out == frozen.out) << name;
    EXPECT_EQ(Run({"transpile", "a.pb", "-o", name, "--report", "-"}).exit_code, 2) << name;
  }
}

// What is written to a FIFO that standard output is redirected to goes there alone.
TEST_F(ReportsTest, StandardOutputIsANamedPipe) {
  CopyCase("dev-stdout");
  const std::string expected = Run({"transpile", "a.pb", "-o", "-"}).out;
  ASSERT_EQ(mkfifo(Path("fifo").c_str(), 0600), 0);
  const int reader = open(Path("fifo").c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(reader, 0);
  Invocation invocation;
  invocation.arguments = {"transpile", "a.pb", "-o", "fifo"};
  invocation.prepare = [this] { dup2(open(Path("fifo").c_str(), O_WRONLY), STDOUT_FILENO); };
  EXPECT_EQ(Run(invocation).exit_code, 0);
  std::string text(expected.size() + 1, '\0');
  const ssize_t size = read(reader, text.data(), text.size());
  close(reader);
  text.resize(size < 0 ? 0 : static_cast<size_t>(size));
  EXPECT_TRUE(text == expected);
}

TEST_F(ReportsTest, Paddle3ByFolderAndPrefix) {
  CopyCase("pir-folder");
  Copy("cf/m.json", "export/inference.json");
  Copy("cf/m.pdiparams", "export/inference.pdiparams");
  Write("export/config.json", "{\"name\": \"a detector\"}");
  const auto hint = [](const std::string& file) {
    return "pdquant: error: '" + file +
           "': not a program of Paddle (ProgramDesc), but a program of Paddle 3 in its PIR form (JSON); "
           "'pdquant import' makes a ProgramDesc of it [bad-input]\n";
  };
  for (const auto& [name, file] : {std::pair("cf", "cf/m.json"),
                                   {"cf/m", "cf/m.json"},
                                   {"cf/m.json", "cf/m.json"},
                                   {"export", "export/inference.json"},
                                   {"export/inference", "export/inference.json"}}) {
    for (std::vector<std::string> arguments : {std::vector<std::string>{"freeze", "-o", "o"},
                                               {"int8", "-o", "o"},
                                               {"undo", "-o", "o"},
                                               {"transpile", "-o", "o"},
                                               {"params", "pack", "-o", "o"}}) {
      arguments.emplace_back(name);
      const Finished finished = Run(arguments);
      EXPECT_EQ(finished.exit_code, 3) << arguments[0] << " " << name;
      EXPECT_EQ(finished.err, hint(file)) << arguments[0] << " " << name;
    }
  }
  for (const char* input : {"export", "export/inference", "cf", "exports"}) {
    if (input == std::string("exports")) {
      Copy("cf/m.json", "exports/a/inference.json");
      Copy("cf/m.json", "exports/b.json");
    }
    EXPECT_EQ(Run({"batch", "--out", "o", "--force", input, "--", "check"}).exit_code, 0) << input;
    for (const char* command : {"int8", "freeze"}) {
      const Finished batch = Run({"batch", "--out", "o", "--force", input, "--", command});
      EXPECT_EQ(batch.exit_code, 1) << input << " " << command << batch.err;
      EXPECT_THAT(batch.out, HasSubstr("but a program of Paddle 3 in its PIR form")) << input << " " << command;
    }
  }
  fs::create_directory(Path("other"));
  Write("other/config.json", "{}");
  EXPECT_THAT(Run({"check", "other"}).err, HasSubstr("it has neither __model__ nor *.pdmodel"));
}

TEST_F(ReportsTest, OtherFormatsAreNamed) {
  CopyCase("messages");
  EXPECT_THAT(Run({"show", "m_infer.tar"}).err, HasSubstr("a tar archive; unpack it first"));
  EXPECT_THAT(Run({"check", "coreml.mlmodel"}).err, HasSubstr("a Core ML model"));
  // ONNX's ModelProto: ir_version, producer_name, graph.
  Write("a.onnx", std::string("\x08\x07\x12\x07pytorch\x3a\x02\x12\x00", 15));
  EXPECT_THAT(Run({"check", "a.onnx"}).err, HasSubstr("an ONNX model"));
}

TEST_F(ReportsTest, ParametersThatLieElsewhereAreNamed) {
  CopyModel("mlp/moving", "quant", "quant/__model__", "quant/__params__");
  const Finished folder = Run({"freeze", "quant/__model__", "--params", "quant", "-o", "o", "--params-out", "p"});
  EXPECT_EQ(folder.exit_code, 3);
  EXPECT_THAT(folder.err, HasSubstr("'quant': holds no separate files of the parameters, but 'quant/__params__'; name "
                                    "it with --params [bad-input]\n"));
  const Finished stream = Run({"freeze", "quant/__model__", "--params", "-", "-o", "o", "--params-out", "p"});
  EXPECT_EQ(stream.exit_code, 2);
  EXPECT_THAT(stream.err, HasSubstr("--params: parameters are not read from standard input"));
  const Finished diff = Run({"diff", "quant", "quant", "--tensors", "--params-b", "-"});
  EXPECT_EQ(diff.exit_code, 2);
  EXPECT_THAT(diff.err, HasSubstr("--params-b: parameters are not read from standard input"));
  Copy("quant/__model__", "main.pb");
  const Finished named = Run({"diff", "main.pb", "quant", "--tensors"});
  EXPECT_THAT(named.err, HasSubstr("'main.pb': say with --params-a where its parameters are"));
  Copy("quant/__model__", "net/m.pdmodel");
  Write("net/m.pdparams", "\x80\x02}q.");
  const Finished state = Run({"freeze", "net/m", "-o", "o"});
  EXPECT_EQ(state.exit_code, 4);
  EXPECT_THAT(state.err, HasSubstr("only 'net/m.pdparams', a state dict for training"));
  Remove("net/m.pdmodel");
  EXPECT_THAT(Run({"show", "net/m"}).err, HasSubstr("only 'net/m.pdparams', a state dict for training"));
}

TEST_F(ReportsTest, ParamsAdvisesWhatItHas) {
  CopyModel("mlp/moving", "quant", "m/__model__", "m/__params__");
  const Finished same = Run({"params", "unpack", "m", "-o", "m"});
  EXPECT_EQ(same.exit_code, 2);
  EXPECT_THAT(same.err, EndsWith("is the input; name another place [usage]\n"));
  const Finished file = Run({"params", "pack", "m/__params__", "-o", "o"});
  EXPECT_EQ(file.exit_code, 3);
  EXPECT_THAT(file.err, HasSubstr("but a parameter file of Paddle; name the program"));
}

TEST_F(ReportsTest, SpellingsOfTheReference) {
  CopyCase("dev-stdout");
  const Finished option = Run({"transpile", "a.pb", "-o", "o", "--weight_bits", "4"});
  EXPECT_EQ(option.exit_code, 2);
  EXPECT_THAT(option.err, HasSubstr("there is no option '--weight_bits'; did you mean --weight-bits?"));
  EXPECT_THAT(Run({"transpile", "a.pb", "-o", "o", "--window_size=4"}).err, HasSubstr("did you mean --window-size?"));
  EXPECT_THAT(Run({"transpile", "a.pb", "-o", "o", "--wait"}).err, Not(HasSubstr("did you mean")));
}

// A name that the program has elsewhere is a foreign file among its parameters all the same.
TEST_F(ReportsTest, ForeignFileWithTheProgramsName) {
  CopyModel("mlp/moving", "quant", "m/__model__", "m/__params__");
  ASSERT_EQ(Run({"params", "unpack", "m", "-o", "params"}).exit_code, 0);
  Write("params/__model__", "foreign");
  EXPECT_THAT(Run({"check", "m/__model__", "--params", "params", "-v"}).err,
              HasSubstr("'params': '__model__' is no parameter of the program: ignored"));
}

}  // namespace
}  // namespace pdquant::testing
