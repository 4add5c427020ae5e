// freeze, int8, undo and convert on programs that were edited, or whose values are odd: nothing reads what nothing
// writes.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "cli/model_testing.h"
#include "support/program_builder.h"

namespace pdquant::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class EditedModelsTest : public ModelCommandTest {
 protected:
  // Adds an op in front of fetch, or at the end, that reads a variable.
  void AddReader(const std::string& file, const std::string& variable) const {
    proto::ProgramDesc program = ReadProgram(file);
    proto::BlockDesc* block = program.mutable_blocks(0);
    for (const proto::VarDesc& var : block->vars()) {
      if (var.name() != variable) continue;
      proto::VarDesc copy = var;
      copy.set_name("looked_at");
      copy.set_persistable(false);
      *block->add_vars() = copy;
      break;
    }
    proto::OpDesc* op = block->add_ops();
    op->set_type("assign");
    op->add_inputs()->set_parameter("X");
    op->mutable_inputs(0)->add_arguments(variable);
    op->add_outputs()->set_parameter("Out");
    op->mutable_outputs(0)->add_arguments("looked_at");
    Write(file, program.SerializeAsString());
  }
};

// Somebody looks at what a quantize op writes beside the rounded value.
TEST_F(EditedModelsTest, OutputsThatSomethingElseReads) {
  for (const std::string variable : {"x.quantized", "x.scale", "fc_0.w_0.quantized", "fc_0.w_0.scale"}) {
    SCOPED_TRACE(variable);
    for (const char* file : {"P.pdmodel", "P.pdiparams"}) std::filesystem::remove(Path(file));
    CopyModel("mlp/abs_max", "quant", "P.pdmodel", "P.pdiparams");
    AddReader("P.pdmodel", variable);
    const Finished frozen = Run({"freeze", "P", "-o", variable + "/P"});
    EXPECT_EQ(frozen.exit_code, 0) << frozen.err;
    EXPECT_THAT(Dangling(variable + "/P.pdmodel"), IsEmpty());
    const Finished integers = Run({"int8", variable + "/P", "-o", variable + ".int8/P"});
    EXPECT_EQ(integers.exit_code, 0) << integers.err;
    EXPECT_THAT(Dangling(variable + ".int8/P.pdmodel"), IsEmpty());
    EXPECT_THAT(Refuse("undo"), AllOf(HasSubstr("'assign', variable '" + variable + "': the op reads what"),
                                      HasSubstr("which undo would remove; take the op out")));
    for (const std::string& form : {variable, variable + ".int8"}) {
      const Finished undone = Run({"undo", form + "/P", "-o", "undone/P"});
      EXPECT_EQ(undone.exit_code, 3);
      EXPECT_THAT(undone.err, HasSubstr("which undo would remove"));
    }
  }
}

// The value itself is read by nothing any more; only its scale is.
TEST_F(EditedModelsTest, ScaleOfAValueThatNothingReads) {
  CopyModel("mlp/abs_max", "quant", "P.pdmodel", "P.pdiparams");
  proto::ProgramDesc program = ReadProgram("P.pdmodel");
  for (proto::OpDesc& op : *program.mutable_blocks(0)->mutable_ops()) {
    for (auto& slot : *op.mutable_inputs()) {
      if (slot.arguments_size() == 1 && slot.arguments(0) == "x.quantized.dequantized") slot.set_arguments(0, "x");
    }
  }
  Write("P.pdmodel", program.SerializeAsString());
  AddReader("P.pdmodel", "x.scale");
  const Finished frozen = Run({"freeze", "P", "-o", "out/P"});
  EXPECT_EQ(frozen.exit_code, 0) << frozen.err;
  EXPECT_THAT(frozen.out, HasSubstr("something else reads the integers that it writes, or their scale"));
  EXPECT_THAT(Dangling("out/P.pdmodel"), IsEmpty());
}

