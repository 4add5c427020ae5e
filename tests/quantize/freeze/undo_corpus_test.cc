// undo on what the reference transpiled, training programs with their startup programs: the program before.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "quantize/freeze/model_rewrite.h"
#include "support/program_compare.h"
#include "support/programs.h"

namespace pdquant {
namespace {

using testing::CorpusRow;
using ::testing::IsEmpty;

// The reference renames weights in op_role_var, too; CompareAsGraphs takes that for equal.
TEST(UndoCorpusTest, WhatTheReferenceTranspiled) {
  for (const CorpusRow& row : testing::CorpusPairs()) {
    SCOPED_TRACE(row.network + " " + row.config);
    Findings findings;
    const auto undone =
        RewriteModel({ModelRewrite::kUndo}, testing::Load(testing::ReadFile(row.After("main.pb"))), nullptr, &findings);
    ASSERT_TRUE(undone.ok()) << undone.status().message();
    EXPECT_THAT(testing::CompareAsGraphs(testing::ParseMessage(testing::ReadFile(row.Before("main.pb"))),
                                         testing::ParseMessage(undone->program.bytes())),
                IsEmpty());
  }
}

TEST(UndoCorpusTest, PlainProgramsStay) {
  const std::string bytes = testing::ReadFile(testing::MainOf("cond"));
  Findings findings;
  const auto undone = RewriteModel({ModelRewrite::kUndo}, testing::Load(bytes), nullptr, &findings);
  ASSERT_TRUE(undone.ok());
  EXPECT_EQ(undone->program.bytes(), bytes);
}

}  // namespace
}  // namespace pdquant
