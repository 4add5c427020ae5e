// Programs that are the same but for names: --ignore-names, and with --ignore-order the order that names decide.
#include <gmock/gmock.h>

#include "diff/diff_testing.h"
#include "support/program_builder.h"

namespace pdquant::testing {
namespace {

DiffOptions IgnoreNames(bool ignore_order = false) {
  DiffOptions options = DefaultOptions();
  options.ignore_names = true;
  options.ignore_order = ignore_order;
  return options;
}

std::string Report(const std::string& name) { return ReadFile(PDQUANT_TESTDATA "/reports/" + name); }

void ExpectEqual(const std::string& a, const std::string& b, const DiffOptions& options) {
  const Compared there(a, b, options);
  EXPECT_TRUE(there.equal()) << there.Text();
  const Compared back(b, a, options);
  EXPECT_TRUE(back.equal()) << back.Text();
}

// A second run in one process counts on: names of variables, name scopes, functions of py_func. What a while op reads
// stands in the order of a set of Python.
TEST(SameNetAgainTest, OfARealUser) {
  ExpectEqual(Report("same-net-again/a.pb"), Report("same-net-again/renum.pb"), IgnoreNames());
  EXPECT_FALSE(Compared(Report("same-net-again/a.pb"), Report("same-net-again/renum.pb")).equal());
}

TEST(SameNetAgainTest, NameScopesLoopsAndFunctions) {
  ExpectEqual(Report("same-net-again/train-1.8-1.pb"), Report("same-net-again/train-1.8-2.pb"), IgnoreNames());
  ExpectEqual(Report("same-net-again/startup-1.8-1.pb"), Report("same-net-again/startup-1.8-2.pb"), IgnoreNames());
  ExpectEqual(Report("same-net-again/startup-2.6-1.pb"), Report("same-net-again/startup-2.6-2.pb"), IgnoreNames());
  ExpectEqual(Report("same-net-again/train-2.6-1.pb"), Report("same-net-again/train-2.6-2.pb"), IgnoreNames());
}

// fc_10 comes before fc_8: the optimizer goes through its parameters in the order of their names.
TEST(SameNetAgainTest, OrderOfNames) {
  for (const std::string part : {"train", "startup"}) {
    const std::string second = Report("same-net-again/" + part + "-1.8-2.pb");
    const std::string third = Report("same-net-again/" + part + "-1.8-3.pb");
    ExpectEqual(second, third, IgnoreNames(true));
    EXPECT_EQ(Compared(second, third, IgnoreNames()).diff().counts().moved_with_effect, 0U);
  }
}

// What was changed by hand is still seen.
TEST(SameNetAgainTest, AnotherScope) {
  const std::string first = Report("same-net-again/train-1.8-1.pb");
  for (const std::string scope : {"/decoder/", "/encoder/", "/encoder_1/block/"}) {
    proto::ProgramDesc program = ParseMessage(Report("same-net-again/train-1.8-2.pb"));
    size_t changed = 0;
    for (proto::OpDesc& op : *program.mutable_blocks(0)->mutable_ops()) {
      if (op.type() != "dropout") continue;
      for (proto::OpDesc::Attr& attr : *op.mutable_attrs()) {
        if (attr.name() != "op_namescope") continue;
        attr.set_s(scope);
        ++changed;
      }
    }
    ASSERT_EQ(changed, 1U);
    const Compared compared(first, program.SerializeAsString(), IgnoreNames());
    EXPECT_EQ(compared.diff().counts().ops.changed, 1U) << compared.Text();
  }
}

// Only what Paddle numbers may differ: not what follows the last scope, and no other field of the attribute.
TEST(NumberedTest, TheRestOfTheAttribute) {
  const auto program = [](const std::string& scope) {
    return BuildProgram("relu X=x : Out=y | op_namescope=" + scope);
  };
  ExpectEqual(program("/enc_1/foo").SerializeAsString(), program("/enc_2/foo").SerializeAsString(), IgnoreNames());
  EXPECT_FALSE(Compared(program("/enc/foo"), program("/enc/bar"), IgnoreNames()).equal());
  EXPECT_FALSE(Compared(program("/enc/foo"), program("/enc/"), IgnoreNames()).equal());
  proto::ProgramDesc other = program("/enc_2/foo");
  other.mutable_blocks(0)->mutable_ops(0)->mutable_attrs(0)->set_i(7);
  EXPECT_FALSE(Compared(program("/enc_1/foo"), other, IgnoreNames()).equal());
}

// A path that no network has is compared as it is: its parts would be as many texts as it has scopes.
TEST(NumberedTest, OnlyOfPathsThatNetworksHave) {
  const auto program = [](const std::string& first, size_t scopes) {
    std::string scope = "/" + first + "/";
    for (size_t i = 1; i < scopes; ++i) scope += "s/";
    return BuildProgram("relu X=x : Out=y | op_namescope=" + scope);
  };
  EXPECT_TRUE(Compared(program("enc_1", 60), program("enc_2", 60), IgnoreNames()).equal());
  EXPECT_TRUE(Compared(program("enc_1", 100), program("enc_1", 100), IgnoreNames()).equal());
  EXPECT_FALSE(Compared(program("enc_1", 100), program("enc_2", 100), IgnoreNames()).equal());
}

TEST(SymmetricTest, OfARealUser) {
  ExpectEqual(Report("symmetric/sym1.pb"), Report("symmetric/sym2.pb"), IgnoreNames(true));
}

void AddOp(const std::string& type, const std::vector<std::string>& inputs, const std::string& output,
           proto::BlockDesc* block) {
  proto::OpDesc* op = block->add_ops();
  op->set_type(type);
  const std::vector<std::string> slots = {"X", "Y"};
  for (size_t i = 0; i < inputs.size(); ++i) {
    proto::OpDesc::Var* slot = op->add_inputs();
    slot->set_parameter(slots[i]);
    slot->add_arguments(inputs[i]);
  }
  proto::OpDesc::Var* slot = op->add_outputs();
  slot->set_parameter("Out");
  slot->add_arguments(output);
}

proto::ProgramDesc Empty() {
  proto::ProgramDesc program;
  proto::BlockDesc* block = program.add_blocks();
  block->set_idx(0);
  block->set_parent_idx(-1);
  return program;
}

// Two towers alike, of `depth` ops, that only their last reader tells apart.
std::string Towers(const std::string& left, const std::string& right, int depth, bool mirrored) {
  proto::ProgramDesc program = Empty();
  proto::BlockDesc* block = program.mutable_blocks(0);
  const auto name = [](const std::string& tower, int i) { return i == 0 ? "x" : tower + std::to_string(i); };
  for (int i = 0; i < depth; ++i) {
    AddOp("relu", {name(left, i)}, name(left, i + 1), block);
    AddOp("relu", {name(right, i)}, name(right, i + 1), block);
  }
  const std::string last_left = name(left, depth);
  const std::string last_right = name(right, depth);
  if (mirrored) {
    AddOp("elementwise_sub", {last_right, last_left}, "out", block);
  } else {
    AddOp("elementwise_sub", {last_left, last_right}, "out", block);
  }
  return program.SerializePartialAsString();
}

TEST(SymmetricTest, Towers) {
  for (const int depth : {1, 2, 20, 300}) {
    ExpectEqual(Towers("a", "b", depth, false), Towers("a", "b", depth, true), IgnoreNames(true));
    ExpectEqual(Towers("a", "b", depth, false), Towers("b", "a", depth, false), IgnoreNames());
    EXPECT_FALSE(Compared(Towers("a", "b", depth, false), Towers("a", "b", depth, true)).equal());
  }
}

// What nothing but its own tower tells apart has to go together: exp reads the relu of its own tower.
TEST(SymmetricTest, AlikeInAnotherOrder) {
  proto::ProgramDesc a = Empty();
  AddOp("relu", {"x"}, "a1", a.mutable_blocks(0));
  AddOp("exp", {"a1"}, "a2", a.mutable_blocks(0));
  AddOp("relu", {"x"}, "b1", a.mutable_blocks(0));
  AddOp("exp", {"b1"}, "b2", a.mutable_blocks(0));
  proto::ProgramDesc b = Empty();
  AddOp("relu", {"x"}, "a1", b.mutable_blocks(0));
  AddOp("relu", {"x"}, "b1", b.mutable_blocks(0));
  AddOp("exp", {"b1"}, "a2", b.mutable_blocks(0));
  AddOp("exp", {"a1"}, "b2", b.mutable_blocks(0));
  ExpectEqual(a.SerializePartialAsString(), b.SerializePartialAsString(), IgnoreNames(true));
  // One weight for both towers is no renaming of one for each.
  AddOp("scale", {"w1"}, "s1", a.mutable_blocks(0));
  AddOp("sign", {"w1"}, "t1", a.mutable_blocks(0));
  AddOp("scale", {"w2"}, "s2", a.mutable_blocks(0));
  AddOp("sign", {"w2"}, "t2", a.mutable_blocks(0));
  AddOp("scale", {"w1"}, "s1", b.mutable_blocks(0));
  AddOp("scale", {"w2"}, "s2", b.mutable_blocks(0));
  proto::ProgramDesc other = b;
  AddOp("sign", {"w2"}, "t1", b.mutable_blocks(0));
  AddOp("sign", {"w1"}, "t2", b.mutable_blocks(0));
  ExpectEqual(a.SerializePartialAsString(), b.SerializePartialAsString(), IgnoreNames(true));
  AddOp("sign", {"w1"}, "t1", other.mutable_blocks(0));
  AddOp("sign", {"w1"}, "t2", other.mutable_blocks(0));
  EXPECT_FALSE(Compared(a.SerializePartialAsString(), other.SerializePartialAsString(), IgnoreNames(true)).equal());
}

// A change elsewhere doesn't hide that the rest is symmetric.
TEST(SymmetricTest, WithOneChange) {
  proto::ProgramDesc a = ParseMessage(Towers("a", "b", 3, false));
  proto::ProgramDesc b = ParseMessage(Towers("a", "b", 3, true));
  AddOp("tanh", {"y"}, "z", a.mutable_blocks(0));
  AddOp("sigmoid", {"y"}, "z", b.mutable_blocks(0));
  const Compared compared(a, b, IgnoreNames(true));
  const ChangeCounts& counts = compared.diff().counts();
  EXPECT_EQ(counts.ops.inserted + counts.ops.removed + counts.ops.changed, 2U) << compared.Text();
}

}  // namespace
}  // namespace pdquant::testing
