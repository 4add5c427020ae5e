#include "text/canonical.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <random>
#include <set>

#include "support/program_builder.h"
#include "text/op_text.h"
#include "text/text_testing.h"

namespace pdquant {
namespace {

using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using ::google::protobuf::Reflection;
using testing::Canonical;
using ::testing::HasSubstr;

constexpr char kSmall[] = R"pb(
  version { version: 1008005 }
  blocks {
    idx: 0
    parent_idx: -1
    vars {
      name: "w"
      type {
        type: 7
        lod_tensor { tensor { data_type: 5 dims: 3 dims: -1 } }
      }
      persistable: true
    }
    vars {
      name: "a b"
      type {
        type: 7
        lod_tensor {
          tensor { data_type: 99 dims: 3 }
          lod_level: 2
        }
      }
      attrs { name: "k" type: 0 i: 4 }
    }
    vars {
      name: "list"
      type { type: 17 }
    }
    ops {
      type: "while"
      outputs { parameter: "Out" arguments: "w" arguments: "x\n" }
      inputs { parameter: "X" arguments: "w" }
      inputs { parameter: "Empty" }
      attrs { name: "sub_block" type: 8 block_idx: 1 }
      attrs { name: "axis" type: 0 i: -5 }
      attrs { name: "epsilon" type: 1 f: 1e-5 }
      attrs { name: "op_callstack" type: 5 strings: "line 1" }
      attrs { name: "new" type: 77 i: 3 }
    }
  }
  blocks { idx: 1 parent_idx: 0 forward_block_idx: 7 })pb";

constexpr char kSmallText[] = R"(program
  version: 1008005
block main
  var 'a b'
    type: LOD_TENSOR unknown 99 [3] lod_level 2
    attr k: INT 4
  var list
    type: RAW
  var w
    type: LOD_TENSOR FP32 [3, -1]
    persistable: true
  op while
    out Out: w
    out Out: 'x\n'
    in Empty:
    in X: w
    attr axis: INT -5
    attr epsilon: FLOAT 1e-05
    attr new: unknown 77, i: 3
    attr sub_block: BLOCK while:w
block while:w
  parent: main
  forward: (no block 7)
)";

TEST(CanonicalTest, Text) { EXPECT_EQ(Canonical(testing::ParseText(kSmall)), kSmallText); }

TEST(CanonicalTest, OpVersions) {
  proto::ProgramDesc message = testing::ParseText(kSmall);
  for (const char* name : {"b", "a"}) {
    auto* pair = message.mutable_op_version_map()->add_pair();
    pair->set_op_name(name);
    pair->mutable_op_version()->set_version(2);
  }
  EXPECT_THAT(Canonical(message), HasSubstr("\n  op_version a: 2\n  op_version b: 2\n"));
  auto* version = message.mutable_op_version_map()->mutable_pair(0)->mutable_op_version();
  version->GetReflection()->MutableUnknownFields(version)->AddVarint(1000, 1);
  EXPECT_THAT(Canonical(message),
              HasSubstr("  op_version {op_name: 'b', op_version: {version: 2, unknown 1000: varint 1}}\n"));
}

