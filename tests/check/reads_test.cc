// What is read and has no value: rules that Paddle 1.8.5 and 2.6.2 bear out. Both stop at an op whose input is neither
// stored, fed nor written ("Expected t->IsInitialized() == true"), also where it is written later, and run it where the
// variable is fed by its name.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>

#include "check/check_testing.h"
#include "support/program_builder.h"

namespace pdquant {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;

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

// Takes each op away in turn, but feed ops, whose loss leaves nothing that says what is fed: what is found then has the
// code where a value is missed, and not elsewhere. Returns how often one was.
size_t ExpectCodeWhereMissed(const proto::ProgramDesc& program, std::string_view code) {
  size_t missed = 0;
  for (int i = 0; i < program.blocks(0).ops_size(); ++i) {
    if (program.blocks(0).ops(i).type() == "feed") continue;
    proto::ProgramDesc cut = program;
    cut.mutable_blocks(0)->mutable_ops()->DeleteSubrange(i, 1);
    const auto codes = testing::Codes(testing::Check(cut));
    const bool expected = IsMissed(program.blocks(0), i);
    EXPECT_EQ(std::count(codes.begin(), codes.end(), code) != 0, expected)
        << "op " << i << " " << program.blocks(0).ops(i).type();
    missed += expected ? 1 : 0;
  }
  return missed;
}

TEST(CheckReadsTest, EachOpOfInferencePrograms) {
  size_t missed = 0;
  for (const proto::ProgramDesc& program : ProgramsOfOneBlock(PDQUANT_FREEZE_CORPUS, true)) {
    EXPECT_THAT(testing::Codes(testing::Check(program)), IsEmpty());
    missed += ExpectCodeWhereMissed(program, "unwritten-variable");
  }
  EXPECT_GT(missed, 20U);
}

// All results there have names that only results have; it is a warning, since a name may be fed.
TEST(CheckReadsTest, ATrainingProgramIsWarnedOf) {
  const proto::ProgramDesc program = testing::ParseMessage(testing::ReadFile(testing::MainOf("lenet")));
  EXPECT_GT(ExpectCodeWhereMissed(program, "unwritten-result"), 20U);
  proto::ProgramDesc cut = program;
  cut.mutable_blocks(0)->mutable_ops()->DeleteSubrange(0, 1);
  EXPECT_FALSE(testing::Check(cut).has_errors());
}

// A loop, with what feeds it in front of it, and with another reader of what it writes.
constexpr char kFeed[] = "feed : Out=x\n";
constexpr char kLoop[] = R"(
  fill_constant : Out=c
  while X=x,y,ghost Condition=c : Out=y | sub_block=block:1)";
constexpr char kReader[] = "\nrelu X=y : Out=y\n";
constexpr char kBody[] = R"(
  block 0
  elementwise_add X=x Y=carried : Out=y
  assign X=y : Out=carried)";

Findings CheckText(const std::string& text) { return testing::Check(testing::BuildProgram(text)); }

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// A loop may carry a value from one iteration to the next, and its list names what is only there sometimes.
TEST(CheckReadsTest, WhatALoopCarries) {
  const std::string text = std::string(kFeed) + kLoop + kReader + kBody;
  EXPECT_THAT(testing::Codes(CheckText(text)), IsEmpty());
  const Findings findings = CheckText(Replaced(text, "Y=carried", "Y=ghost"));
  ASSERT_THAT(testing::Codes(findings), Contains("unwritten-variable"));
  EXPECT_EQ(findings.all()[0].place.variable, "ghost");
  EXPECT_EQ(findings.all()[0].place.block, 1);
}

TEST(CheckReadsTest, AReaderBeforeTheLoopThatWrites) {
  EXPECT_THAT(testing::Codes(CheckText(std::string(kFeed) + kReader + kLoop + kBody)), Contains("unwritten-variable"));
}

// Where no op feeds, anything may be fed by its name, but not what only an op can have made.
TEST(CheckReadsTest, WhatMayBeFedByItsName) {
  const std::string text = std::string(kLoop) + kReader + kBody;
  EXPECT_THAT(testing::Codes(CheckText(text)), IsEmpty());
  const std::string made = Replaced(Replaced(text, "X=x ", "X=x.quantized "), "X=x,", "X=x.quantized,");
  EXPECT_THAT(testing::Codes(CheckText(made)), Contains("unwritten-result"));
}

}  // namespace
}  // namespace pdquant
