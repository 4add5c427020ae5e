// What `transpile` makes and says.
#include <gmock/gmock.h>

#include "cli/process.h"
#include "support/program_compare.h"
#include "support/programs.h"

namespace pdquant::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class TranspileCommandTest : public CommandTest {
 protected:
  Finished Transpile(std::vector<std::string> options) const {
    options.insert(options.begin(), {"transpile", "main.pb"});
    return Run(options);
  }

  // Writes a program without the gradients and the optimizer.
  void KeepOps(int count) const {
    proto::ProgramDesc program = ParseMessage(Read("main.pb"));
    auto* ops = program.mutable_blocks(0)->mutable_ops();
    ops->DeleteSubrange(count, ops->size() - count);
    Write("main.pb", program.SerializeAsString());
  }
};

// Every option reaches the pass: the results are the reference's.
TEST_F(TranspileCommandTest, OptionsOfTheCorpus) {
  CopyNetwork("mlp");
  int compared = 0;
  for (const CorpusRow& row : CorpusPairs()) {
    if (row.network != "mlp") continue;
    SCOPED_TRACE(row.config);
    std::vector<std::string> options = {"-o", "out.pb", "--startup", "startup.pb", "--startup-out", "s.pb"};
    options.insert(options.end(), row.options.begin(), row.options.end());
    const Finished finished = Transpile(options);
    ASSERT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_EQ(finished.err, "");
    EXPECT_THAT(CompareAsGraphs(ParseMessage(ReadFile(row.After("main.pb"))), ParseMessage(Read("out.pb"))), IsEmpty());
    EXPECT_THAT(CompareAsGraphs(ParseMessage(ReadFile(row.After("startup.pb"))), ParseMessage(Read("s.pb"))),
                IsEmpty());
    EXPECT_EQ(Run({"check", "out.pb"}).exit_code, 0);
    EXPECT_EQ(Run({"check", "s.pb"}).exit_code, 0);
    ++compared;
  }
  EXPECT_EQ(compared, 6);
}