// Blocks without an owner, with one label, and without a place.
TEST(CanonicalTest, BlockLabels) {
  const std::string text = Canonical(testing::ParseText(R"pb(
    blocks {
      idx: 0
      parent_idx: -1
      ops {
        type: "a"
        attrs { name: "x" type: 10 blocks_idx: 2 blocks_idx: 1 blocks_idx: 9 blocks_idx: 0 }
      }
    }
    blocks { idx: 1 parent_idx: 0 }
    blocks { idx: 2 parent_idx: 1 }
    blocks { idx: 5 parent_idx: -1 }
    blocks { idx: 4 parent_idx: 3 })pb"));
  EXPECT_THAT(text, HasSubstr("attr x: BLOCKS [a, a#2, (no block 9), main]\n"));
  EXPECT_THAT(text, HasSubstr("block a#2\n  parent: main\nblock a\n  parent: a#2\n"));
  EXPECT_THAT(text,
              HasSubstr("block unowned\n  idx: 5 instead of 3\n  parent: none\nblock unowned#2\n  parent: unowned\n"));
}

// What has no order in Paddle.
TEST(CanonicalTest, OrderOfVariablesSlotsAndAttributes) {
  std::mt19937 random(1);
  for (const char* network : {"lenet", "cond", "lstm"}) {
    proto::ProgramDesc message = testing::ParseMessage(testing::ReadFile(testing::MainOf(network)));
    const std::string before = Canonical(message);
    const auto shuffle = [&](auto* list) {
      for (int i = list->size() - 1; i > 0; --i)
        list->SwapElements(i, std::uniform_int_distribution<int>(0, i)(random));
    };
    for (auto& block : *message.mutable_blocks()) {
      shuffle(block.mutable_vars());
      for (auto& op : *block.mutable_ops()) {
        shuffle(op.mutable_attrs());
        shuffle(op.mutable_inputs());
        shuffle(op.mutable_outputs());
        for (auto& attr : *op.mutable_attrs()) {
          if (attr.name() == "op_callstack") attr.add_strings("elsewhere");
        }
      }
    }
    EXPECT_EQ(Canonical(message), before) << network;
  }
}

TEST(CanonicalTest, AnInsertedOpTouchesOnlyItsOwnLines) {
  for (const char* network : {"lenet", "dynamic_rnn"}) {
    proto::ProgramDesc message = testing::ParseMessage(testing::ReadFile(testing::MainOf(network)));
    const std::string before = Canonical(message);
    auto* block = message.mutable_blocks(message.blocks_size() - 1);
    auto* op = block->add_ops();
    op->set_type("new");
    op->add_inputs()->set_parameter("X");
    op->mutable_inputs(0)->add_arguments("a");
    for (int i = block->ops_size() - 1; i > block->ops_size() / 2; --i) block->mutable_ops()->SwapElements(i, i - 1);
    const auto changes = testing::CompareLines(before, Canonical(message));
    EXPECT_EQ(changes.removed, 0U);
    EXPECT_EQ(changes.added, 2U);
  }
}

TEST(CanonicalTest, AChangedAttributeIsOneChangedLine) {
  const proto::ProgramDesc original = testing::ParseMessage(testing::ReadFile(testing::MainOf("mlp")));
  const std::string before = Canonical(original);
  for (int i = 0; i < original.blocks(0).ops_size(); ++i) {
    for (int k = 0; k < original.blocks(0).ops(i).attrs_size(); ++k) {
      proto::ProgramDesc message = original;
      auto* attr = message.mutable_blocks(0)->mutable_ops(i)->mutable_attrs(k);
      if (attr->type() != proto::INT && attr->type() != proto::INTS) continue;
      if (attr->type() == proto::INT) attr->set_i(attr->i() + 1);
      if (attr->type() == proto::INTS) attr->add_ints(7);
      const auto changes = testing::CompareLines(before, Canonical(message));
      ASSERT_EQ(changes.removed, 1U);
      ASSERT_EQ(changes.added, 1U);
    }
  }
}

// Calls `f` with a message and each message inside it.
void ForEachMessage(Message* message, const std::function<void(Message*)>& f) {
  f(message);
  std::vector<const FieldDescriptor*> fields;
  const Reflection* reflection = message->GetReflection();
  reflection->ListFields(*message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      ForEachMessage(reflection->MutableMessage(message, field), f);
      continue;
    }
    for (int i = 0; i < reflection->FieldSize(*message, field); ++i) {
      ForEachMessage(reflection->MutableRepeatedMessage(message, field, i), f);
    }
  }
}

// Each fact, changed alone, changes the text: those that are there, and each field that could be.
class FieldMutator {
 public:
  explicit FieldMutator(proto::ProgramDesc program) : program_(std::move(program)), before_(Canonical(program_)) {}

