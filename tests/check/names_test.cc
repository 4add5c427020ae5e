// P14 to P16: which names are declared, which are visible where, and what they may hold.
#include <gmock/gmock.h>

#include <algorithm>
#include <functional>

#include "check/check_testing.h"

namespace pdquant {
namespace {

using std::string_literals::operator""s;  // NOLINT(misc-unused-using-decls): clang-tidy 14 doesn't see its use
using testing::Codes;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Block 1 lies in block 0; block 2 is the backward of block 1, and in block 0.
constexpr char kBlocks[] = R"pb(
  blocks {
    idx: 0
    parent_idx: -1
    vars {
      name: "outer"
      type { type: 7 }
    }
    ops {
      type: "a"
      inputs { parameter: "X" arguments: "outer" }
      outputs { parameter: "Out" arguments: "outer" }
    }
  }
  blocks {
    idx: 1
    parent_idx: 0
    vars {
      name: "inner"
      type { type: 7 }
    }
    ops {
      type: "b"
      inputs { parameter: "X" arguments: "inner" arguments: "outer" }
      outputs { parameter: "Out" arguments: "inner" }
    }
  }
  blocks {
    idx: 2
    parent_idx: 0
    forward_block_idx: 1
    vars {
      name: "backward"
      type { type: 7 }
    }
    ops {
      type: "c"
      inputs { parameter: "X" arguments: "inner" arguments: "outer" }
      outputs { parameter: "Out" arguments: "backward" }
    }
  }
  version { version: 1008005 })pb";

proto::OpDesc* Op(proto::ProgramDesc* program, int block) { return program->mutable_blocks(block)->mutable_ops(0); }

Findings CheckWith(const std::function<void(proto::ProgramDesc*)>& change) {
  proto::ProgramDesc program = testing::ParseText(kBlocks);
  change(&program);
  return testing::Check(program);
}

TEST(CheckNamesTest, VisibleThroughParentsAndForwardBlocks) {
  EXPECT_THAT(Codes(CheckWith([](auto*) {})), IsEmpty());
  // Without its forward block, block 2 doesn't see what block 1 declares; nor does block 0 ever.
  EXPECT_THAT(Codes(CheckWith([](auto* p) { p->mutable_blocks(2)->clear_forward_block_idx(); })),
              ElementsAre("undeclared-variable"));
  EXPECT_THAT(Codes(CheckWith([](auto* p) { Op(p, 0)->mutable_inputs(0)->add_arguments("inner"); })),
              ElementsAre("undeclared-variable"));
  EXPECT_THAT(Codes(CheckWith([](auto* p) { Op(p, 1)->mutable_inputs(0)->add_arguments("backward"); })),
              ElementsAre("undeclared-variable"));
  // A block that lies in block 2 sees them through it.
  EXPECT_THAT(Codes(CheckWith([](auto* p) {
                auto* block = p->add_blocks();
                block->set_idx(3);
                block->set_parent_idx(2);
                *block->add_ops() = p->blocks(2).ops(0);
              })),
              IsEmpty());
}

TEST(CheckNamesTest, SaysWhere) {
  const Findings findings = CheckWith([](auto* p) { Op(p, 1)->mutable_outputs(0)->add_arguments("lost"); });
  ASSERT_EQ(findings.all().size(), 1U);
  EXPECT_EQ(ToString(findings.all()[0].place), "block 1, op 0 'b', output 'Out', variable 'lost'");
}

TEST(CheckNamesTest, EmptyVariableIsNoName) {
  EXPECT_THAT(Codes(CheckWith([](auto* p) {
                Op(p, 0)->mutable_inputs(0)->add_arguments("@EMPTY@");
                Op(p, 0)->mutable_outputs(0)->add_arguments("@EMPTY@");
              })),
              IsEmpty());
}

TEST(CheckNamesTest, GradientsThatRecurrentLinksAtRunTime) {
  EXPECT_THAT(Codes(CheckWith([](auto* p) { Op(p, 2)->mutable_inputs(0)->add_arguments("inner@GRAD"); })), IsEmpty());
  // An output isn't linked, unless nothing runs its block: then it is what a second backward left over, and some other
  // block declares it.
  const auto undeclared_output = [](bool owned, bool elsewhere = true) {
    return Codes(CheckWith([&](auto* p) {
      Op(p, 2)->mutable_outputs(0)->add_arguments("inner@GRAD");
      if (elsewhere) {
        auto* block = p->add_blocks();
        block->set_idx(3);
        block->set_parent_idx(0);
        *block->add_vars() = p->blocks(0).vars(0);
        block->mutable_vars(0)->set_name("inner@GRAD");
      }
      if (!owned) return;
      proto::OpDesc::Attr* attr = Op(p, 0)->add_attrs();
      attr->set_name("sub_block");
      attr->set_type(proto::BLOCK);
      attr->set_block_idx(2);
    }));
  };
  EXPECT_THAT(undeclared_output(true), ElementsAre("undeclared-variable"));
  EXPECT_THAT(undeclared_output(false), IsEmpty());
  EXPECT_THAT(undeclared_output(false, false), ElementsAre("undeclared-variable"));
  EXPECT_THAT(Codes(CheckWith([](auto* p) { Op(p, 1)->mutable_inputs(0)->add_arguments("inner@GRAD"); })),
              ElementsAre("undeclared-variable"));
}

// As while_grad, whose body computes its condition, is written by Paddle 1.8.5.
TEST(CheckNamesTest, GradientsOfABodyAtWhileGrad) {
  const auto with_type = [](const std::string& type) {
    return CheckWith([&](auto* p) {
      Op(p, 0)->set_type(type);
      Op(p, 0)->mutable_inputs(0)->add_arguments("inner@GRAD");
    });
  };
  EXPECT_THAT(Codes(with_type("while_grad")), IsEmpty());
  EXPECT_THAT(Codes(with_type("while")), ElementsAre("undeclared-variable"));
}

TEST(CheckNamesTest, AttributesThatNameVariables) {
  const auto with_attr = [](proto::AttrType type, const std::string& name) {
    return CheckWith([&](auto* p) {
      auto* attr = Op(p, 1)->add_attrs();
      attr->set_name("condition");
      attr->set_type(type);
      type == proto::VAR ? attr->set_var_name(name) : attr->add_vars_name(name);
    });
  };
  for (const proto::AttrType type : {proto::VAR, proto::VARS}) {
    EXPECT_THAT(Codes(with_attr(type, "outer")), IsEmpty());
    EXPECT_THAT(Codes(with_attr(type, "backward")), ElementsAre("undeclared-variable"));
    EXPECT_THAT(Codes(with_attr(type, "lost")), ElementsAre("undeclared-variable"));
  }
}

// Each argument of each op of real programs, with its name changed.
TEST(CheckNamesTest, EachArgumentOfRealPrograms) {
  for (const char* network : {"linear", "cond", "no_quantizable"}) {
    proto::ProgramDesc program = testing::ParseMessage(testing::ReadFile(testing::MainOf(network)));
    for (auto& block : *program.mutable_blocks()) {
      for (auto& op : *block.mutable_ops()) {
        for (auto* slots : {op.mutable_inputs(), op.mutable_outputs()}) {
          for (auto& slot : *slots) {
            for (auto& argument : *slot.mutable_arguments()) {
              const std::string before = argument;
              argument += "'";
              EXPECT_THAT(Codes(testing::Check(program)), ElementsAre("undeclared-variable")) << before;
              argument = before;
            }
          }
        }
      }
    }
  }
}

// Each declaration of a real program is needed, unless nothing reads or writes the variable.
TEST(CheckNamesTest, EachDeclarationOfARealProgram) {
  const proto::ProgramDesc program = testing::ParseMessage(testing::ReadFile(testing::MainOf("linear")));
  for (int i = 0; i < program.blocks(0).vars_size(); ++i) {
    const std::string& name = program.blocks(0).vars(i).name();
    bool used = false;
    for (const auto& op : program.blocks(0).ops()) {
      for (const auto* slots : {&op.inputs(), &op.outputs()}) {
        for (const auto& slot : *slots) used |= std::count(slot.arguments().begin(), slot.arguments().end(), name) != 0;
      }
    }
    proto::ProgramDesc cut = program;
    cut.mutable_blocks(0)->mutable_vars()->DeleteSubrange(i, 1);
    EXPECT_EQ(testing::Check(cut).has_errors(), used) << name;
  }
}

// P15.
TEST(CheckNamesTest, DuplicatesAndShadowing) {
  const Findings twice = CheckWith([](auto* p) { *p->mutable_blocks(1)->add_vars() = p->blocks(1).vars(0); });
  ASSERT_THAT(Codes(twice), ElementsAre("duplicate-variable"));
  EXPECT_EQ(ToString(twice.all()[0].place), "block 1, variable 'inner'");
  EXPECT_THAT(Codes(CheckWith([](auto* p) {
                for (int i = 0; i < 3; ++i) *p->mutable_blocks(0)->add_vars() = p->blocks(0).vars(0);
              })),
              ElementsAre("duplicate-variable", "duplicate-variable", "duplicate-variable"));
  EXPECT_THAT(Codes(CheckWith([](auto* p) {  // one name in each block
                for (int b = 1; b < 3; ++b) *p->mutable_blocks(b)->add_vars() = p->blocks(0).vars(0);
              })),
              IsEmpty());
}

TEST(CheckNamesTest, EmptyNames) {
  EXPECT_THAT(Codes(CheckWith([](auto* p) { Op(p, 0)->set_type(""); })), ElementsAre("empty-name"));
  EXPECT_THAT(Codes(CheckWith([](auto* p) { Op(p, 0)->mutable_inputs(0)->add_arguments(""); })),
              ElementsAre("empty-name"));
  EXPECT_THAT(Codes(CheckWith([](auto* p) { p->mutable_blocks(0)->mutable_vars(0)->set_name(""); })),
              Contains("empty-name"));
  EXPECT_THAT(Codes(CheckWith([](auto* p) {  // twice, and read
                for (int i = 0; i < 2; ++i) {
                  *p->mutable_blocks(0)->add_vars() = p->blocks(0).vars(0);
                  p->mutable_blocks(0)->mutable_vars(i + 1)->set_name("");
                }
                Op(p, 0)->mutable_inputs(0)->add_arguments("");
              })),
              Each("empty-name"));
}

// P16: any bytes are a name, and no finding prints them raw.
TEST(CheckNamesTest, UnusualBytes) {
  const std::string kNames[] = {
      "\xff\xfe", "a\0b"s, "a\nb", "\x1b[31mred", "\u202eright to left", "'", "\\", std::string(1 << 20, 'n'),
      "@",        " "};
  for (const std::string& name : kNames) {
    const auto rename = [&](proto::ProgramDesc* p) {
      p->mutable_blocks(0)->mutable_vars(0)->set_name(name);
      for (int b = 0; b < 3; ++b) Op(p, b)->mutable_inputs(0)->set_arguments(b == 0 ? 0 : 1, name);
      Op(p, 0)->mutable_outputs(0)->set_arguments(0, name);
    };
    EXPECT_THAT(Codes(CheckWith(rename)), IsEmpty());
    const Findings findings = CheckWith([&](auto* p) {
      rename(p);
      p->mutable_blocks(0)->clear_vars();
      Op(p, 0)->mutable_inputs(0)->set_parameter(name);
      Op(p, 0)->set_type(name);
    });
    EXPECT_THAT(Codes(findings), Each("undeclared-variable"));
    for (const Finding& finding : findings.all()) {
      const std::string line = ToString(finding.place) + finding.text + finding.hint;
      EXPECT_TRUE(std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c <= '~'; })) << line;
      EXPECT_LT(line.size(), 2000U);
    }
  }
}

}  // namespace
}  // namespace pdquant
