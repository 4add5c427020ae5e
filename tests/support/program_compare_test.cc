#include "support/program_compare.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <functional>

#include "support/programs.h"

namespace pdquant::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kProgram[] = R"pb(
  blocks {
    idx: 0
    parent_idx: -1
    vars {
      name: "x"
      type {
        type: 7
        lod_tensor { tensor { data_type: 5 dims: -1 dims: 13 } }
      }
    }
    vars {
      name: "w"
      type {
        type: 7
        lod_tensor { tensor { data_type: 5 dims: 13 dims: 1 } }
      }
      persistable: true
    }
    ops {
      inputs { parameter: "X" arguments: "x" }
      inputs { parameter: "Y" arguments: "w" }
      outputs { parameter: "Out" arguments: "y" }
      type: "mul"
      attrs { name: "x_num_col_dims" type: 0 i: 1 }
      attrs { name: "op_role_var" type: 5 strings: "w" }
      attrs { name: "op_callstack" type: 5 strings: "train.py" }
    }
  }
  version { version: 1008005 })pb";

// The differences after `change`.
std::vector<std::string> DifferencesAfter(const std::function<void(proto::ProgramDesc*)>& change) {
  proto::ProgramDesc actual = ParseText(kProgram);
  change(&actual);
  return CompareAsGraphs(ParseText(kProgram), actual);
}

proto::OpDesc* Op(proto::ProgramDesc* program) { return program->mutable_blocks(0)->mutable_ops(0); }
proto::VarDesc* Var(proto::ProgramDesc* program, int i) { return program->mutable_blocks(0)->mutable_vars(i); }

TEST(CompareAsGraphsTest, OrderOfVariablesAndAttributesDoesNotCount) {
  EXPECT_THAT(DifferencesAfter([](auto* p) {
                auto* vars = p->mutable_blocks(0)->mutable_vars();
                std::swap(*vars->Mutable(0), *vars->Mutable(1));
                std::swap(*Op(p)->mutable_attrs(0), *Op(p)->mutable_attrs(2));
              }),
              IsEmpty());
}

TEST(CompareAsGraphsTest, CallStackDoesNotCount) {
  EXPECT_THAT(DifferencesAfter([](auto* p) { Op(p)->mutable_attrs(2)->clear_strings(); }), IsEmpty());
  EXPECT_THAT(DifferencesAfter([](auto* p) { Op(p)->mutable_attrs()->RemoveLast(); }), IsEmpty());
}

TEST(CompareAsGraphsTest, WrittenDefaultsDoNotCount) {
  EXPECT_THAT(DifferencesAfter([](auto* p) {
                Op(p)->set_is_target(false);
                Var(p, 0)->set_persistable(false);
                Var(p, 0)->mutable_type()->mutable_lod_tensor()->set_lod_level(0);
                p->mutable_blocks(0)->set_forward_block_idx(-1);
              }),
              IsEmpty());
}

TEST(CompareAsGraphsTest, DequantizedSuffixCountsExceptInOpRoleVar) {
  EXPECT_THAT(DifferencesAfter([](auto* p) { Op(p)->mutable_attrs(1)->set_strings(0, "w.quantized.dequantized"); }),
              IsEmpty());
  // By then the attributes are sorted.
  EXPECT_THAT(DifferencesAfter([](auto* p) { Op(p)->mutable_attrs(1)->set_strings(0, "v.quantized.dequantized"); }),
              ElementsAre(HasSubstr("block 0 op 0 (mul): modified: attrs[0].strings[0]")));
  EXPECT_THAT(DifferencesAfter([](auto* p) { Op(p)->mutable_inputs(1)->set_arguments(0, "w.quantized.dequantized"); }),
              ElementsAre(HasSubstr("inputs[1].arguments[0]")));
}

TEST(CompareAsGraphsTest, AllElseCounts) {
  const std::vector<std::function<void(proto::ProgramDesc*)>> changes = {
      [](auto* p) { Op(p)->set_type("matmul"); },
      [](auto* p) { Op(p)->set_is_target(true); },
      [](auto* p) { Op(p)->mutable_inputs(0)->set_parameter("Z"); },
      [](auto* p) { Op(p)->mutable_inputs(0)->add_arguments("x"); },
      [](auto* p) { Op(p)->clear_outputs(); },
      [](auto* p) { Op(p)->mutable_inputs()->SwapElements(0, 1); },
      [](auto* p) { Op(p)->mutable_attrs(0)->set_i(2); },
      [](auto* p) { Op(p)->mutable_attrs(0)->set_type(proto::LONG); },
      [](auto* p) { Op(p)->add_attrs()->set_name("axis"); },
      [](auto* p) { Var(p, 0)->mutable_type()->mutable_lod_tensor()->mutable_tensor()->set_dims(0, 1); },
      [](auto* p) { Var(p, 0)->mutable_type()->mutable_lod_tensor()->set_lod_level(1); },
      [](auto* p) { Var(p, 0)->set_persistable(true); },
      [](auto* p) { Var(p, 0)->set_is_parameter(true); },
      [](auto* p) { Var(p, 0)->set_name("z"); },
      [](auto* p) { *p->mutable_blocks(0)->add_vars() = *Var(p, 0); },
      [](auto* p) { *p->mutable_blocks(0)->add_ops() = *Op(p); },
      [](auto* p) { p->mutable_blocks(0)->set_idx(1); },
      [](auto* p) { p->mutable_blocks(0)->set_forward_block_idx(0); },
      [](auto* p) { p->add_blocks(); },
      [](auto* p) { p->mutable_version()->set_version(0); },
      [](auto* p) { p->clear_version(); },
      [](auto* p) { p->GetReflection()->MutableUnknownFields(p)->AddVarint(1000, 1); },
      [](auto* p) { Op(p)->GetReflection()->MutableUnknownFields(Op(p))->AddVarint(1000, 1); },
  };
  for (size_t i = 0; i < changes.size(); ++i) EXPECT_FALSE(DifferencesAfter(changes[i]).empty()) << "change " << i;
}

// Of the real pairs: each is equal to itself, and differs from what it was made of.
TEST(CompareAsGraphsTest, RealPrograms) {
  for (const CorpusRow& row : CorpusPairs()) {
    if (row.network == "no_quantizable") continue;
    const proto::ProgramDesc before = ParseMessage(ReadFile(row.Before("main.pb")));
    const proto::ProgramDesc after = ParseMessage(ReadFile(row.After("main.pb")));
    EXPECT_THAT(CompareAsGraphs(after, after), IsEmpty());
    EXPECT_FALSE(CompareAsGraphs(before, after).empty()) << row.network << ' ' << row.config;
  }
}

}  // namespace
}  // namespace pdquant::testing