  void Run() {
    ForEachMessage(&program_, [this](Message* message) {
      const auto* attr = dynamic_cast<const proto::OpDesc::Attr*>(message);
      if (attr != nullptr && attr->name() == "op_callstack") return;
      for (int i = 0; i < message->GetDescriptor()->field_count(); ++i)
        MutateField(message, message->GetDescriptor()->field(i));
      message->GetReflection()->MutableUnknownFields(message)->AddVarint(1000, 5);
      ExpectDifference(message, "unknown field");
      message->GetReflection()->MutableUnknownFields(message)->Clear();
    });
    EXPECT_EQ(Canonical(program_), before_);
  }

 private:
  void ExpectDifference(const Message* message, const std::string& field) const {
    if (program_.blocks().empty()) return;  // doesn't load
    EXPECT_NE(Canonical(program_), before_) << message->GetTypeName() << "." << field;
  }

  void MutateField(Message* message, const FieldDescriptor* field) {
    const std::unique_ptr<Message> saved(message->New());
    saved->CopyFrom(*message);
    const Reflection* reflection = message->GetReflection();
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      if (field->is_repeated() && reflection->FieldSize(*message, field) > 0) {
        reflection->RemoveLast(message, field);
        ExpectDifference(message, field->name() + " removed");
      } else if (!field->is_repeated() && reflection->HasField(*message, field)) {
        reflection->ClearField(message, field);
        ExpectDifference(message, field->name() + " cleared");
      }
    } else {
      ChangeValue(message, field);
      ExpectDifference(message, field->name());
    }
    message->CopyFrom(*saved);
  }

  static void ChangeValue(Message* m, const FieldDescriptor* field) {
    const Reflection* r = m->GetReflection();
    const bool list = field->is_repeated();
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return list ? r->AddInt32(m, field, 3) : r->SetInt32(m, field, r->GetInt32(*m, field) + 1);
      case FieldDescriptor::CPPTYPE_INT64:
        return list ? r->AddInt64(m, field, 3) : r->SetInt64(m, field, r->GetInt64(*m, field) + (int64_t{1} << 40U));
      case FieldDescriptor::CPPTYPE_BOOL:
        return list ? r->AddBool(m, field, true) : r->SetBool(m, field, !r->GetBool(*m, field));
      case FieldDescriptor::CPPTYPE_FLOAT:
        return list ? r->AddFloat(m, field, 0.1F)
                    : r->SetFloat(m, field,
                                  std::nextafter(r->GetFloat(*m, field), std::numeric_limits<float>::infinity()));
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return list ? r->AddDouble(m, field, 0.1)
                    : r->SetDouble(m, field,
                                   std::nextafter(r->GetDouble(*m, field), std::numeric_limits<double>::infinity()));
      case FieldDescriptor::CPPTYPE_STRING:
        return list ? r->AddString(m, field, "") : r->SetString(m, field, r->GetString(*m, field) + "\x01");
      default:
        FAIL() << "a field of another kind: " << field->full_name();
    }
  }

  proto::ProgramDesc program_;
  std::string before_;
};