TEST_F(TranspileCommandTest, Summary) {
  CopyNetwork("mlp");
  const Finished finished =
      Transpile({"-o", "out.pb", "--startup", "startup.pb", "--startup-out", "s.pb", "--activation-bits", "6"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_EQ(finished.out,
            "'main.pb': 3 of 3 products quantized: 3 mul\n"
            "  3 quantize-dequantize pairs for weights: 8 bits, abs_max\n"
            "  3 quantize-dequantize pairs for activations: 6 bits, abs_max\n"
            "  3 gradient ops rewired: 3 mul_grad\n");
  EXPECT_EQ(finished.err, "");
}

TEST_F(TranspileCommandTest, SaysWhatToInitializeWithoutAStartupProgram) {
  CopyNetwork("mlp");
  const Finished finished = Transpile({"-o", "out.pb", "--activation-quantize-type", "range_abs_max"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_THAT(finished.out, HasSubstr("\n  no startup program was given: "));
  EXPECT_THAT(finished.out, HasSubstr("\n    '@STEP_COUNTER@': int64[1] of 0\n"));
  EXPECT_THAT(finished.out, HasSubstr("': float32[10000] of 0\n"));
  EXPECT_THAT(finished.out, HasSubstr("': float32[1] of 0.001\n"));
}

TEST_F(TranspileCommandTest, DryRunPrintsThePlanAndWritesNothing) {
  CopyNetwork("mlp");
  for (const std::vector<std::string>& where : {std::vector<std::string>{},
                                                {"-o", "out.pb"},
                                                {"--in-place"},
                                                {"-o", "-"},
                                                {"-o", "out.pb", "--report", "r.json"}}) {
    std::vector<std::string> options = {"--dry-run", "--startup", "startup.pb", "--activation-quantize-type",
                                        "moving_average_abs_max"};
    options.insert(options.end(), where.begin(), where.end());
    const std::string main = Read("main.pb");
    const Finished finished = Transpile(options);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_THAT(finished.out, StartsWith("'main.pb': 3 of 3 products to quantize: 3 mul\n"));
    EXPECT_THAT(finished.out, HasSubstr("\n    block 0, op 0 'mul', input 'Y', variable 'fc_0.w_0': "
                                        "'fc_0.w_0.quantized.dequantized', scale 'fc_0.w_0.scale', before op 0\n"));
    EXPECT_THAT(finished.out, HasSubstr(" to initialize by the startup program:\n"));
    EXPECT_TRUE(Read("main.pb") == main);
    EXPECT_THAT(Files(), ElementsAre("main.pb", "startup.pb"));
  }
}

TEST_F(TranspileCommandTest, ListsAreCut) {
  Write("main.pb", ReadFile(MainOf("resnet")));
  const std::vector<std::string> options = {"--dry-run", "--activation-quantize-type", "moving_average_abs_max"};
  std::vector<std::string> uncut = options;
  uncut.push_back("--all");
  EXPECT_THAT(Transpile(options).out, HasSubstr(" more; --all shows them\n"));
  EXPECT_THAT(Transpile(uncut).out, Not(HasSubstr("--all")));
}

TEST_F(TranspileCommandTest, QuietSaysNothing) {
  CopyNetwork("mlp");
  const Finished finished = Transpile({"-o", "out.pb", "-q"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_EQ(finished.out + finished.err, "");
}

TEST_F(TranspileCommandTest, NoBackward) {
  CopyNetwork("mlp");
  KeepOps(9);
  const Finished finished = Transpile({"-o", "out.pb"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("\n  no backward found: the program is taken as it is\n"));
}

TEST_F(TranspileCommandTest, NothingToQuantize) {
  CopyNetwork("mlp");
  KeepOps(0);
  const Finished finished = Transpile({"-o", "out.pb", "--startup", "startup.pb", "--startup-out", "s.pb"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.out, StartsWith("'main.pb': nothing to quantize: it stays the same bytes\n"));
  EXPECT_TRUE(Read("out.pb") == Read("main.pb"));
  EXPECT_TRUE(Read("s.pb") == Read("startup.pb"));
}

TEST_F(TranspileCommandTest, ForTest) {
  CopyNetwork("lenet");
  const Finished finished = Transpile({"-o", "out.pb", "--for-test"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("\n  test form: "));
  EXPECT_EQ(Run({"check", "out.pb"}).exit_code, 0);
}

TEST_F(TranspileCommandTest, RefusesTwice) {
  CopyNetwork("mlp");
  ASSERT_EQ(Transpile({"-o", "once.pb"}).exit_code, 0);
  const Finished finished = Run({"transpile", "once.pb", "-o", "twice.pb"});
  EXPECT_EQ(finished.exit_code, 3);
  EXPECT_EQ(finished.out, "");
  EXPECT_THAT(finished.err, HasSubstr("pdquant: error: 'once.pb': block 0, op 0 'fake_quantize_abs_max': "));
  EXPECT_THAT(finished.err, HasSubstr(" [already-quantized]\n"));
  EXPECT_FALSE(Exists("twice.pb"));
}

TEST_F(TranspileCommandTest, RefusesWhatIsNotWellFormed) {
  CopyNetwork("mlp");
  proto::ProgramDesc program = ParseMessage(Read("main.pb"));
  proto::OpDesc::Var* slot = program.mutable_blocks(0)->mutable_ops(0)->mutable_inputs(0);
  for (int i = 0; i < 30; ++i) slot->add_arguments("nowhere");
  Write("main.pb", program.SerializeAsString());
  const Finished finished = Transpile({"-o", "out.pb", "-q"});
  EXPECT_EQ(finished.exit_code, 3);
  EXPECT_THAT(finished.err, HasSubstr(", variable 'nowhere': no visible block declares the variable; "));
  EXPECT_THAT(finished.err, HasSubstr("pdquant: note: 10 more errors; --all shows them [left-out]\n"));
  EXPECT_FALSE(Exists("out.pb"));
}

// One run tells of both programs.
TEST_F(TranspileCommandTest, CantBeLoaded) {
  CopyNetwork("mlp");
  Write("empty.pb", "");
  const Finished finished =
      Run({"transpile", "missing.pb", "-o", "out.pb", "--startup", "empty.pb", "--startup-out", "s.pb"});
  EXPECT_EQ(finished.exit_code, 4);
  EXPECT_THAT(finished.err, HasSubstr("pdquant: error: 'missing.pb': can't open: "));
  EXPECT_THAT(finished.err, HasSubstr("pdquant: error: 'empty.pb': not a program "));
  EXPECT_EQ(Run({"transpile", ".", "-o", "out.pb"}).exit_code, 3);
  EXPECT_EQ(Transpile({"-o", "out.pb", "--startup", "empty.pb", "--startup-out", "s.pb"}).exit_code, 3);
  EXPECT_THAT(Files(), ElementsAre("empty.pb", "main.pb", "startup.pb"));
}

}  // namespace
}  // namespace pdquant::testing
