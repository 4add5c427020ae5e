// freeze, int8, undo and convert on programs that others quantized: what they take is converted whole, the rest is
// refused by name.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "cli/model_testing.h"

namespace pdquant::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class ModelFormsTest : public ModelCommandTest {};

// What paddle.static.quantization of paddlepaddle 2.6.2 wrote (tests/paddle/make_static_quantization.py), simulated and
// frozen, in each form: a convolution, relu, and a product.
TEST_F(ModelFormsTest, TakesEveryFormOfPaddle) {
  const auto plain = ElementsAre("feed", "conv2d", "relu", "flatten_contiguous_range", "mul", "tanh", "scale", "fetch");
  for (const std::string model : {"pairs", "channels", "fused", "linear"}) {
    SCOPED_TRACE(model);
    CopyStatic(model);
    const Finished frozen = Run({"freeze", "P", "-o", model + ".f/P"});
    EXPECT_EQ(frozen.exit_code, 0) << frozen.err;
    EXPECT_THAT(frozen.out, HasSubstr("2 ops frozen, 2 weights quantized"));
    EXPECT_THAT(Dangling(model + ".f/P.pdmodel"), IsEmpty());
    const Finished undone = Run({"undo", "P", "-o", model + ".u/P"});
    EXPECT_EQ(undone.exit_code, 0) << undone.err;
    EXPECT_THAT(TypesOf(ReadProgram(model + ".u/P.pdmodel")), plain);
    const Finished back = Run({"undo", model + ".f/P", "-o", model + ".fu/P"});
    EXPECT_EQ(back.exit_code, 0) << back.err;
    EXPECT_THAT(TypesOf(ReadProgram(model + ".fu/P.pdmodel")), plain);
    EXPECT_THAT(Refuse("int8"), HasSubstr("freeze the trained simulation first"));
  }
  for (const std::string model :
       {"pairs_frozen", "channels_frozen", "channels_int8", "fused_frozen", "linear_frozen"}) {
    SCOPED_TRACE(model);
    CopyStatic(model);
    const Finished undone = Run({"undo", "P", "-o", model + ".u/P"});
    EXPECT_EQ(undone.exit_code, 0) << undone.err;
    EXPECT_THAT(undone.out, HasSubstr("2 weights computed from integers"));
    EXPECT_THAT(TypesOf(ReadProgram(model + ".u/P.pdmodel")), plain);
  }
  CopyStatic("linear_frozen");
  const Finished integers = Run({"int8", "P", "-o", "same/P"});
  EXPECT_EQ(integers.exit_code, 0) << integers.err;
  EXPECT_EQ(Read("same/P.pdmodel"), Read("P.pdmodel"));
}

// A dynamic scale is no static one, and the linear form has 8 bits.
TEST_F(ModelFormsTest, WhatTheLinearFormCannotSay) {
  CopyModel("mlp/abs_max", "quant", "P.pdmodel", "P.pdiparams");
  const Finished dynamic = Run({"freeze", "P", "-o", "out/P", "--form", "linear"});
  EXPECT_EQ(dynamic.exit_code, 3);
  EXPECT_THAT(dynamic.err, AllOf(HasSubstr("found anew at each run"), HasSubstr("[linear-form]")));
  EXPECT_EQ(Run({"freeze", "P", "-o", "out/P", "--form", "fused"}).exit_code, 2);
  EXPECT_FALSE(Exists("out"));
}

// Weights that WeightQuantization of Paddle stored for ops on floats: 8 bits with a step for each channel, and 16 bits.
TEST_F(ModelFormsTest, WeightOnlyStorage) {
  for (const std::string model : {"weight_only", "weight_only_16"}) {
    SCOPED_TRACE(model);
    CopyStatic(model);
    const Finished check = Run({"check", "P", "--strict"});
    EXPECT_EQ(check.exit_code, 0) << check.err;
    EXPECT_EQ(Run({"check", "P", "--target", "lite"}).exit_code, 0);
    EXPECT_EQ(Run({"check", "P", "--target", "paddle"}).exit_code, 1);
    const std::string shown = Run({"show", "P"}).out;
    EXPECT_THAT(shown, HasSubstr("weights stored as integers for ops on floats (weight-only), Paddle-Lite's form"));
    EXPECT_THAT(shown, HasSubstr("2 ops have their weights stored as integers (weight-only)"));
    for (const std::string command : {"freeze", "undo"}) {
      EXPECT_THAT(Refuse(command), AllOf(HasSubstr("op 1 'conv2d': the op's weight is stored as integers"),
                                         HasSubstr("'mul': the op's weight is stored as integers (weight-only): " +
                                                   command + " takes what transpile")));
    }
    const Finished transpile = Run({"transpile", "P.pdmodel", "-o", "out"});
    EXPECT_EQ(transpile.exit_code, 3);
    EXPECT_THAT(transpile.err, HasSubstr("the program is quantized already"));
    const Finished int8 = Run({"int8", "P", "-o", model + "/P"});
    EXPECT_EQ(int8.exit_code, 0) << int8.err;
    EXPECT_THAT(int8.err, HasSubstr("the weights are stored as integers already (weight-only) [no-weights]"));
    EXPECT_EQ(Read(model + "/P.pdmodel"), Read("P.pdmodel"));
    EXPECT_EQ(Read(model + "/P.pdiparams"), Read("P.pdiparams"));
  }
}