TEST(CanonicalTest, EachFactIsInTheText) {
  FieldMutator(testing::ParseText(kSmall)).Run();
  FieldMutator(testing::ParseText(R"pb(
    op_compatible_map {
      default_required_version: "1.6"
      pair {
        op_name: "a"
        compatible_info { version: "1.7" type: 1 }
      }
    }
    op_version_map {
      pair {
        op_name: "a"
        op_version { version: 3 }
      }
    }
    blocks {
      idx: 0
      parent_idx: -1
      vars {
        name: "rows"
        type {
          type: 8
          selected_rows { data_type: 5 dims: 4 }
        }
      }
      vars {
        name: "array"
        type {
          type: 13
          tensor_array { tensor { data_type: 5 } }
        }
      }
      vars {
        name: "other"
        type {
          type: 15
          reader { lod_tensor { tensor { data_type: 3 dims: 2 } } }
          tuple { element_type: 5 }
          sparse_coo { data_type: 5 dims: 4 }
        }
      }
      ops {
        type: "all"
        is_target: true
        attrs { name: "a" type: 0 i: 1 }
        attrs { name: "b" type: 1 f: 1 }
        attrs { name: "c" type: 2 s: "t" }
        attrs { name: "d" type: 3 ints: 1 }
        attrs { name: "e" type: 4 floats: 1 }
        attrs { name: "f" type: 5 strings: "t" }
        attrs { name: "g" type: 6 b: true }
        attrs { name: "h" type: 7 bools: true }
        attrs { name: "j" type: 9 l: 1 }
        attrs { name: "k" type: 11 longs: 1 }
        attrs { name: "l" type: 12 float64s: 1 }
        attrs { name: "m" type: 13 var_name: "t" }
        attrs { name: "n" type: 14 vars_name: "t" }
        attrs { name: "o" type: 15 float64: 1 }
        attrs {
          name: "p"
          type: 16
          scalar {
            type: 4
            c { r: 1 i: 2 }
          }
        }
        attrs {
          name: "q"
          type: 17
          scalars { type: 2 i: 5 }
        }
      }
    })pb"))
      .Run();
}

TEST(CanonicalTest, EachFactOfRealProgramsIsInTheText) {
  FieldMutator(testing::ParseMessage(testing::ReadFile(testing::MainOf("linear")))).Run();
}

// P16: whatever a name holds, each line stays a line of printable text, and no two names look alike.
TEST(CanonicalTest, NamesAreEscapedAndTellApart) {
  const std::vector<std::string> names = {"a",
                                          "'a'",
                                          "a b",
                                          "a\nb",
                                          "a\\nb",
                                          std::string("a\0b", 3),
                                          "a\x1b[31m",
                                          "\xff",
                                          "\\xff",
                                          "\xe2\x80\xae"
                                          "a",
                                          "\xc3\xa4",
                                          "",
                                          "a: b",
                                          "[]",
                                          "a'b",
                                          std::string(300, 'x'),
                                          std::string(299, 'x') + "\xff"};
  std::set<std::string> lines;
  for (const std::string& name : names) {
    proto::ProgramDesc message = testing::ParseText(kSmall);
    message.mutable_blocks(0)->mutable_ops(0)->mutable_inputs(0)->set_arguments(0, name);
    const std::string text = Canonical(message);
    for (const std::string& line : testing::Lines(text)) {
      if (line.starts_with("    in X: ")) lines.insert(line);
    }
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find('\xff'), std::string::npos);
    EXPECT_EQ(testing::Lines(text).size(), testing::Lines(kSmallText).size());
  }
  EXPECT_EQ(lines.size(), names.size());
}

TEST(CanonicalTest, StopsWhereNobodyListens) {
  const Program program = testing::Load(testing::ReadFile(testing::MainOf("resnet")));
  int calls = 0;
  EXPECT_FALSE(WriteCanonical(Index(program), [&](std::string_view) {
    ++calls;
    return false;
  }));
  EXPECT_EQ(calls, 1);
}

// A label comes with each block and each change in it: of a long name both ends and a number are enough.
TEST(BlockLabelTest, LongNamesAreCut) {
  const auto labels = [](const std::string& name) {
    return BlockLabels(Index(testing::Load(testing::BuildProgram("while : Out=" + name +
                                                                 " | a=block:1 b=block:2\n"
                                                                 "block 0\nblock 0\n"))));
  };
  const std::string name(150, 'a');
  EXPECT_EQ(labels(name).label(1), "while:" + name);
  const std::string end(500, 'b');
  const std::string label = labels(name + end).label(1);
  EXPECT_LT(label.size(), 200U);
  EXPECT_TRUE(label.starts_with("while:aaa") && label.ends_with("bbb")) << label;
  EXPECT_EQ(labels(name + end).label(2), label + "#2");
  EXPECT_NE(labels(name + "c" + end).label(1), label);
}

}  // namespace
}  // namespace pdquant
