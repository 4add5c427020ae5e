// Edits, taken at random, against the same edits of protobuf's messages.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "ir/edit/edits.h"
#include "support/encode.h"
#include "support/programs.h"

namespace pdquant {
namespace {

using testing::BytesField;

// Random programs in unusual encodings, edited at random, and the same done to protobuf's message.
class RandomEdits {
 public:
  explicit RandomEdits(uint32_t seed) : random_(seed) {}

  void Run() {
    const int blocks = 1 + Below(3);
    for (int b = 0; b < blocks; ++b) {
      auto* block = source_.add_blocks();
      block->set_idx(b);
      block->set_parent_idx(b - 1);
      if (Below(2) == 0) block->set_forward_block_idx(-1);
      for (int i = Below(4); i > 0; --i) FillVar(block->add_vars());
      for (int i = Below(6); i > 0; --i) FillOp(block->add_ops());
    }
    source_.mutable_version()->set_version(1008005);
    const std::string encoded = EncodeProgram();
    source_ = testing::ParseMessage(encoded);  // the order of its unknown fields has changed
    const Program program = testing::Load(encoded);
    Edits edits(program);
    proto::ProgramDesc expected = source_;
    for (int b = 0; b < blocks; ++b) EditBlock(program, b, &edits, expected.mutable_blocks(b));
    RemoveBlock(program, &edits, &expected);
    const std::string bytes = edits.Apply()->Flatten();
    ASSERT_EQ(testing::ParseMessage(bytes).SerializeAsString(),
              testing::ParseMessage(expected.SerializeAsString()).SerializeAsString());
    const Program result = testing::Load(bytes);
    for (const auto& [op, type] : untouched_) ExpectSomewhere(result, program.op(op).message(), program.op_extent(op));
  }

 private:
  int Below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  std::string Name() { return "n" + std::to_string(next_name_++); }

  void Plant(google::protobuf::Message* message) {
    auto* unknown = message->GetReflection()->MutableUnknownFields(message);
    if (Below(2) == 0) unknown->AddVarint(1000, static_cast<uint64_t>(Below(1000)));
    if (Below(4) == 0) unknown->AddGroup(1001)->AddLengthDelimited(1, "group");
    if (Below(4) == 0) *unknown->AddLengthDelimited(1002) = Name();
  }

  void FillVar(proto::VarDesc* var) {
    var->set_name(Name());
    var->mutable_type()->set_type(7);
    Plant(var->mutable_type());
    Plant(var);
  }

  void FillOp(proto::OpDesc* op) {
    op->set_type(Name());
    for (int i = Below(3); i > 0; --i) {
      auto* slot = op->add_inputs();
      slot->set_parameter("X" + std::to_string(i));
      slot->add_arguments(Name());
      Plant(slot);
    }
    for (int i = Below(3); i > 0; --i) {
      auto* attr = op->add_attrs();
      attr->set_name(Name());
      attr->set_type(proto::INT);
      attr->set_i(Below(3) - 1);
      Plant(attr);
    }
    Plant(op);
  }

  // The fields of an encoded message, those of different numbers mixed, with overlong tags here and there.
  std::string Shuffled(const std::string& message) {
    std::map<uint32_t, std::vector<std::string>> fields;
    FieldReader reader(message);
    Field field;
    while (reader.Next(&field)) {
      std::string whole(field.whole);
      if (field.number < 16 && field.type != WireType::kGroup && Below(4) == 0) {
        whole.replace(0, 1, {static_cast<char>(whole[0] | '\x80'), '\x80', '\0'});
      }
      fields[field.number].push_back(whole);
    }
    std::vector<std::vector<std::string>*> queues;
    for (auto& [number, list] : fields) {
      std::reverse(list.begin(), list.end());
      queues.insert(queues.end(), list.size(), &list);
    }
    if (Below(3) != 0) std::shuffle(queues.begin(), queues.end(), random_);
    std::string out;
    for (auto* queue : queues) {
      out += queue->back();
      queue->pop_back();
    }
    return out;
  }

  std::string EncodeProgram() {
    std::string bytes;
    for (const auto& block : source_.blocks()) {
      proto::BlockDesc header = block;
      header.clear_ops();
      header.clear_vars();
      std::string encoded = header.SerializeAsString();
      for (const auto& var : block.vars()) encoded += BytesField(3, Shuffled(var.SerializeAsString()));
      for (const auto& op : block.ops()) encoded += BytesField(4, Shuffled(op.SerializeAsString()));
      bytes += BytesField(1, Shuffled(encoded));
    }
    return Shuffled(bytes + BytesField(4, source_.version().SerializeAsString()));
  }

