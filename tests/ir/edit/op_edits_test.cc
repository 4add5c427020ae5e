#include "ir/edit/op_edits.h"

#include <gmock/gmock.h>

#include <functional>

#include "ir/edit/builder.h"
#include "support/encode.h"
#include "support/programs.h"

namespace pdquant {
namespace {

using testing::BytesField;
using testing::VarintField;
using FieldEdits = std::vector<Edits::FieldEdit>;

constexpr char kOp[] = R"pb(
  blocks {
    idx: 0
    parent_idx: -1
    ops {
      type: "mul_grad"
      inputs { parameter: "X" arguments: "a" arguments: "b" arguments: "a" }
      inputs { parameter: "Y" arguments: "a" }
      inputs { parameter: "Out" }
      outputs { parameter: "X@GRAD" arguments: "a" }
      attrs { name: "is_test" type: 6 b: false }
      attrs { name: "sub_block" type: 8 block_idx: 1 }
      attrs { name: "blocks" type: 10 blocks_idx: 2 blocks_idx: 1 blocks_idx: 0 }
      attrs { name: "n" type: 0 i: 1 }
    }
  })pb";

// A program with the op, with an unknown field in each of its messages.
proto::ProgramDesc Planted() {
  proto::ProgramDesc program = testing::ParseText(kOp);
  auto* op = program.mutable_blocks(0)->mutable_ops(0);
  const auto plant = [](google::protobuf::Message* message) {
    message->GetReflection()->MutableUnknownFields(message)->AddVarint(1000, 7);
    message->GetReflection()->MutableUnknownFields(message)->AddGroup(1001)->AddFixed32(1, 7);
  };
  plant(op);
  for (auto& slot : *op->mutable_inputs()) plant(&slot);
  for (auto& slot : *op->mutable_outputs()) plant(&slot);
  for (auto& attr : *op->mutable_attrs()) plant(&attr);
  return program;
}

// Edits the op of kOp, and expects what `change` does to protobuf's message. `edit` returns whether there is an edit.
void ExpectSame(const std::function<void(const OpView&, FieldEdits*)>& edit,
                const std::function<void(proto::OpDesc*)>& change) {
  proto::ProgramDesc expected = Planted();
  const Program program = testing::Load(expected);
  FieldEdits fields;
  edit(program.op(0), &fields);
  Edits edits(program);
  edits.EditOp(0, fields);
  change(expected.mutable_blocks(0)->mutable_ops(0));
  const proto::ProgramDesc result = testing::ParseMessage(edits.Apply()->Flatten());
  EXPECT_EQ(result.DebugString(), expected.DebugString());
}

TEST(OpEditsTest, ReplaceInputsInTheNamedSlots) {
  ExpectSame(
      [](const OpView& op, FieldEdits* edits) {
        const ArgumentReplacement replacements[] = {
            {"X", "a", "a.quantized.dequantized"}, {"Y", "b", "never"}, {"Z", "a", "never"}};
        ReplaceInputs(op, replacements, edits);
      },
      [](proto::OpDesc* op) {
        op->mutable_inputs(0)->set_arguments(0, "a.quantized.dequantized");
        op->mutable_inputs(0)->set_arguments(2, "a.quantized.dequantized");
      });
}

TEST(OpEditsTest, ReplaceInputsInSeveralSlots) {
  ExpectSame(
      [](const OpView& op, FieldEdits* edits) {
        const ArgumentReplacement replacements[] = {{"X", "a", "b"}, {"X", "b", "a"}, {"Y", "a", ""}};
        ReplaceInputs(op, replacements, edits);
      },
      [](proto::OpDesc* op) {
        op->mutable_inputs(0)->set_arguments(0, "b");
        op->mutable_inputs(0)->set_arguments(1, "a");
        op->mutable_inputs(0)->set_arguments(2, "b");
        op->mutable_inputs(1)->set_arguments(0, "");
      });
}

TEST(OpEditsTest, AppendArguments) {
  const std::string added[] = {"c", "d"};
  ExpectSame([&](const OpView& op, FieldEdits* edits) { AppendInputs(op, "Out", added, edits); },
             [](proto::OpDesc* op) {
               op->mutable_inputs(2)->add_arguments("c");
               op->mutable_inputs(2)->add_arguments("d");
             });
  ExpectSame([&](const OpView& op, FieldEdits* edits) { AppendOutputs(op, "X@GRAD", added, edits); },
             [](proto::OpDesc* op) {
               op->mutable_outputs(0)->add_arguments("c");
               op->mutable_outputs(0)->add_arguments("d");
             });
}

TEST(OpEditsTest, AppendToASlotThatIsNotThere) {
  const std::string added[] = {"c"};
  ExpectSame([&](const OpView& op, FieldEdits* edits) { AppendOutputs(op, "X", added, edits); },
             [](proto::OpDesc* op) {
               auto* slot = op->add_outputs();
               slot->set_parameter("X");
               slot->add_arguments("c");
             });
}

TEST(OpEditsTest, SetBoolKeepsWhatElseTheAttributeHolds) {
  ExpectSame([](const OpView& op, FieldEdits* edits) { EXPECT_TRUE(SetBoolAttr(op, "is_test", true, edits)); },
             [](proto::OpDesc* op) { op->mutable_attrs(0)->set_b(true); });
}

TEST(OpEditsTest, SetBoolWithoutEffect) {
  const Program program = testing::Load(Planted());
  FieldEdits edits;
  EXPECT_FALSE(SetBoolAttr(program.op(0), "is_test", false, &edits));
  EXPECT_FALSE(SetBoolAttr(program.op(0), "n", true, &edits));
  EXPECT_FALSE(SetBoolAttr(program.op(0), "use_cudnn", true, &edits));
  EXPECT_TRUE(edits.empty());
}

TEST(OpEditsTest, RenumberBlocks) {
  ExpectSame(
      [](const OpView& op, FieldEdits* edits) {
        const int32_t new_number[] = {0, 3, 300};
        RenumberBlocks(op, new_number, edits);
      },
      [](proto::OpDesc* op) {
        op->mutable_attrs(1)->set_block_idx(3);
        op->mutable_attrs(2)->set_blocks_idx(0, 300);
        op->mutable_attrs(2)->set_blocks_idx(1, 3);
      });
}

TEST(OpEditsTest, BlocksThatKeepTheirNumberAreNotTouched) {
  const Program program = testing::Load(Planted());
  FieldEdits edits;
  const int32_t new_number[] = {0, 1, 2};
  RenumberBlocks(program.op(0), new_number, &edits);
  EXPECT_TRUE(edits.empty());
}

// What the builder encodes are the bytes that protobuf writes.
TEST(BuilderTest, OpAsProtobufWritesIt) {
  const proto::ProgramDesc program = testing::ParseText(R"pb(
    blocks {
      idx: 0
      parent_idx: -1
      ops {
        inputs { parameter: "X" arguments: "x" }
        inputs { parameter: "Iter" arguments: "@STEP_COUNTER@" }
        outputs { parameter: "Out" arguments: "x.quantized" }
        type: "fake_quantize_range_abs_max"
        attrs { name: "bit_length" type: 0 i: 8 }
        attrs { name: "negative" type: 0 i: -1 }
        attrs { name: "moving_rate" type: 1 f: 0.9 }
        attrs { name: "is_test" type: 6 b: false }
        attrs { name: "op_namescope" type: 2 s: "/" }
        attrs { name: "op_callstack" type: 5 }
        attrs { name: "shape" type: 11 longs: -5 }
      }
    })pb");
  OpBuilder op;
  op.Type("left over");
  op.Clear();
  op.Input("X", "x");
  op.Input("Iter", "@STEP_COUNTER@");
  op.Output("Out", "x.quantized");
  op.Type("fake_quantize_range_abs_max");
  op.Int("bit_length", 8);
  op.Int("negative", -1);
  op.Float("moving_rate", 0.9F);
  op.Bool("is_test", false);
  op.String("op_namescope", "/");
  op.Attribute("op_callstack", std::span<const std::string>());
  const int64_t shape = -5;
  op.Attribute("shape", std::span(&shape, 1));
  EXPECT_EQ(op.message(), program.blocks(0).ops(0).SerializeAsString());
}

// An attribute of each kind that Paddle has ops for, as protobuf writes it.
struct AttrOfKind {
  const char* text;
  AttrValue value;
};
const int32_t kInts[] = {1, -2};
const int64_t kLongs[] = {int64_t{1} << 40U, -1};
const float kFloats[] = {0.5F, -1.0F};
const double kDoubles[] = {0.1, -3.0};
const bool kBools[] = {true, false};
const std::string kTexts[] = {"a", ""};
const AttrOfKind kAttrs[] = {
    {"type: 0 i: -7", int32_t{-7}},
    {"type: 1 f: 0.1", 0.1F},
    {"type: 2 s: 'text'", std::string_view("text")},
    {"type: 3 ints: 1 ints: -2", std::span<const int32_t>(kInts)},
    {"type: 4 floats: 0.5 floats: -1", std::span<const float>(kFloats)},
    {"type: 5 strings: 'a' strings: ''", std::span<const std::string>(kTexts)},
    {"type: 6 b: true", true},
    {"type: 7 bools: true bools: false", std::span<const bool>(kBools)},
    {"type: 8 block_idx: 3", BlockValue{3}},
    {"type: 9 l: -5000000000", int64_t{-5000000000}},
    {"type: 10 blocks_idx: 1 blocks_idx: -2", BlocksValue{kInts}},
    {"type: 11 longs: 1099511627776 longs: -1", std::span<const int64_t>(kLongs)},
    {"type: 12 float64s: 0.1 float64s: -3", std::span<const double>(kDoubles)},
    {"type: 13 var_name: 'w'", VarValue{"w"}},
    {"type: 14 vars_name: 'a' vars_name: ''", VarsValue{kTexts}},
    {"type: 15 float64: 0.1", 0.1},
};

proto::OpDesc::Attr AttrOf(const char* name, const AttrOfKind& kind) {
  return testing::ParseText("blocks { idx: 0 parent_idx: -1 ops { type: 'op' attrs { name: '" + std::string(name) +
                            "' " + kind.text + " } } }")
      .blocks(0)
      .ops(0)
      .attrs(0);
}

TEST(BuilderTest, AttributesOfEveryKind) {
  for (const AttrOfKind& kind : kAttrs) {
    EXPECT_EQ(EncodeAttr("n", kind.value), AttrOf("n", kind).SerializeAsString()) << kind.text;
  }
}

TEST(OpEditsTest, SetAttrOfEveryKind) {
  for (const AttrOfKind& kind : kAttrs) {
    ExpectSame([&](const OpView& op, FieldEdits* edits) { EXPECT_TRUE(SetAttr(op, "new", kind.value, edits)); },
               [&](proto::OpDesc* op) { *op->add_attrs() = AttrOf("new", kind); });
    // In place of another kind: what only a newer Paddle knows stays.
    ExpectSame(
        [&](const OpView& op, FieldEdits* edits) { EXPECT_TRUE(SetAttr(op, "n", kind.value, edits)); },
        [&](proto::OpDesc* op) {
          proto::OpDesc::Attr* attr = op->mutable_attrs(3);
          proto::OpDesc::Attr set = AttrOf("n", kind);
          set.GetReflection()->MutableUnknownFields(&set)->MergeFrom(attr->GetReflection()->GetUnknownFields(*attr));
          *attr = set;
        });
  }
  const Program program = testing::Load(Planted());
  FieldEdits edits;
  EXPECT_FALSE(SetAttr(program.op(0), "n", int32_t{1}, &edits));
  EXPECT_TRUE(edits.empty());
}

TEST(BuilderTest, SeveralArgumentsAndShapes) {
  const proto::ProgramDesc program = testing::ParseText(R"pb(
    blocks {
      idx: 0
      parent_idx: -1
      ops {
        inputs { parameter: "X" arguments: "a" arguments: "b" }
        inputs { parameter: "Empty" }
        outputs { parameter: "Out" arguments: "c" arguments: "c" }
        type: "op"
      }
      vars {
        name: "t"
        type {
          type: 7
          lod_tensor {
            tensor { data_type: 21 dims: -1 dims: 3 dims: 224 }
            lod_level: 0
          }
        }
        persistable: false
      }
    })pb");
  OpBuilder op;
  const std::string_view inputs[] = {"a", "b"};
  const std::string_view outputs[] = {"c", "c"};
  op.Inputs("X", inputs);
  op.Inputs("Empty", {});
  op.Outputs("Out", outputs);
  op.Type("op");
  EXPECT_EQ(op.message(), program.blocks(0).ops(0).SerializeAsString());
  const int64_t dims[] = {-1, 3, 224};
  EXPECT_EQ(EncodeTensorVar("t", proto::VarType::INT8, dims, false), program.blocks(0).vars(0).SerializeAsString());
}

TEST(BuilderTest, VariableAsProtobufWritesIt) {
  proto::VarDesc var;
  var.set_name("x.scale");
  var.mutable_type()->set_type(proto::VarType::LOD_TENSOR);
  auto* tensor = var.mutable_type()->mutable_lod_tensor();
  tensor->mutable_tensor()->set_data_type(proto::VarType::FP32);
  tensor->mutable_tensor()->add_dims(1);
  tensor->set_lod_level(0);
  var.set_persistable(true);
  EXPECT_EQ(EncodeTensorVar("x.scale", proto::VarType::FP32, 1, true), var.SerializeAsString());
}

TEST(BuilderTest, VariableOfTheTypeOfAnother) {
  const std::string type = BytesField(2, VarintField(1, 7) + VarintField(1000, 3));
  const std::string twice = BytesField(1, "x") + type + VarintField(3, 1) + type;
  proto::VarDesc var;
  ASSERT_TRUE(var.ParseFromString(EncodeVarOfType("y", VarView(twice).type_fields(), false)));
  EXPECT_EQ(var.name(), "y");
  EXPECT_FALSE(var.persistable());
  EXPECT_EQ(var.type().type(), 7);
  EXPECT_EQ(var.type().GetReflection()->GetUnknownFields(var.type()).field_count(), 2);
}

}  // namespace
}  // namespace pdquant
