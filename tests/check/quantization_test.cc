#include <gmock/gmock.h>

#include "check/check.h"
#include "support/programs.h"

namespace pdquant {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The findings' places and codes: "0:5 quant-pair".
std::vector<std::string> Check(const proto::ProgramDesc& message) {
  Findings findings;
  const Program program = testing::Load(message, &findings);
  CheckProgram(Index(program), &findings);
  std::vector<std::string> found;
  for (const Finding& finding : findings.all()) {
    if (finding.level != Level::kError) continue;
    found.push_back(std::to_string(finding.place.block) + ":" + std::to_string(finding.place.op) + " " +
                    std::string(finding.code));
  }
  return found;
}

proto::ProgramDesc Simulated(const std::string& config = "abs_max") {
  for (const testing::CorpusRow& row : testing::CorpusPairs()) {
    if (row.network == "mlp" && row.config == config)
      return testing::ParseMessage(testing::ReadFile(row.After("main.pb")));
  }
  throw std::runtime_error("no such row");
}

proto::OpDesc* FindOp(proto::ProgramDesc* program, const std::string& type, int number = 0) {
  for (auto& op : *program->mutable_blocks(0)->mutable_ops()) {
    if (op.type() == type && number-- == 0) return &op;
  }
  throw std::runtime_error("no op " + type);
}

proto::OpDesc::Var* Slot(proto::OpDesc* op, const std::string& name) {
  for (auto* slots : {op->mutable_inputs(), op->mutable_outputs()}) {
    for (auto& slot : *slots) {
      if (slot.parameter() == name) return &slot;
    }
  }
  throw std::runtime_error("no slot " + name);
}

proto::OpDesc::Attr* Attribute(proto::OpDesc* op, const std::string& name) {
  for (auto& attr : *op->mutable_attrs()) {
    if (attr.name() == name) return &attr;
  }
  throw std::runtime_error("no attribute " + name);
}

int NumberOf(const proto::ProgramDesc& program, const proto::OpDesc* op) {
  for (int i = 0; i < program.blocks(0).ops_size(); ++i) {
    if (&program.blocks(0).ops(i) == op) return i;
  }
  return -1;
}

std::string At(const proto::ProgramDesc& program, const proto::OpDesc* op, const std::string& code) {
  return "0:" + std::to_string(NumberOf(program, op)) + " " + code;
}

TEST(QuantizationTest, RealProgramsAreSound) {
  for (const std::string& path : testing::AllPrograms()) {
    EXPECT_THAT(Check(testing::ParseMessage(testing::ReadFile(path))), IsEmpty()) << path;
  }
}

TEST(QuantizationTest, DequantizeWithoutQuantize) {
  proto::ProgramDesc program = Simulated();
  proto::OpDesc* dequantize = FindOp(&program, "fake_dequantize_max_abs", 2);
  proto::OpDesc* quantize = FindOp(&program, "fake_quantize_abs_max", 2);
  Slot(dequantize, "X")->set_arguments(0, Slot(quantize, "X")->arguments(0));
  const std::vector<std::string> found = Check(program);
  const bool weight = Slot(quantize, "X")->arguments(0).find(".w_") != std::string::npos;
  if (weight) {
    EXPECT_THAT(found, IsEmpty());  // a stored weight may hold integers
  } else {
    EXPECT_THAT(found, ElementsAre(At(program, dequantize, "quant-pair")));
  }
}

TEST(QuantizationTest, DequantizeTwice) {
  proto::ProgramDesc program = Simulated();
  proto::OpDesc* first = FindOp(&program, "fake_dequantize_max_abs", 0);
  proto::OpDesc* second = FindOp(&program, "fake_dequantize_max_abs", 1);
  Slot(second, "X")->set_arguments(0, Slot(first, "Out")->arguments(0));
  EXPECT_THAT(Check(program), ::testing::Contains(At(program, second, "quant-pair")));
}

TEST(QuantizationTest, AnotherScale) {
  proto::ProgramDesc program = Simulated();
  proto::OpDesc* first = FindOp(&program, "fake_dequantize_max_abs", 0);
  proto::OpDesc* second = FindOp(&program, "fake_dequantize_max_abs", 1);
  Slot(second, "Scale")->set_arguments(0, Slot(first, "Scale")->arguments(0));
  EXPECT_THAT(Check(program), ElementsAre(At(program, second, "quant-pair")));
}

TEST(QuantizationTest, OtherBits) {
  proto::ProgramDesc program = Simulated();
  proto::OpDesc* dequantize = FindOp(&program, "fake_dequantize_max_abs", 1);
  Attribute(dequantize, "max_range")->set_f(7);
  EXPECT_THAT(Check(program), ElementsAre(At(program, dequantize, "quant-pair")));
  Attribute(dequantize, "max_range")->set_f(std::numeric_limits<float>::infinity());
  EXPECT_THAT(Check(program),
              ElementsAre(At(program, dequantize, "quant-pair"), At(program, dequantize, "quant-scale")));
}

TEST(QuantizationTest, NoScale) {
  proto::ProgramDesc program = Simulated("moving");
  proto::OpDesc* quantize = FindOp(&program, "fake_quantize_moving_average_abs_max", 1);
  Slot(quantize, "InScale")->clear_arguments();
  EXPECT_THAT(Check(program), ElementsAre(At(program, quantize, "quant-pair")));
}

TEST(QuantizationTest, ScaleOfAnotherShape) {
  proto::ProgramDesc program = Simulated("moving");
  proto::OpDesc* quantize = FindOp(&program, "fake_quantize_moving_average_abs_max", 1);
  const std::string scale = Slot(quantize, "InScale")->arguments(0);
  for (auto& var : *program.mutable_blocks(0)->mutable_vars()) {
    if (var.name() == scale) var.mutable_type()->mutable_lod_tensor()->mutable_tensor()->set_dims(0, 4);
  }
  EXPECT_THAT(Check(program), ::testing::Contains(At(program, quantize, "quant-scale")).Times(2));
}

TEST(QuantizationTest, QuantizedTwice) {
  proto::ProgramDesc program = Simulated();
  proto::OpDesc* first = FindOp(&program, "fake_dequantize_max_abs", 0);
  proto::OpDesc* second = FindOp(&program, "fake_quantize_abs_max", 1);
  Slot(second, "X")->set_arguments(0, Slot(first, "Out")->arguments(0));
  EXPECT_THAT(Check(program), ::testing::Contains(At(program, second, "quant-twice")));
}

TEST(QuantizationTest, BackwardReadsFloat) {
  proto::ProgramDesc program = Simulated();
  proto::OpDesc* gradient = FindOp(&program, "mul_grad", 1);
  std::string* name = Slot(gradient, "X")->mutable_arguments(0);
  const std::string rounded = *name;
  *name = rounded.substr(0, rounded.find(".quantized"));
  EXPECT_THAT(Check(program), ElementsAre(At(program, gradient, "quant-backward")));
  // The quantized form of another variable.
  *name = Slot(gradient, "Y")->arguments(0);
  EXPECT_THAT(Check(program), ElementsAre(At(program, gradient, "quant-backward")));
  // The forward op reads the float value.
  *name = rounded;
  proto::OpDesc* forward = FindOp(&program, "mul", 1);
  std::string* operand = Slot(forward, "X")->mutable_arguments(0);
  *operand = operand->substr(0, operand->find(".quantized"));
  EXPECT_THAT(Check(program), ElementsAre(At(program, gradient, "quant-backward")));
}

// Frozen: the weight is stored as integers, and the product is scaled back.
constexpr char kFrozen[] = R"pb(
  blocks {
    idx: 0
    parent_idx: -1
    vars {
      name: "x"
      type { type: 7 }
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
      type { type: 7 }
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
    vars {
      name: "z"
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
      attrs { name: "bit_length" type: 0 i: 8 }
      attrs { name: "is_test" type: 6 b: true }
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
      attrs { name: "max_range" type: 1 f: 3000 }
    }
    ops {
      type: "relu"
      inputs { parameter: "X" arguments: "y" }
      outputs { parameter: "Out" arguments: "z" }
    }
    ops {
      type: "fetch"
      inputs { parameter: "X" arguments: "z" }
    }
  })pb";

TEST(QuantizationTest, Frozen) { EXPECT_THAT(Check(testing::ParseText(kFrozen)), IsEmpty()); }

TEST(QuantizationTest, ProductThatIsNotScaledBack) {
  proto::ProgramDesc program = testing::ParseText(kFrozen);
  program.mutable_blocks(0)->mutable_ops(4)->mutable_inputs(0)->set_arguments(0, "p");
  EXPECT_THAT(Check(program), ElementsAre("0:4 quant-pair"));
  program.mutable_blocks(0)->mutable_ops(4)->mutable_inputs(0)->set_arguments(0, "y");
  program.mutable_blocks(0)->mutable_ops(5)->mutable_inputs(0)->set_arguments(0, "p");
  EXPECT_THAT(Check(program), ElementsAre("0:5 quant-pair"));
  program.mutable_blocks(0)->mutable_ops(5)->mutable_inputs(0)->set_arguments(0, "q");
  EXPECT_THAT(Check(program), ElementsAre("0:5 quant-pair"));
}

TEST(QuantizationTest, FrozenWithTraining) {
  proto::ProgramDesc program = testing::ParseText(kFrozen);
  Attribute(program.mutable_blocks(0)->mutable_ops(1), "is_test")->set_b(false);
  EXPECT_THAT(Check(program), ElementsAre("0:1 quant-training"));
  Attribute(program.mutable_blocks(0)->mutable_ops(1), "is_test")->set_b(true);
  auto* role = program.mutable_blocks(0)->mutable_ops(4)->add_attrs();
  role->set_name("op_role");
  role->set_type(proto::INT);
  role->set_i(1);
  EXPECT_THAT(Check(program), ElementsAre("0:4 quant-training"));
}

}  // namespace
}  // namespace pdquant
