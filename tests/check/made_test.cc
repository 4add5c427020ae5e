#include "check/made.h"

#include <gmock/gmock.h>

#include "check/check_testing.h"
#include "ir/edit/builder.h"
#include "ir/edit/op_edits.h"
#include "support/encode.h"

namespace pdquant {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CheckMadeTest : public ::testing::Test {
 protected:
  CheckMadeTest()
      : program_(testing::Load(testing::ParseText(R"pb(
          blocks {
            idx: 0
            parent_idx: -1
            vars {
              name: "outer"
              type { type: 7 }
            }
            ops {
              type: "op"
              inputs { parameter: "X" arguments: "outer" }
            }
          }
          blocks {
            idx: 1
            parent_idx: 0
            vars {
              name: "inner"
              type { type: 7 }
            }
          }
          blocks { idx: 2 parent_idx: 0 forward_block_idx: 1 }
          blocks { idx: 3 parent_idx: 0 })pb"))),
        index_(program_),
        edits_(program_) {}

  void AddVar(size_t block, const std::string& name) {
    edits_.AddVar(block, EncodeTensorVar(name, proto::VarType::FP32, 1, false));
  }
  void AddOp(size_t block, const std::string& input, const std::string& output) {
    OpBuilder op;
    op.Input("X", input);
    op.Output("Out", output);
    op.Type("made");
    edits_.AppendOp(block, op.message());
  }
  std::vector<std::string_view> Check() {
    Findings findings;
    CheckMade(index_, edits_, &findings);
    return testing::Codes(findings);
  }

  Program program_;
  Index index_;
  Edits edits_;
};

TEST_F(CheckMadeTest, Nothing) { EXPECT_THAT(Check(), IsEmpty()); }

TEST_F(CheckMadeTest, NewNames) {
  AddVar(0, "new");
  AddVar(1, "new_inner");
  EXPECT_THAT(Check(), IsEmpty());
}

TEST_F(CheckMadeTest, TakenNames) {
  AddVar(1, "outer");
  EXPECT_THAT(Check(), ElementsAre("duplicate-variable"));
}

TEST_F(CheckMadeTest, OneNameTwice) {
  AddVar(0, "new");
  AddVar(0, "new");
  EXPECT_THAT(Check(), ElementsAre("duplicate-variable"));
}

TEST_F(CheckMadeTest, OpsSeeOldAndNewVariables) {
  AddVar(0, "new");
  AddVar(1, "new_inner");
  AddOp(0, "outer", "new");
  AddOp(1, "new", "new_inner");
  AddOp(1, "@EMPTY@", "inner");
  AddOp(2, "new_inner", "inner");  // through the forward block
  EXPECT_THAT(Check(), IsEmpty());
}

TEST_F(CheckMadeTest, OpsThatNameWhatTheyDoNotSee) {
  AddVar(1, "new_inner");
  AddOp(0, "inner", "outer");
  AddOp(0, "outer", "new_inner");
  AddOp(3, "new_inner", "inner");
  AddOp(3, "lost", "outer");
  EXPECT_THAT(Check(), ElementsAre("undeclared-variable", "undeclared-variable", "undeclared-variable",
                                   "undeclared-variable", "undeclared-variable"));
}

TEST_F(CheckMadeTest, ChangedSlots) {
  AddVar(0, "new");
  const auto change = [&](const std::string& argument) {
    Edits edits(program_);
    const Edits::FieldEdit field[] = {
        {{}, testing::BytesField(1, testing::BytesField(1, "Y") + testing::BytesField(2, argument))}};
    edits.EditOp(0, field);
    Findings findings;
    CheckMade(index_, edits, &findings);
    return testing::Codes(findings);
  };
  EXPECT_THAT(change("outer"), IsEmpty());
  EXPECT_THAT(change("inner"), ElementsAre("undeclared-variable"));
}

// a -> first -> b -> second -> c, and what is left of it when something is removed.
class CheckRemovedTest : public ::testing::Test {
 protected:
  CheckRemovedTest()
      : program_(testing::Load(testing::ParseText(R"pb(
          blocks {
            idx: 0
            parent_idx: -1
            vars {
              name: "a"
              type { type: 7 }
            }
            vars {
              name: "b"
              type { type: 7 }
            }
            vars {
              name: "c"
              type { type: 7 }
            }
            ops {
              type: "first"
              inputs { parameter: "X" arguments: "a" }
              outputs { parameter: "Out" arguments: "b" }
            }
            ops {
              type: "second"
              inputs { parameter: "X" arguments: "b" }
              outputs { parameter: "Out" arguments: "c" }
            }
          })pb"))),
        index_(program_),
        edits_(program_) {}

  std::vector<std::string_view> Check() {
    Findings findings;
    CheckMade(index_, edits_, &findings);
    return testing::Codes(findings);
  }
  std::string Op(const std::string& input, const std::string& output) {
    OpBuilder op;
    op.Input("X", input);
    op.Output("Out", output);
    op.Type("made");
    return op.message();
  }

  Program program_;
  Index index_;
  Edits edits_;
};

TEST_F(CheckRemovedTest, AReaderIsLeft) {
  edits_.RemoveOp(0);
  EXPECT_THAT(Check(), ElementsAre("unwritten-variable"));
  edits_.RemoveOp(1);
  EXPECT_THAT(Check(), IsEmpty());
}

TEST_F(CheckRemovedTest, ANewOpReadsIt) {
  edits_.RemoveOp(0);
  edits_.RemoveOp(1);
  edits_.AppendOp(0, Op("b", "c"));
  EXPECT_THAT(Check(), ElementsAre("unwritten-variable"));
}

TEST_F(CheckRemovedTest, ANewOpWritesIt) {
  edits_.RemoveOp(0);
  edits_.PrependOp(0, Op("a", "b"));
  EXPECT_THAT(Check(), IsEmpty());
}

TEST_F(CheckRemovedTest, TheReaderReadsSomethingElse) {
  edits_.RemoveOp(0);
  std::vector<Edits::FieldEdit> fields;
  const ArgumentReplacement replacement = {"X", "b", "a"};
  ReplaceInputs(program_.op(1), {&replacement, 1}, &fields);
  edits_.EditOp(1, fields);
  EXPECT_THAT(Check(), IsEmpty());
}

TEST_F(CheckRemovedTest, AVariableThatIsStillNamed) {
  edits_.RemoveVar(1);
  EXPECT_THAT(Check(), ElementsAre("undeclared-variable"));
  edits_.RemoveOp(0);
  edits_.RemoveOp(1);
  EXPECT_THAT(Check(), IsEmpty());
}

}  // namespace
}  // namespace pdquant