  void EditBlock(const Program& program, int b, Edits* edits, proto::BlockDesc* expected) {
    const Block& block = program.block(static_cast<size_t>(b));
    const int count = static_cast<int>(block.op_count);
    std::vector<proto::OpDesc> first;
    std::vector<std::vector<proto::OpDesc>> before(block.op_count + 1);
    proto::BlockDesc result = *expected;
    result.clear_ops();
    result.clear_vars();
    const auto new_op = [&] {
      proto::OpDesc op;
      FillOp(&op);
      return op;
    };
    const auto keep = [&](std::vector<proto::OpDesc>* list, auto insert) {
      list->push_back(new_op());
      insert(list->back().SerializeAsString());
    };
    if (Below(4) != 0) {  // new ops, in no order
      for (int i = Below(6); i > 0; --i) {
        const int at = Below(count + 1);
        const auto op = block.first_op + static_cast<OpId>(at);
        auto* list = &before[static_cast<size_t>(at)];
        if (at == count) {
          keep(list, [&](const std::string& m) { edits->AppendOp(static_cast<size_t>(b), m); });
        } else if (Below(2) == 0) {
          keep(list, [&](const std::string& m) { edits->InsertOpBefore(op, m); });
        } else {
          keep(&before[static_cast<size_t>(at) + 1], [&](const std::string& m) { edits->InsertOpAfter(op, m); });
        }
      }
      if (Below(3) == 0) keep(&first, [&](const std::string& m) { edits->PrependOp(static_cast<size_t>(b), m); });
    }
    for (const auto& op : first) *result.add_ops() = op;
    for (int i = 0; i <= count; ++i) {
      for (const auto& op : before[static_cast<size_t>(i)]) *result.add_ops() = op;
      if (i < count) EditOneOp(program, block.first_op + static_cast<OpId>(i), edits, expected->ops(i), &result);
    }
    EditVars(block, static_cast<size_t>(b), edits, *expected, &result);
    *expected = result;
  }

  void EditOneOp(const Program& program, OpId op, Edits* edits, proto::OpDesc message, proto::BlockDesc* result) {
    const int what = Below(4);
    if (what == 0) return edits->RemoveOp(op);
    if (what == 1) {
      std::vector<Edits::FieldEdit> fields;
      FieldReader reader(program.op(op).message());
      Field field;
      int input = 0;
      int attr = 0;
      while (reader.Next(&field)) {
        if (field.Is(1, WireType::kBytes)) {
          auto* slot = message.mutable_inputs(input++);
          if (Below(2) == 0) continue;
          slot->add_arguments(Name());
          fields.push_back({field.whole, BytesField(1, slot->SerializeAsString())});
        } else if (field.Is(4, WireType::kBytes)) {
          if (Below(2) == 0 && ++attr > 0) continue;
          message.mutable_attrs()->DeleteSubrange(attr, 1);
          fields.push_back({field.whole, ""});
        }
      }
      for (int i = Below(3); i > 0; --i) {
        auto* added = message.add_attrs();
        added->set_name(Name());
        added->set_type(proto::INTS);
        fields.push_back({{}, BytesField(4, added->SerializeAsString())});
      }
      edits->EditOp(op, fields);
    } else {
      untouched_[op] = message.type();
    }
    *result->add_ops() = message;
  }

  void EditVars(const Block& block, size_t b, Edits* edits, const proto::BlockDesc& expected,
                proto::BlockDesc* result) {
    for (uint32_t i = 0; i < block.var_count; ++i) {
      const int what = Below(5);
      if (what == 0) {
        edits->RemoveVar(block.first_var + i);
      } else if (what == 1) {
        auto* var = result->add_vars();
        FillVar(var);
        edits->ReplaceVar(block.first_var + i, var->SerializeAsString());
      } else {
        *result->add_vars() = expected.vars(static_cast<int>(i));
      }
    }
    for (int i = Below(3); i > 0; --i) {
      auto* var = result->add_vars();
      FillVar(var);
      edits->AddVar(b, var->SerializeAsString());
    }
  }

  // Removes a block at times and numbers those behind it anew.
  void RemoveBlock(const Program& program, Edits* edits, proto::ProgramDesc* expected) {
    const int count = expected->blocks_size();
    const int removed = Below(3 * count);
    if (removed >= count || count == 1) return;
    edits->RemoveBlock(static_cast<size_t>(removed));
    const Block& gone = program.block(static_cast<size_t>(removed));
    for (OpId op = gone.first_op; op < gone.first_op + gone.op_count; ++op) untouched_.erase(op);
    for (int b = removed + 1; b < count; ++b) {
      auto* block = expected->mutable_blocks(b);
      edits->SetBlockNumbers(static_cast<size_t>(b), b - 1, b - 2, -1);
      block->set_idx(b - 1);
      block->set_parent_idx(b - 2);
    }
    expected->mutable_blocks()->DeleteSubrange(removed, 1);
  }

  static void ExpectSomewhere(const Program& result, std::string_view message, const Extent& extent) {
    for (size_t op = 0; op < result.op_count(); ++op) {
      if (result.op(op).message() == message) return;
    }
    ADD_FAILURE() << "an op that nobody touched, at byte " << extent.begin << ", is not the same bytes";
  }

  std::mt19937 random_;
  int next_name_ = 0;
  proto::ProgramDesc source_;
  std::map<OpId, std::string> untouched_;
};

TEST(RandomEditsTest, EqualThoseOfMessages) {
  for (uint32_t seed = 0; seed < 3000 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    RandomEdits(seed).Run();
  }
}

}  // namespace
}  // namespace pdquant
