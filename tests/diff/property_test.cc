// D1, and that what doesn't count doesn't.
#include <gmock/gmock.h>

#include <map>
#include <numeric>
#include <set>

#include "diff/diff_testing.h"
#include "program_mutator.h"

namespace pdquant::testing {
namespace {

using Random = std::mt19937;

template <typename T>
void Shuffle(google::protobuf::RepeatedPtrField<T>* list, Random* random) {
  for (int i = list->size() - 1; i > 0; --i)
    list->SwapElements(i, static_cast<int>((*random)() % static_cast<unsigned>(i + 1)));
}

// All that has no order in Paddle.
void ShuffleOrderless(proto::ProgramDesc* program, Random* random) {
  for (proto::BlockDesc& block : *program->mutable_blocks()) {
    Shuffle(block.mutable_vars(), random);
    for (proto::OpDesc& op : *block.mutable_ops()) {
      Shuffle(op.mutable_attrs(), random);
      Shuffle(op.mutable_inputs(), random);
      Shuffle(op.mutable_outputs(), random);
    }
  }
}

// All names of variables, sorted.
std::vector<std::string> NamesOf(const proto::ProgramDesc& program) {
  std::set<std::string> names;
  for (const proto::BlockDesc& block : program.blocks()) {
    for (const proto::VarDesc& var : block.vars()) names.insert(var.name());
    for (const proto::OpDesc& op : block.ops()) {
      for (const auto* slots : {&op.inputs(), &op.outputs()}) {
        for (const proto::OpDesc::Var& slot : *slots) names.insert(slot.arguments().begin(), slot.arguments().end());
      }
    }
  }
  names.erase("@EMPTY@");
  return {names.begin(), names.end()};
}

void RenameAll(const std::map<std::string, std::string>& to, proto::ProgramDesc* program) {
  const auto rename = [&](std::string* name) {
    const auto found = to.find(*name);
    if (found != to.end()) *name = found->second;
  };
  for (proto::BlockDesc& block : *program->mutable_blocks()) {
    for (proto::VarDesc& var : *block.mutable_vars()) rename(var.mutable_name());
    for (proto::OpDesc& op : *block.mutable_ops()) {
      for (auto* slots : {op.mutable_inputs(), op.mutable_outputs()}) {
        for (proto::OpDesc::Var& slot : *slots) {
          for (std::string& argument : *slot.mutable_arguments()) rename(&argument);
        }
      }
      for (proto::OpDesc::Attr& attr : *op.mutable_attrs()) {
        for (std::string& text : *attr.mutable_strings()) rename(&text);
      }
    }
  }
}

// A change without what says which program was first.
std::string Mirrored(const ProgramDiff& diff, const Change& change, bool swap) {
  const uint32_t a = swap ? change.b : change.a;
  const uint32_t b = swap ? change.a : change.b;
  std::string text = std::to_string(static_cast<int>(change.what)) + " " + std::to_string(a) + " " + std::to_string(b) +
                     " " + std::to_string(change.changed) + std::to_string(change.moved) +
                     std::to_string(change.with_effect);
  for (const Difference& difference : diff.Differences(change)) {
    const std::string from = difference.from.value_or("(none)");
    const std::string to = difference.to.value_or("(none)");
    text += " " + difference.name + ": " + (swap ? to + " > " + from : from + " > " + to);
  }
  return text;
}

void ExpectMirror(const std::string& a, const std::string& b, const std::string& what) {
  const Compared there(a, b);
  const Compared back(b, a);
  std::multiset<std::string> changes_there;
  std::multiset<std::string> changes_back;
  for (const Change& change : there.diff().changes()) changes_there.insert(Mirrored(there.diff(), change, false));
  for (const Change& change : back.diff().changes()) changes_back.insert(Mirrored(back.diff(), change, true));
  EXPECT_EQ(changes_there, changes_back) << what;
}

TEST(DiffPropertyTest, AProgramIsEqualToItself) {
  Random random(1);
  for (const std::string& path : AllPrograms()) {
    const std::string bytes = ReadFile(path);
    EXPECT_TRUE(Compared(bytes, bytes).equal()) << path;
    proto::ProgramDesc program = ParseMessage(bytes);
    if (bytes.size() > 300'000) continue;
    ShuffleOrderless(&program, &random);
    const Compared shuffled(bytes, program.SerializeAsString(), DiffOptions());
    EXPECT_TRUE(shuffled.equal()) << path << "\n" << shuffled.Text();
  }
}

TEST(DiffPropertyTest, TheOtherWayRoundItIsTheMirrorImage) {
  for (const CorpusRow& row : CorpusPairs()) {
    if (row.network == "resnet" || row.network == "inception") continue;  // large
    const std::string before = ReadFile(row.Before("main.pb"));
    ExpectMirror(before, ReadFile(row.After("main.pb")), row.network + " " + row.config);
  }
  const std::vector<std::string> paths = SmallPrograms(40);
  for (size_t i = 0; i + 1 < paths.size(); ++i) {
    ExpectMirror(ReadFile(paths[i]), ReadFile(paths[i + 1]), paths[i] + " " + paths[i + 1]);
  }
}

// Programs that break rules: as the fuzz target does, without its sanitizers.
TEST(DiffPropertyTest, RandomPrograms) {
  for (const char* network : {"mlp", "cond", "dynamic_rnn", "recompute"}) {
    const proto::ProgramDesc original = ParseMessage(ReadFile(MainOf(network)));
    for (uint32_t seed = 1; seed <= 60; ++seed) {
      proto::ProgramDesc a = original;
      proto::ProgramDesc b = original;
      for (uint32_t i = 0; i < seed % 7; ++i) fuzz::MutateProgram(1000 * seed + i, &a);
      for (uint32_t i = 0; i < seed % 5 + 1; ++i) fuzz::MutateProgram(2000 * seed + i, &b);
      if (a.blocks_size() == 0 || b.blocks_size() == 0) continue;
      const std::string bytes = a.SerializePartialAsString();
      ExpectMirror(bytes, b.SerializePartialAsString(), network + std::string(" ") + std::to_string(seed));
      // Other bytes, the same meaning: an empty op_version_map.
      const Compared self(bytes, bytes + std::string("\x2a\x00", 2));
      EXPECT_TRUE(self.equal()) << network << " " << seed << "\n" << self.Text();
    }
  }
}

// A renaming alone is one change, whichever names are taken.
TEST(DiffPropertyTest, RenamingIsOneChange) {
  Random random(2);
  DiffOptions no_names = DefaultOptions();
  no_names.ignore_names = true;
  for (const char* network : {"mlp", "lenet", "transformer", "cond", "dynamic_rnn", "residual"}) {
    const proto::ProgramDesc before = ParseMessage(ReadFile(MainOf(network)));
    const std::vector<std::string> names = NamesOf(before);
    std::vector<std::string> permuted = names;
    std::shuffle(permuted.begin(), permuted.end(), random);
    for (const int kind : {0, 1, 2, 3}) {
      std::map<std::string, std::string> to;
      for (size_t i = 0; i < names.size(); ++i) {
        if (kind == 0) to[names[i]] = "renamed_" + std::to_string(i);        // all new
        if (kind == 1) to[names[i]] = permuted[i];                           // all, among themselves
        if (kind == 2 && i == names.size() / 2) to[names[i]] = "one.other";  // one
        if (kind == 3) to[names[i]] = names[(i + 1) % names.size()];         // each to the next
      }
      proto::ProgramDesc after = before;
      RenameAll(to, &after);
      const Compared compared(before, after);
      ASSERT_EQ(compared.diff().changes().size(), 1U) << network << " " << kind << "\n" << compared.Text();
      EXPECT_EQ(compared.diff().changes()[0].what, Change::What::kRenames);
      EXPECT_TRUE(Compared(before, after, no_names).equal()) << network << " " << kind;
    }
  }
}

bool Touches(const proto::OpDesc& a, const proto::OpDesc& b) {
  std::set<std::string> writes;
  std::set<std::string> all;
  for (const auto& slot : a.outputs()) writes.insert(slot.arguments().begin(), slot.arguments().end());
  for (const auto* slots : {&a.inputs(), &a.outputs()}) {
    for (const auto& slot : *slots) all.insert(slot.arguments().begin(), slot.arguments().end());
  }
  for (const auto& slot : b.outputs()) {
    for (const std::string& name : slot.arguments()) {
      if (all.count(name) != 0) return true;
    }
  }
  for (const auto& slot : b.inputs()) {
    for (const std::string& name : slot.arguments()) {
      if (writes.count(name) != 0) return true;
    }
  }
  return false;
}

// Ops that change places without effect are told as that, and nothing else is.
TEST(DiffPropertyTest, PermutedOpsHaveMoved) {
  Random random(3);
  DiffOptions no_order = DefaultOptions();
  no_order.ignore_order = true;
  for (const char* network : {"mlp", "lenet", "residual", "transformer"}) {
    const proto::ProgramDesc before = ParseMessage(ReadFile(MainOf(network)));
    proto::ProgramDesc after = before;
    auto* ops = after.mutable_blocks(0)->mutable_ops();
    size_t swapped = 0;
    for (int turn = 0; turn < 20 * ops->size(); ++turn) {
      const int i = static_cast<int>(random() % static_cast<unsigned>(ops->size() - 1));
      if (Touches(ops->Get(i), ops->Get(i + 1))) continue;
      ops->SwapElements(i, i + 1);
      ++swapped;
    }
    ASSERT_NE(swapped, 0U);
    const Compared compared(before, after);
    EXPECT_FALSE(compared.equal()) << network;
    for (const Change& change : compared.diff().changes()) {
      EXPECT_EQ(change.what, Change::What::kOp) << network;
      EXPECT_TRUE(change.moved && !change.with_effect && !change.changed) << network << "\n" << compared.Text();
    }
    EXPECT_TRUE(Compared(before, after, no_order).equal()) << network;
  }
}

// x = a; y = x, and the other way round: y is another value.
TEST(DiffPropertyTest, MovingWithEffectCounts) {
  const auto program = [](const std::string& first, const std::string& second) {
    return ParseText("blocks { idx: 0 parent_idx: -1 " + first + second +
                     " ops { type: 'fetch' inputs { parameter: 'X' arguments: 'y' } } }");
  };
  const std::string write =
      "ops { type: 'assign' inputs { parameter: 'X' arguments: 'a' } outputs { parameter: 'Out' arguments: 'x' } }";
  const std::string read =
      "ops { type: 'relu' inputs { parameter: 'X' arguments: 'x' } outputs { parameter: 'Out' arguments: 'y' } }";
  DiffOptions no_order = DefaultOptions();
  no_order.ignore_order = true;
  const Compared compared(program(write, read), program(read, write), no_order);
  EXPECT_EQ(compared.diff().counts().moved_with_effect, 1U) << compared.Text();
  EXPECT_THAT(compared.Text(), ::testing::HasSubstr("moved, and values change with it"));
}

// Nothing is quadratic: with 10^10 steps this would not end.
TEST(DiffPropertyTest, UnrelatedLargePrograms) {
  const auto make = [](unsigned seed, bool shared_names) {
    Random random(seed);
    proto::ProgramDesc program;
    proto::BlockDesc* block = program.add_blocks();
    block->set_idx(0);
    block->set_parent_idx(-1);
    for (unsigned i = 0; i < 100'000; ++i) {
      proto::OpDesc* op = block->add_ops();
      op->set_type("op_" + std::to_string(random() % 50));
      const std::string prefix = shared_names ? "v" : "v" + std::to_string(seed) + "_";
      proto::OpDesc::Var* in = op->add_inputs();
      in->set_parameter("X");
      in->add_arguments(prefix + std::to_string(random() % (i + 1)));
      proto::OpDesc::Var* out = op->add_outputs();
      out->set_parameter("Out");
      out->add_arguments(prefix + std::to_string(shared_names ? random() % 1000 : i));
    }
    return program;
  };
  EXPECT_FALSE(Compared(make(1, false), make(2, false)).equal());
  EXPECT_FALSE(Compared(make(1, true), make(2, true)).equal());
}

}  // namespace
}  // namespace pdquant::testing