// An activation that never exceeded 0.001 in training, so that its scale is what it started with
// (testdata/reports/small-range), and the same of a moving average.
TEST_F(EditedModelsTest, SmallRanges) {
  std::filesystem::copy(PDQUANT_TESTDATA "/reports/small-range/quant", Path("quant"),
                        std::filesystem::copy_options::recursive);
  const std::string name = "variable 'scale_0.tmp_0.scale'";
  const Finished frozen = Run({"freeze", "quant", "-o", "out"});
  EXPECT_EQ(frozen.exit_code, 0) << frozen.err;
  EXPECT_THAT(frozen.err, AllOf(HasSubstr("warning"), HasSubstr(name), HasSubstr("[untrained-scale]")));
  const Finished checked = Run({"check", "quant"});
  EXPECT_EQ(checked.exit_code, 0) << checked.err;
  EXPECT_THAT(checked.err, AllOf(HasSubstr("warning"), HasSubstr(name), HasSubstr("[untrained-scale]")));

  std::string program = Read("quant/__model__");
  proto::ProgramDesc message = ParseMessage(program);
  for (proto::OpDesc& op : *message.mutable_blocks(0)->mutable_ops()) {
    if (op.type() == "fake_quantize_range_abs_max") op.set_type("fake_quantize_moving_average_abs_max");
  }
  Write("quant/__model__", message.SerializeAsString());
  const Finished moving = Run({"freeze", "quant", "-o", "moving"});
  EXPECT_EQ(moving.exit_code, 0) << moving.err;
  EXPECT_THAT(moving.err, AllOf(HasSubstr("warning"), HasSubstr(name)));
  EXPECT_EQ(Run({"check", "quant"}).exit_code, 0);
}

// Slots of quantize ops, of observers and of counters may name the empty variable, which is none.
TEST_F(EditedModelsTest, EmptyVariablesInSlots) {
  const std::string rounding =
      "undeclared @EMPTY@\n"
      "var s float32[1] persistable\n"
      "fake_quantize_dequantize_moving_average_abs_max X=x InScale=s InState=@EMPTY@ InAccum=@EMPTY@ : Out=q "
      "OutScale=s "
      "OutState=@EMPTY@ OutAccum=@EMPTY@ | bit_length=8 is_test=true\n"
      "relu X=q : Out=y\n";
  const std::string observer =
      "moving_average_abs_max_scale X=y InState=@EMPTY@ : OutScale=@EMPTY@ OutState=@EMPTY@ | is_test=true\n";
  Write("q.pb", BuildProgram(rounding + observer).SerializeAsString());
  const Finished undone = Run({"undo", "q.pb", "-o", "u.pb"});
  EXPECT_EQ(undone.exit_code, 0) << undone.err;
  EXPECT_THAT(TypesOf(ReadProgram("u.pb")), ElementsAre("relu"));
  EXPECT_EQ(OpText(ReadProgram("u.pb").blocks(0).ops(0)), "relu X=x : Out=y");
}

TEST_F(EditedModelsTest, CountersOfEmptyVariables) {
  Write("q.pb", BuildProgram("undeclared @EMPTY@\n"
                             "var s float32[1] persistable\n"
                             "increment X=@EMPTY@ : Out=@EMPTY@ | step=1.0\n"
                             "fake_quantize_dequantize_moving_average_abs_max X=x InScale=s InState=@EMPTY@ : Out=q "
                             "OutScale=s OutState=@EMPTY@ | bit_length=8 is_test=true\n"
                             "relu X=q : Out=y\n")
                    .SerializeAsString());
  const Finished undone = Run({"undo", "q.pb", "-o", "u.pb"});
  EXPECT_EQ(undone.exit_code, 0) << undone.err;
  EXPECT_THAT(TypesOf(ReadProgram("u.pb")), ElementsAre("increment", "relu"));
  CopyModel("mlp/moving", "quant", "P.pdmodel", "P.pdiparams");
  proto::ProgramDesc program = ReadProgram("P.pdmodel");
  proto::BlockDesc* block = program.mutable_blocks(0);
  *block->add_ops() = MakeOp("increment X=@EMPTY@ : Out=@EMPTY@ | step=1.0");
  for (proto::OpDesc& op : *block->mutable_ops()) {
    if (op.type() != "fake_quantize_moving_average_abs_max") continue;
    for (auto& slot : *op.mutable_inputs()) {
      if (slot.parameter() == "InAccum") slot.set_arguments(0, "@EMPTY@");
    }
  }
  Write("P.pdmodel", program.SerializeAsString());
  const Finished frozen = Run({"freeze", "P", "-o", "frozen/P"});
  EXPECT_EQ(frozen.exit_code, 0) << frozen.err;
}

