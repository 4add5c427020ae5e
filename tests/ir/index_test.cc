#include "ir/index.h"

#include <gmock/gmock.h>

#include <queue>
#include <set>

#include "support/programs.h"

namespace pdquant {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// "slot=argument" of each.
std::vector<std::string> Names(const Index& index, std::span<const Argument> arguments) {
  std::vector<std::string> out;
  for (const Argument& argument : arguments)
    out.push_back(std::string(index.name(argument.slot)) + "=" + std::string(index.name(argument.name)));
  return out;
}

TEST(IndexTest, OpsAndArguments) {
  const Program program = testing::Load(testing::ParseText(R"pb(
    blocks {
      idx: 0
      parent_idx: -1
      ops {
        type: "sum"
        inputs { parameter: "X" arguments: "a" arguments: "b" arguments: "a" }
        inputs { parameter: "Empty" }
        inputs { parameter: "Y" arguments: "" }
        outputs { parameter: "Out" arguments: "a" }
        attrs { name: "op_role" type: 0 i: 257 }
      }
      ops {
        type: "nop"
        attrs { name: "op_role" type: 9 l: 1 }
      }
    })pb"));
  const Index index(program);
  EXPECT_EQ(index.type(0), "sum");
  EXPECT_THAT(Names(index, index.inputs(0)), ElementsAre("X=a", "X=b", "X=a", "Y="));
  EXPECT_THAT(Names(index, index.outputs(0)), ElementsAre("Out=a"));
  EXPECT_EQ(index.op(0).role, 257);
  EXPECT_EQ(index.op(1).role, -1);  // of another type: no role
  EXPECT_THAT(index.inputs(1), IsEmpty());
  EXPECT_EQ(index.FirstDeclaration(index.names().Find("a")), kNoVar);
}

TEST(IndexTest, References) {
  const Program program = testing::Load(testing::ParseText(R"pb(
    blocks {
      idx: 0
      parent_idx: -1
      ops {
        type: "while"
        attrs { name: "sub_block" type: 8 block_idx: 1 }
        attrs { name: "many" type: 10 blocks_idx: 2 blocks_idx: -1 }
      }
      ops {
        type: "x"
        attrs { name: "v" type: 13 var_name: "a" }
        attrs { name: "vs" type: 14 vars_name: "b" vars_name: "a" }
        attrs { name: "i" type: 0 i: 1 }
      }
    })pb"));
  const Index index(program);
  ASSERT_EQ(index.block_references().size(), 3U);
  EXPECT_EQ(index.name(index.block_references()[0].attribute), "sub_block");
  EXPECT_EQ(index.block_references()[0].block, 1);
  EXPECT_EQ(index.block_references()[2].block, -1);
  EXPECT_EQ(index.block_references()[2].op, 0U);
  ASSERT_EQ(index.var_references().size(), 3U);
  EXPECT_EQ(index.name(index.var_references()[1].attribute), "vs");
  EXPECT_EQ(index.name(index.var_references()[1].name), "b");
  EXPECT_EQ(index.var_references()[1].op, 1U);
}

TEST(IndexTest, Declarations) {
  const Program program = testing::Load(testing::ParseText(R"pb(
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
        persistable: true
      }
      vars {
        name: "a"
        type { type: 7 }
        is_parameter: true
      }
    }
    blocks {
      idx: 1
      parent_idx: 0
      vars {
        name: "a"
        type { type: 7 }
      }
      vars {
        name: "c"
        type { type: 7 }
        is_parameter: false
      }
    })pb"));
  const Index index(program);
  const NameId a = index.names().Find("a");
  EXPECT_EQ(index.DeclaredIn(0, a), 0U);  // the first of two
  EXPECT_EQ(index.DeclaredIn(1, a), 3U);
  EXPECT_EQ(index.DeclaredIn(1, index.names().Find("b")), kNoVar);
  std::set<VarId> all;
  for (VarId var = index.FirstDeclaration(a); var != kNoVar; var = index.NextDeclaration(var)) all.insert(var);
  EXPECT_THAT(all, ElementsAre(0, 2, 3));
  EXPECT_TRUE(index.persistable(1));
  EXPECT_FALSE(index.persistable(0));
  EXPECT_FALSE(index.has_is_parameter(0));
  EXPECT_TRUE(index.is_parameter(2));
  EXPECT_TRUE(index.has_is_parameter(4));
  EXPECT_FALSE(index.is_parameter(4));
  EXPECT_EQ(index.Lookup(1, kNoName), kNoVar);
}

// How Paddle finds a variable (BlockDesc::FindVarRecursive): breadth first, the forward block before the parent.
int FindAsPaddle(const std::vector<int>& parent, const std::vector<int>& forward, uint32_t declared, int block) {
  std::queue<int> frontier({block});
  std::set<int> visited;
  while (!frontier.empty()) {
    const int b = frontier.front();
    frontier.pop();
    if (!visited.insert(b).second) continue;
    if ((declared >> b & 1) != 0) return b;
    for (const int next : {forward[static_cast<size_t>(b)], parent[static_cast<size_t>(b)]}) {
      if (next >= 0) frontier.push(next);
    }
  }
  return -1;
}

// A program of blocks where block b declares x where bit b of `declared` is set.
Program MakeBlocks(const std::vector<int>& parent, const std::vector<int>& forward, uint32_t declared) {
  proto::ProgramDesc message;
  for (size_t b = 0; b < parent.size(); ++b) {
    auto* block = message.add_blocks();
    block->set_idx(static_cast<int32_t>(b));
    block->set_parent_idx(parent[b]);
    block->set_forward_block_idx(forward[b]);
    block->add_vars()->set_name("y" + std::to_string(b));
    if ((declared >> b & 1) != 0) block->add_vars()->set_name("x");
    block->add_ops()->add_inputs()->add_arguments("x");
  }
  return testing::Load(message);
}

// Each way to link `count` blocks to earlier ones, with x declared in each set of them.
void ExpectLookupAsPaddle(size_t count, bool with_forward) {
  std::vector<int> parent(count, -1);
  std::vector<int> forward(count, -1);
  const auto check = [&] {
    for (uint32_t declared = 0; declared < 1U << count; ++declared) {
      const Program program = MakeBlocks(parent, forward, declared);
      const Index index(program);
      for (size_t b = 0; b < count; ++b) {
        const int expected = FindAsPaddle(parent, forward, declared, static_cast<int>(b));
        const VarId found = index.Lookup(b, index.names().Find("x"));
        ASSERT_EQ(found == kNoVar ? -1 : static_cast<int>(program.BlockOfVar(found)), expected)
            << "block " << b << ", parents " << ::testing::PrintToString(parent) << ", forward "
            << ::testing::PrintToString(forward) << ", declared " << declared;
        for (size_t other = 0; other < count; ++other) {  // a name that is declared once
          const VarId y = index.Lookup(b, index.names().Find("y" + std::to_string(other)));
          ASSERT_EQ(y != kNoVar, FindAsPaddle(parent, forward, 1U << other, static_cast<int>(b)) >= 0);
        }
      }
    }
  };
  const std::function<void(size_t)> assign = [&](size_t b) {
    if (b == count) return check();
    for (int p = 0; p < static_cast<int>(b); ++p) {
      for (int f = -1; f < (with_forward ? static_cast<int>(b) : 0); ++f) {
        parent[b] = p;
        forward[b] = f;
        assign(b + 1);
      }
    }
  };
  assign(1);
}

TEST(LookupTest, AsPaddleThroughAllParents) { ExpectLookupAsPaddle(5, false); }

TEST(LookupTest, AsPaddleThroughAllParentsAndForwardBlocks) { ExpectLookupAsPaddle(4, true); }

// P21: names are found in little time however deep the blocks are nested.
TEST(LookupTest, DeepNesting) {
  constexpr int kBlocks = 100'000;
  proto::ProgramDesc message;
  for (int b = 0; b < kBlocks; ++b) {
    auto* block = message.add_blocks();
    block->set_idx(b);
    block->set_parent_idx(b - 1);
    if (b == 1) block->add_vars()->set_name("x");
    if (b % 2 == 1) block->add_vars()->set_name("y");
    block->add_ops()->add_inputs()->add_arguments("x");
  }
  const Program program = testing::Load(message);
  const Index index(program);
  const NameId x = index.names().Find("x");
  const NameId y = index.names().Find("y");
  for (size_t b = 2; b < kBlocks; ++b) {
    ASSERT_EQ(program.BlockOfVar(index.Lookup(b, x)), 1U);
    ASSERT_EQ(program.BlockOfVar(index.Lookup(b, y)), b % 2 == 1 ? b : b - 1);
  }
}

}  // namespace
}  // namespace pdquant