// The declarations of what Paddle stored as INT8 still say FP32; an edit that makes one of them a lie is found.
TEST_F(ModelFormsTest, IntegersUnderADeclarationOfFloats) {
  CopyStatic("linear_frozen");
  const Finished check = Run({"check", "P", "--strict"});
  EXPECT_EQ(check.exit_code, 0) << check.err;
  const Finished int8 = Run({"int8", "P", "-o", "stored/P"});  // there is nothing to do
  EXPECT_EQ(int8.exit_code, 0) << int8.err;
  EXPECT_EQ(Read("stored/P.pdiparams"), Read("P.pdiparams"));
  proto::ProgramDesc program = ReadProgram("P.pdmodel");
  for (auto& var : *program.mutable_blocks(0)->mutable_vars()) {
    if (var.name() == "w") var.mutable_type()->mutable_lod_tensor()->mutable_tensor()->set_dims(0, 13);
  }
  Write("P.pdmodel", program.SerializeAsString());
  EXPECT_EQ(Run({"check", "P"}).exit_code, 3);
}

TEST_F(ModelFormsTest, WhatIsFrozenOrIntegerAlready) {
  CopyStatic("channels_frozen");
  EXPECT_THAT(Refuse("freeze"), HasSubstr("the program is frozen already"));
  CopyStatic("channels_int8");
  EXPECT_THAT(Refuse("int8"), HasSubstr("int8 takes the output of freeze, once"));
}

// Every weight, whatever scales it: 54 values of the convolution's filter and 60 of the product's weight.
TEST_F(ModelFormsTest, StoresAllWeightsOfAModelThatPaddleFroze) {
  for (const std::string model : {"pairs_frozen", "channels_frozen", "fused_frozen"}) {
    SCOPED_TRACE(model);
    CopyStatic(model);
    const Finished finished = Run({"int8", "P", "-o", model + "/P"});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_THAT(finished.out, HasSubstr("2 weights stored as integers, 456 -> 114 bytes"));
    EXPECT_THAT(Dangling(model + "/P.pdmodel"), IsEmpty());
  }
  // Paddle's own conversion of the same model gives the same integers.
  const Finished same =
      Run({"diff", "channels_frozen/P", PDQUANT_TESTDATA "/paddle/static_quantization/channels_int8/m", "--tensors",
           "--ignore-order"});
  EXPECT_THAT(same.out, Not(HasSubstr("w.int8")));
  EXPECT_THAT(same.out, Not(HasSubstr("conv2d_0.w_0.int8")));
}

TEST_F(ModelFormsTest, PairsOfPaddle2AreOurOwn) {
  CopyStatic("pairs");
  EXPECT_EQ(Run({"freeze", "P", "-o", "frozen/P", "-q"}).exit_code, 0);
  EXPECT_THAT(Dangling("frozen/P.pdmodel"), IsEmpty());
  EXPECT_EQ(Run({"undo", "P", "-o", "undone/P", "-q"}).exit_code, 0);
  EXPECT_THAT(TypesOf(ReadProgram("undone/P.pdmodel")),
              ElementsAre("feed", "conv2d", "relu", "flatten_contiguous_range", "mul", "tanh", "scale", "fetch"));
}

// A product of two activations: there is nothing to store.
TEST_F(ModelFormsTest, NoWeightsToStore) {
  CopyModel("mlp/moving", "frozen", "P.pdmodel", "P.pdiparams");
  proto::ProgramDesc program = ReadProgram("P.pdmodel");
  for (proto::OpDesc& op : *program.mutable_blocks(0)->mutable_ops()) {
    if (op.type() != "mul") continue;
    std::string x;
    for (const auto& slot : op.inputs()) {
      if (slot.parameter() == "X") x = slot.arguments(0);
    }
    for (auto& slot : *op.mutable_inputs()) slot.set_arguments(0, x);
  }
  Write("P.pdmodel", program.SerializeAsString());
  const Finished finished = Run({"int8", "P", "-o", "out/P"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.err, HasSubstr("no weight is to be stored"));
  EXPECT_EQ(Read("out/P.pdmodel"), Read("P.pdmodel"));
}

}  // namespace
}  // namespace pdquant::testing