// A condition is read and not only listed: it becomes the float value, or what it reads stays.
TEST_F(EditedModelsTest, ConditionsThatAreRoundedValues) {
  Write("q.pb", BuildProgram("var s float32[1] persistable\n"
                             "var step_scopes int64[1]\n"
                             "fake_quantize_dequantize_moving_average_abs_max X=x InScale=s : Out=q OutScale=s | "
                             "bit_length=8 is_test=true\n"
                             "conditional_block Cond=q Input=x : Out=y Scope=step_scopes | sub_block=block:1\n"
                             "block 0\n"
                             "relu X=x : Out=y\n")
                    .SerializeAsString());
  const Finished undone = Run({"undo", "q.pb", "-o", "u.pb"});
  EXPECT_EQ(undone.exit_code, 0) << undone.err;
  EXPECT_EQ(OpText(ReadProgram("u.pb").blocks(0).ops(0)), "conditional_block Cond=x Input=x : Out=y Scope=step_scopes");
}

TEST_F(EditedModelsTest, IntegersOfAnObserverThatSomethingElseReads) {
  Write("q.pb", BuildProgram("var s float32[1] persistable\n"
                             "var z int32[1] persistable\n"
                             "relu X=x : Out=y\n"
                             "quantize_linear X=y Scale=s ZeroPoint=z : Y=i | bit_length=8 quant_axis=-1 is_test=true "
                             "only_observer=true\n"
                             "dequantize_linear X=i Scale=s ZeroPoint=z : Y=d | bit_length=8 quant_axis=-1 "
                             "is_test=true only_observer=true\n"
                             "tanh X=d : Out=t\n"
                             "cast X=i : Out=c | in_dtype=5 out_dtype=5\n")
                    .SerializeAsString());
  const Finished undone = Run({"undo", "q.pb", "-o", "u.pb"});
  EXPECT_EQ(undone.exit_code, 3);
  EXPECT_THAT(undone.err, HasSubstr("op 4 'cast', variable 'i': it reads the integers that an observer writes, which "
                                    "goes [foreign-quantization]"));
  EXPECT_FALSE(Exists("u.pb"));
}

// Frozen, the quantize ops take their scales as they are stored.
TEST_F(EditedModelsTest, QuantizeOpsThatStillTrain) {
  CopyModel("mlp/moving", "quant", "P.pdmodel", "P.pdiparams");
  EXPECT_EQ(Run({"freeze", "P", "-o", "test/P"}).exit_code, 0);
  proto::ProgramDesc program = ReadProgram("P.pdmodel");
  for (proto::OpDesc& op : *program.mutable_blocks(0)->mutable_ops()) {
    for (auto& attr : *op.mutable_attrs()) {
      if (attr.name() == "is_test" && op.type().starts_with("fake_")) attr.set_b(false);
    }
  }
  Write("P.pdmodel", program.SerializeAsString());
  const Finished frozen = Run({"freeze", "P", "-o", "train/P"});
  EXPECT_EQ(frozen.exit_code, 0) << frozen.err;
  EXPECT_EQ(Read("train/P.pdmodel"), Read("test/P.pdmodel"));
  EXPECT_EQ(Read("train/P.pdiparams"), Read("test/P.pdiparams"));
}

// A range so small that the floats of the integers would be infinite.
TEST_F(EditedModelsTest, FloatsOfIntegersThatWouldBeInfinite) {
  CopyModel("mlp/moving", "frozen", "P.pdmodel", "P.pdiparams");
  proto::ProgramDesc program = ReadProgram("P.pdmodel");
  for (proto::OpDesc& op : *program.mutable_blocks(0)->mutable_ops()) {
    for (auto& attr : *op.mutable_attrs()) {
      if (attr.name() == "max_range") attr.set_f(1e-36F);
    }
  }
  Write("P.pdmodel", program.SerializeAsString());
  EXPECT_THAT(Refuse("undo"), HasSubstr("variable 'fc_0.w_0': the scale of the weight is not finite, or its floats "
                                        "would not be [weight-scale]"));
}

