// What is read and has no value: rules that Paddle 1.8.5 and 2.6.2 bear out. Both stop at an op whose input is neither
// stored, fed nor written ("Expected t->IsInitialized() == true"), also where it is written later, and run it where the
// variable is fed by its name.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "check/check_testing.h"

namespace pdquant {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;

// Whether an op of the main block reads what nothing writes any more once op `removed` is gone. For programs of one
// block.
bool IsMissed(const proto::BlockDesc& block, int removed) {
  std::set<std::string> lost;
  for (const auto& slot : block.ops(removed).outputs()) lost.insert(slot.arguments().begin(), slot.arguments().end());
  for (const auto& var : block.vars()) {
    if (var.persistable() || var.type().type() != proto::VarType::LOD_TENSOR || var.need_check_feed())
      lost.erase(var.name());
  }
  for (int i = 0; i < block.ops_size(); ++i) {
    if (i == removed) continue;
    for (const auto& slot : block.ops(i).inputs()) {
      for (const std::string& name : slot.arguments()) {
        if (lost.contains(name)) return true;
      }
    }
    for (const auto& slot : block.ops(i).outputs()) {
      for (const std::string& name : slot.arguments()) lost.erase(name);
    }
  }
  return false;
}

// The programs of one block among those of a folder.
std::vector<proto::ProgramDesc> ProgramsOfOneBlock(const std::string& folder, bool with_feed) {
  std::vector<proto::ProgramDesc> programs;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().filename() != "model.pb") continue;
    const proto::ProgramDesc program = testing::ParseMessage(testing::ReadFile(entry.path().string()));
    if (program.blocks_size() != 1) continue;
    bool feeds = false;
    for (const auto& op : program.blocks(0).ops()) feeds |= op.type() == "feed";
    if (feeds == with_feed) programs.push_back(program);
  }
  return programs;
}

TEST(CheckReadsTest, EachOpOfInferencePrograms) {
  size_t missed = 0;
  for (const proto::ProgramDesc& program : ProgramsOfOneBlock(PDQUANT_FREEZE_CORPUS, true)) {
    EXPECT_THAT(testing::Codes(testing::Check(program)), IsEmpty());
    for (int i = 0; i < program.blocks(0).ops_size(); ++i) {
      if (program.blocks(0).ops(i).type() == "feed") continue;  // nothing then says that its variable is fed
      const bool expected = IsMissed(program.blocks(0), i);
      proto::ProgramDesc cut = program;
      cut.mutable_blocks(0)->mutable_ops()->DeleteSubrange(i, 1);
      const auto codes = testing::Codes(testing::Check(cut));
      EXPECT_EQ(std::count(codes.begin(), codes.end(), "unwritten-variable") != 0, expected) << i;
      missed += expected ? 1 : 0;
    }
  }
  EXPECT_GT(missed, 20U);
}

// Behind a removed op of the forward: all its results have names that only results have.
TEST(CheckReadsTest, ATrainingProgramIsWarnedOf) {
  const proto::ProgramDesc program = testing::ParseMessage(testing::ReadFile(testing::MainOf("lenet")));
  size_t missed = 0;
  for (int i = 0; i < program.blocks(0).ops_size(); ++i) {
    if (!IsMissed(program.blocks(0), i)) continue;
    proto::ProgramDesc cut = program;
    cut.mutable_blocks(0)->mutable_ops()->DeleteSubrange(i, 1);
    const Findings findings = testing::Check(cut);
    EXPECT_THAT(testing::Codes(findings), Contains("unwritten-result")) << program.blocks(0).ops(i).type();
    EXPECT_FALSE(findings.has_errors());
    ++missed;
  }
  EXPECT_GT(missed, 20U);
}

constexpr char kForms[] = R"pb(
  blocks {
    idx: 0
    parent_idx: -1
    vars {
      name: "x"
      type { type: 7 }
    }
    vars {
      name: "c"
      type { type: 7 }
    }
    vars {
      name: "y"
      type { type: 7 }
    }
    vars {
      name: "ghost"
      type { type: 7 }
    }
    ops {
      type: "feed"
      outputs { parameter: "Out" arguments: "x" }
    }
    ops {
      type: "fill_constant"
      outputs { parameter: "Out" arguments: "c" }
    }
    ops {
      type: "while"
      inputs { parameter: "X" arguments: "x" arguments: "y" arguments: "ghost" }
      inputs { parameter: "Condition" arguments: "c" }
      outputs { parameter: "Out" arguments: "y" }
      attrs { name: "sub_block" type: 8 block_idx: 1 }
    }
    ops {
      type: "relu"
      inputs { parameter: "X" arguments: "y" }
      outputs { parameter: "Out" arguments: "y" }
    }
  }
  blocks {
    idx: 1
    parent_idx: 0
    vars {
      name: "carried"
      type { type: 7 }
    }
    ops {
      type: "elementwise_add"
      inputs { parameter: "X" arguments: "x" }
      inputs { parameter: "Y" arguments: "carried" }
      outputs { parameter: "Out" arguments: "y" }
    }
    ops {
      type: "assign"
      inputs { parameter: "X" arguments: "y" }
      outputs { parameter: "Out" arguments: "carried" }
    }
  }
  version { version: 1008005 })pb";

// A loop may carry a value from one iteration to the next, and its list names what is only there sometimes.
TEST(CheckReadsTest, WhatALoopCarries) {
  proto::ProgramDesc program = testing::ParseText(kForms);
  EXPECT_THAT(testing::Codes(testing::Check(program)), IsEmpty());
  program.mutable_blocks(1)->mutable_ops(0)->mutable_inputs(1)->set_arguments(0, "ghost");
  const Findings findings = testing::Check(program);
  ASSERT_THAT(testing::Codes(findings), Contains("unwritten-variable"));
  EXPECT_EQ(findings.all()[0].place.variable, "ghost");
  EXPECT_EQ(findings.all()[0].place.block, 1);
  program.mutable_blocks(1)->mutable_ops(0)->mutable_inputs(1)->set_arguments(0, "carried");
  program.mutable_blocks(0)->mutable_ops()->SwapElements(2, 3);  // reads y before the loop writes it
  EXPECT_THAT(testing::Codes(testing::Check(program)), Contains("unwritten-variable"));
}

TEST(CheckReadsTest, WhatMayBeFedByItsName) {
  proto::ProgramDesc program = testing::ParseText(kForms);
  program.mutable_blocks(0)->mutable_ops()->DeleteSubrange(0, 1);  // nothing says any more what is fed
  EXPECT_THAT(testing::Codes(testing::Check(program)), IsEmpty());
  for (auto& var : *program.mutable_blocks(0)->mutable_vars()) {
    if (var.name() == "x") var.set_name("x.quantized");
  }
  for (int block : {0, 1}) {
    for (auto& op : *program.mutable_blocks(block)->mutable_ops()) {
      for (auto& slot : *op.mutable_inputs()) {
        for (auto& name : *slot.mutable_arguments()) {
          if (name == "x") name = "x.quantized";
        }
      }
    }
  }
  EXPECT_THAT(testing::Codes(testing::Check(program)), Contains("unwritten-result"));
}

}  // namespace
}  // namespace pdquant
