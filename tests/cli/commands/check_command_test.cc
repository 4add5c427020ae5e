#include <gmock/gmock.h>

#include "cli/process.h"
#include "support/program_builder.h"
#include "support/programs.h"

namespace pdquant::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class CheckCommandTest : public CommandTest {
 protected:
  CheckCommandTest() { CopyNetwork("mlp"); }

  // A program with as many wrong blocks.
  std::string WrongBlocks(int count) const {
    proto::ProgramDesc program = ParseMessage(Read("main.pb"));
    for (int i = 0; i < count; ++i) {
      proto::BlockDesc* block = program.add_blocks();
      block->set_idx(i + 1);
      block->set_parent_idx(99);
    }
    return program.SerializeAsString();
  }
};

TEST_F(CheckCommandTest, WellFormed) {
  const Finished finished = Run({"check", "main.pb"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_EQ(finished.out, "'main.pb': well formed: 1 block, 29 ops, 61 variables\n");
  EXPECT_EQ(finished.err, "");
}

// One line for findings that differ in their places alone; a report for programs has each of them.
TEST_F(CheckCommandTest, FindingsThatAreAlikeAreOne) {
  const auto count = [](const std::string& text, const std::string& part) {
    size_t number = 0;
    for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++number;
    return number;
  };
  Write("q.pb", ReadFile(PDQUANT_CORPUS "/mlp/abs_max/main.pb"));
  const Finished few = Run({"check", "q.pb", "--target", "onnx"});
  EXPECT_EQ(few.exit_code, 1);
  EXPECT_EQ(count(few.err, "[target-legacy-op]\n"), 1U);
  EXPECT_THAT(few.err, HasSubstr("; the same at 11 more places, such as block 0, op 1 'fake_dequantize_max_abs' and "
                                 "block 0, op 2 'fake_quantize_abs_max'; --all shows each [target-legacy-op]\n"));
  const Finished each = Run({"check", "q.pb", "--target", "onnx", "--all"});
  EXPECT_EQ(count(each.err, "[target-legacy-op]\n"), 12U);
  EXPECT_EQ(each.out, few.out);
  Write("large.pb", ReadFile(PDQUANT_CORPUS "/vgg16/abs_max/main.pb"));
  const Finished large = Run({"check", "large.pb", "--target", "onnx"});
  EXPECT_EQ(large.out, "'large.pb': 154 errors\n");
  EXPECT_LE(count(large.err, "\n"), 5U);
  EXPECT_EQ(count(Run({"check", "large.pb", "--target", "onnx", "--format", "json"}).out, "\"code\":"), 154U);
}

TEST_F(CheckCommandTest, StandardInput) {
  Invocation invocation;
  invocation.arguments = {"check", "-"};
  invocation.input = Read("main.pb");
  const Finished finished = Run(invocation);
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_EQ(finished.out, "standard input: well formed: 1 block, 29 ops, 61 variables\n");
}

TEST_F(CheckCommandTest, AFileMayHaveTheNameOfACommand) {
  Write("check", Read("main.pb"));
  EXPECT_EQ(Run({"check", "check"}).exit_code, 0);
  EXPECT_EQ(Run({"check", "--", "check"}).exit_code, 0);
}

TEST_F(CheckCommandTest, Broken) {
  Write("broken.pb", WrongBlocks(1));
  const Finished finished = Run({"check", "broken.pb"});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_EQ(finished.out, "'broken.pb': 1 error\n");
  EXPECT_THAT(finished.err,
              StartsWith("pdquant: error: 'broken.pb': block 1: parent_idx is 99, which is no earlier block; "));
  EXPECT_THAT(finished.err, ::testing::EndsWith(" [block-parent]\n"));
}

// What protobuf's own parser refuses is a broken rule as well.
TEST_F(CheckCommandTest, MissingField) {
  proto::ProgramDesc program = ParseMessage(Read("main.pb"));
  program.mutable_blocks(0)->clear_idx();
  Write("broken.pb", program.SerializePartialAsString());
  const Finished finished = Run({"check", "broken.pb"});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_THAT(finished.err, HasSubstr(" [missing-field]\n"));
}

TEST_F(CheckCommandTest, WarningsDontCount) {
  proto::ProgramDesc program = ParseMessage(Read("main.pb"));
  program.mutable_version()->set_version(9'000'000);
  Write("newer.pb", program.SerializeAsString());
  const Finished finished = Run({"check", "newer.pb"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_EQ(finished.out, "'newer.pb': well formed: 1 block, 29 ops, 61 variables, 1 warning\n");
  EXPECT_THAT(finished.err, StartsWith("pdquant: warning: 'newer.pb': "));
  const Finished quiet = Run({"check", "newer.pb", "-q"});
  EXPECT_EQ(quiet.exit_code, 0);
  EXPECT_EQ(quiet.out + quiet.err, "");
  EXPECT_EQ(Run({"check", "newer.pb", "--log-level", "error"}).err, "");
}

TEST_F(CheckCommandTest, ListsAreCut) {
  Write("broken.pb", WrongBlocks(50));
  const auto lines = [](const std::string& text) { return std::count(text.begin(), text.end(), '\n'); };
  const Finished cut = Run({"check", "broken.pb"});
  EXPECT_EQ(cut.exit_code, 1);
  EXPECT_EQ(cut.out, "'broken.pb': 50 errors\n");
  EXPECT_EQ(lines(cut.err), 21);
  EXPECT_THAT(cut.err, HasSubstr("\npdquant: note: 30 more errors; --all shows them [left-out]\n"));
  EXPECT_EQ(lines(Run({"check", "broken.pb", "--all"}).err), 50);
  const Finished quiet = Run({"check", "broken.pb", "-q"});
  EXPECT_EQ(quiet.out, "");
  EXPECT_EQ(lines(quiet.err), 21);
}

TEST_F(CheckCommandTest, CantBeLoaded) {
  Write("empty.pb", "");
  Write("cut.pb", Read("main.pb").substr(0, 1000));
  const std::vector<std::pair<std::vector<std::string>, int>> cases = {{{"missing.pb"}, 4},
                                                                       {{"missing/main.pb"}, 4},
                                                                       {{"."}, 3},
                                                                       {{"empty.pb"}, 3},
                                                                       {{"cut.pb"}, 3},
                                                                       {{"/dev/null"}, 3},
                                                                       {{"main.pb/x"}, 4},
                                                                       {{"main.pb", "--max-ops", "5"}, 3},
                                                                       {{"main.pb", "--max-bytes", "1K"}, 3},
                                                                       {{"/dev/zero", "--max-bytes", "1M"}, 3}};
  for (const auto& [arguments, code] : cases) {
    std::vector<std::string> all = {"check"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const Finished finished = Run(all);
    SCOPED_TRACE(finished.err);
    EXPECT_EQ(finished.exit_code, code);
    EXPECT_EQ(finished.out, "");
    EXPECT_THAT(finished.err, StartsWith("pdquant: error: '" + arguments[0]));
    EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1);
  }
}

TEST_F(CheckCommandTest, NamesAreEscaped) {
  proto::ProgramDesc program = ParseMessage(Read("main.pb"));
  proto::OpDesc* op = program.mutable_blocks(0)->mutable_ops(0);
  op->set_type("mul\n\x1b[31m");
  op->mutable_inputs(0)->set_arguments(0, "\xff\xe2\x80\xae");
  Write("a\nb.pb", program.SerializeAsString());
  const Finished finished = Run({"check", "a\nb.pb"});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_THAT(finished.err,
              HasSubstr("'a\\nb.pb': block 0, op 0 'mul\\n\\x1b[31m', input 'X', variable '\\xff\\u{202e}': "));
  EXPECT_EQ(finished.out, "'a\\nb.pb': 1 error\n");
}

// What a runtime takes is asked of programs whose blocks are sound.
TEST_F(CheckCommandTest, NoTargetWhereBlocksLeadNowhere) {
  for (const char* block : {"100000", "-1", "0", "1"}) {
    SCOPED_TRACE(block);
    Write("p.pb", BuildProgram("mul X=x Y=w : Out=y | sub_block=block:" + std::string(block)).SerializeAsString());
    for (const char* target : {"onednn", "lite", "tensorrt"}) {
      const Finished finished = Run({"check", "p.pb", "--target", target});
      EXPECT_EQ(finished.exit_code, 1);
      EXPECT_THAT(finished.err, HasSubstr("names block " + std::string(block) + ", "));
      EXPECT_EQ(finished.out, "'p.pb': 1 error\n");
    }
  }
}

}  // namespace
}  // namespace pdquant::testing