// The parameters are those of the float model: what scales integers back would go, and the values stay.
TEST_F(EditedModelsTest, StoredWeightThatIsNoInteger) {
  CopyStatic("linear");
  ASSERT_EQ(Run({"freeze", "P", "-o", "frozen/P", "-q"}).exit_code, 0);
  ASSERT_EQ(Run({"params", "unpack", "P", "-o", "float", "-q"}).exit_code, 0);
  ASSERT_EQ(Run({"params", "unpack", "frozen/P", "-o", "files", "-q"}).exit_code, 0);
  std::filesystem::copy_file(Path("float/w"), Path("files/w"), std::filesystem::copy_options::overwrite_existing);
  proto::ProgramDesc program = ReadProgram("frozen/P.pdmodel");
  for (proto::VarDesc& var : *program.mutable_blocks(0)->mutable_vars()) {
    if (var.name() != "w") continue;
    var.mutable_type()->mutable_lod_tensor()->mutable_tensor()->set_data_type(proto::VarType::FP32);
  }
  Write("frozen/P.pdmodel", program.SerializeAsString());
  const Finished undone =
      Run({"undo", "frozen/P.pdmodel", "--params", "files", "-o", "u.pb", "--params-out", "u.params"});
  EXPECT_EQ(undone.exit_code, 3);
  EXPECT_THAT(undone.err, HasSubstr("variable 'w': the weight's values are no integers, and block 0, op "));
  EXPECT_THAT(undone.err, HasSubstr("scales them back as such; undo takes what freeze or int8 wrote [weight-type]"));
  const Finished converted = Run({"convert", "frozen/P.pdmodel", "--form", "legacy", "--params", "files", "-o", "c.pb",
                                  "--params-out", "c.params"});
  EXPECT_EQ(converted.exit_code, 3);
  EXPECT_THAT(converted.err, HasSubstr("variable 'w': the weight's values are no integers, and the op scales them back "
                                       "as such [weight-type]"));
}

// Activations of a frozen program whose quantize op doesn't say its scale.
TEST_F(EditedModelsTest, FrozenActivationWithoutAScale) {
  CopyModel("mlp/moving", "frozen", "P.pdmodel", "P.pdiparams");
  proto::ProgramDesc program = ReadProgram("P.pdmodel");
  for (proto::OpDesc& op : *program.mutable_blocks(0)->mutable_ops()) {
    if (!op.type().starts_with("fake_quantize")) continue;
    for (auto& slot : *op.mutable_inputs()) {
      if (slot.parameter() == "InScale") slot.set_arguments(0, "@EMPTY@");
    }
  }
  Write("P.pdmodel", program.SerializeAsString());
  const Finished converted = Run({"convert", "P", "-o", "out/P", "--form", "linear"});
  EXPECT_EQ(converted.exit_code, 3);
  EXPECT_THAT(converted.err, HasSubstr("the op that quantizes it has no scale [foreign-quantization]"));
  EXPECT_FALSE(Exists("out"));
}

// Each op that shares a scale reads it: all of them are looked at once.
TEST_F(EditedModelsTest, ManyOpsShareAScale) {
  std::string text = "var s float32[1] persistable\n";
  for (int i = 0; i < 4000; ++i) {
    const std::string n = std::to_string(i);
    text += "fake_quantize_dequantize_moving_average_abs_max X=x" + n + " InScale=s : Out=q" + n +
            " OutScale=s | bit_length=8 is_test=false\nrelu X=q" + n + " : Out=y" + n + "\n";
  }
  Write("q.pb", BuildProgram(text).SerializeAsString());
  const Finished undone = Run({"undo", "q.pb", "-o", "u.pb"});
  EXPECT_EQ(undone.exit_code, 0) << undone.err;
  EXPECT_EQ(ReadProgram("u.pb").blocks(0).ops_size(), 4000);
}

}  // namespace
}  // namespace pdquant::testing
