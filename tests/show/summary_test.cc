#include "show/summary.h"

#include <gmock/gmock.h>

#include <array>

#include "show/renderers.h"
#include "support/program_builder.h"
#include "text/op_text.h"
#include "text/text_testing.h"

namespace pdquant {
namespace {

using ::testing::HasSubstr;

// The summary views the program's bytes.
struct Summarized {
  explicit Summarized(const std::string& path)
      : program(testing::Load(testing::ReadFile(path))), summary(Summarize(Index(program))) {}

  Program program;
  ProgramSummary summary;
};

TEST(SummaryTest, RealPrograms) {
  for (const testing::CorpusRow& row : testing::CorpusPairs()) {
    const Summarized program_before(row.Before("main.pb"));
    const ProgramSummary& before = program_before.summary;
    EXPECT_EQ(before.purpose, Purpose::kTraining);
    EXPECT_EQ(DescribeQuantization(before), "not quantized");
    EXPECT_TRUE(before.quantized.empty());
    const Summarized program_after(row.After("main.pb"));
    const ProgramSummary& after = program_after.summary;
    EXPECT_EQ(after.purpose, Purpose::kTraining);
    const bool any = !after.quantized.empty();
    EXPECT_EQ(DescribeQuantization(after), any ? "simulated quantization" : "not quantized") << row.network;
    size_t quantizable = 0;  // matmul isn't for this pass
    for (const auto& type : before.types) {
      if (type.type == "mul" || type.type == "conv2d" || type.type == "depthwise_conv2d")
        quantizable += type.quantizable_float;
    }
    EXPECT_EQ(after.quantized.size(), quantizable) << row.network << " " << row.config;
    EXPECT_EQ(before.trained, after.trained);
    EXPECT_EQ(Summarized(row.After("startup.pb")).summary.purpose, Purpose::kStartup);
  }
}

// Paddle-Lite's form, as TransformForMobilePass of Paddle 1.8.5 writes it.
TEST(SummaryTest, MobileForm) {
  const Summarized mobile(PDQUANT_TESTDATA "/reports/mobile-form/mobile/__model__");
  EXPECT_EQ(DescribeQuantization(mobile.summary), "frozen, weights stored as integers, Paddle-Lite's form");
  EXPECT_EQ(mobile.summary.quantized.size(), 3U);
  EXPECT_TRUE(mobile.summary.quantizable_float.empty());
  // What the pass does to types: the weights are still floats.
  proto::ProgramDesc program =
      testing::ParseMessage(testing::ReadFile(PDQUANT_FREEZE_CORPUS "/mlp/moving/frozen/model.pb"));
  for (proto::OpDesc& op : *program.mutable_blocks(0)->mutable_ops()) {
    if (op.type().starts_with("fake_quantize_")) op.set_type("quantize");
    if (op.type().starts_with("fake_dequantize_")) op.set_type("dequantize");
  }
  const Program frozen = testing::Load(program.SerializeAsString());
  const Index index(frozen);
  const ProgramSummary summary = Summarize(index);
  EXPECT_EQ(DescribeQuantization(summary), "frozen, weights are integers stored as floats, Paddle-Lite's form");
  EXPECT_FALSE(summary.quantized.empty());
  // oneDNN's op of that name has other slots.
  for (proto::OpDesc& op : *program.mutable_blocks(0)->mutable_ops()) {
    if (op.type() != "quantize" && op.type() != "dequantize") continue;
    for (proto::OpDesc::Var& slot : *op.mutable_inputs()) {
      if (slot.parameter() == "X") slot.set_parameter("Input");
    }
  }
  const Program other = testing::Load(program.SerializeAsString());
  EXPECT_EQ(DescribeQuantization(Summarize(Index(other))), "not quantized");
}

// What doesn't change the forward pass, in one program.
constexpr char kForms[] = R"pb(
  blocks {
    idx: 0
    parent_idx: -1
    vars {
      name: "x"
      type {
        type: 7
        lod_tensor { tensor { data_type: 5 dims: -1 } }
      }
    }
    vars {
      name: "q"
      type { type: 7 }
    }
    vars {
      name: "s"
      type { type: 7 }
      persistable: true
    }
    vars {
      name: "w"
      type {
        type: 7
        lod_tensor { tensor { data_type: 21 dims: 4 } }
      }
      persistable: true
    }
    vars {
      name: "p"
      type { type: 7 }
    }
    vars {
      name: "y"
      type { type: 7 }
    }
    ops {
      type: "feed"
      outputs { parameter: "Out" arguments: "x" }
    }
    ops {
      type: "fake_quantize_moving_average_abs_max"
      inputs { parameter: "X" arguments: "x" }
      inputs { parameter: "InScale" arguments: "s" }
      outputs { parameter: "Out" arguments: "q" }
      outputs { parameter: "OutScale" arguments: "s" }
      attrs { name: "bit_length" type: 0 i: 6 }
    }
    ops {
      type: "mul"
      inputs { parameter: "X" arguments: "q" }
      inputs { parameter: "Y" arguments: "w" }
      outputs { parameter: "Out" arguments: "p" }
    }
    ops {
      type: "fake_dequantize_max_abs"
      inputs { parameter: "X" arguments: "p" }
      inputs { parameter: "Scale" arguments: "s" }
      outputs { parameter: "Out" arguments: "y" }
    }
    ops {
      type: "fetch"
      inputs { parameter: "X" arguments: "y" }
    }
  })pb";

TEST(SummaryTest, Frozen) {
  proto::ProgramDesc message = testing::ParseText(kForms);
  const auto describe = [&] {
    const Program program = testing::Load(message);
    return std::string(DescribeQuantization(Summarize(Index(program))));
  };
  EXPECT_EQ(describe(), "frozen, weights stored as integers");
  message.mutable_blocks(0)->mutable_vars(3)->mutable_type()->mutable_lod_tensor()->mutable_tensor()->set_data_type(5);
  EXPECT_EQ(describe(), "frozen, weights are integers stored as floats");
}

// A program of Paddle before 1.0, which wrote no roles: what writes a gradient is of the backward.
TEST(SummaryTest, BackwardWithoutRoles) {
  proto::ProgramDesc message = testing::ParseMessage(testing::ReadFile(testing::MainOf("mlp")));
  const auto summarize = [&] {
    const Program program = testing::Load(message);
    const ProgramSummary summary = Summarize(Index(program));
    return std::array{summary.forward_ops, summary.backward_ops, summary.optimizer_ops};
  };
  const auto with_roles = summarize();
  for (proto::OpDesc& op : *message.mutable_blocks(0)->mutable_ops()) {
    auto* attrs = op.mutable_attrs();
    for (int i = attrs->size() - 1; i >= 0; --i) {
      if (attrs->Get(i).name() == "op_role") attrs->DeleteSubrange(i, 1);
    }
  }
  EXPECT_EQ(summarize(), with_roles);
  const Program program = testing::Load(message);
  std::string text;
  EXPECT_TRUE(ListOps(Index(program), [&](std::string_view part) {
    text += part;
    return true;
  }));
  EXPECT_THAT(text, HasSubstr(" [backward]\n"));
}

TEST(SummaryTest, Text) {
  const Program program = testing::Load(testing::ParseText(kForms));
  const Index index(program);
  EXPECT_EQ(SummaryText(index, Summarize(index), "'a'", 3),
            R"('a': inference program, frozen, weights stored as integers, Paddle unknown
  329 bytes, 1 block, 5 ops, 6 variables
  2 persistable tensors: 4 values, 4 bytes, and 1 of unknown size
  inputs:
    x LOD_TENSOR FP32 [-1]
  outputs:
    y LOD_TENSOR
  1 quantize op for activations: fake_quantize_moving_average_abs_max, 6 bits
  1 op computes with quantized values:
    0:2 mul(X=q, Y=w) -> Out=p
  ops by type:
    1 fake_dequantize_max_abs
    1 fake_quantize_moving_average_abs_max
    1 feed
    and 2 more; --all shows them
)");
}

TEST(OpTextTest, Numbers) {
  const Program program = testing::Load(testing::ReadFile(testing::MainOf("cond")));
  const Index index(program);
  EXPECT_EQ(FindOp(index, "0"), 0U);
  EXPECT_EQ(FindOp(index, "1:2"), program.block(1).first_op + 2);
  EXPECT_EQ(OpNumber(index, program.block(1).first_op + 2), "1:2");
  for (const char* wrong : {"", "x", "-1", "1:", ":1", "99999", "1:99999", "99:0", "1:2:3", "4294967296", " 1"}) {
    EXPECT_EQ(FindOp(index, wrong), std::nullopt) << wrong;
  }
}

TEST(OpDetailTest, ReadersAndMakers) {
  const Program program = testing::Load(testing::ParseText(kForms));
  const Index index(program);
  EXPECT_EQ(OpDetail(index, 1), R"(0:1 fake_quantize_moving_average_abs_max(X=x, InScale=s) -> Out=q, OutScale=s
  in X: x LOD_TENSOR FP32 [-1]
      made by 0:0 feed
  in InScale: s LOD_TENSOR persistable
      made by no op before: its value is stored
      written later by 0:1 fake_quantize_moving_average_abs_max
  out Out: q LOD_TENSOR
      read by 0:2 mul
  out OutScale: s LOD_TENSOR persistable
      read by 0:1 fake_quantize_moving_average_abs_max, 0:3 fake_dequantize_max_abs
  attr bit_length: INT 6
)");
}

// An op may name a variable as often as it likes: its line, which may be as long as the program, comes once.
TEST(OpDetailTest, OneVariableManyTimes) {
  const Program program =
      testing::Load(testing::BuildProgram("var x float32[1,2,3]\nvar y float32[4]\nsum X=x,y,x : Out=x"));
  const std::string text = OpDetail(Index(program), 0);
  EXPECT_THAT(text, HasSubstr("  in X: x LOD_TENSOR FP32 [1, 2, 3]\n      made by no op before\n"));
  EXPECT_THAT(text, HasSubstr("\n  in X: x, as above\n  out Out: x LOD_TENSOR FP32"));
}

TEST(ListingTest, OneThingALine) {
  const Program program = testing::Load(testing::ReadFile(testing::MainOf("lenet")));
  const Index index(program);
  std::string text;
  const auto sink = [&](std::string_view part) {
    text += part;
    return true;
  };
  EXPECT_TRUE(ListOps(index, sink));
  EXPECT_EQ(testing::Lines(text).size(), program.op_count());
  EXPECT_THAT(text, HasSubstr("0:36 adam("));
  EXPECT_THAT(text, HasSubstr(" [optimizer]\n"));
  text.clear();
  EXPECT_TRUE(ListVars(index, sink));
  EXPECT_EQ(testing::Lines(text).size(), program.var_count());
  EXPECT_THAT(text, HasSubstr("\n0 conv2d_0.w_0 LOD_TENSOR FP32 [20, 1, 5, 5] persistable\n"));
}

}  // namespace
}  // namespace pdquant
