#include "program_mutator.h"

#include <array>
#include <random>
#include <string>

namespace pdquant::fuzz {
namespace {

constexpr std::array<const char*, 16> kOpTypes = {"mul",
                                                  "conv2d",
                                                  "depthwise_conv2d",
                                                  "mul_grad",
                                                  "conv2d_grad",
                                                  "depthwise_conv2d_grad",
                                                  "mul_grad_grad",
                                                  "sum",
                                                  "sgd",
                                                  "assign",
                                                  "while",
                                                  "conditional_block",
                                                  "recurrent_grad",
                                                  "fake_quantize_abs_max",
                                                  "feed",
                                                  "batch_norm"};
constexpr std::array<int32_t, 8> kNumbers = {0, 1, 2, 5, 16, 256, 257, -1};  // roles, types and block numbers, mostly

class Mutator {
 public:
  Mutator(uint32_t seed, proto::ProgramDesc* program) : random_(seed), program_(program) {}

  void Run() {
    for (int i = Below(4); i >= 0; --i) {
      if (program_->blocks_size() == 0) return;
      block_ = program_->mutable_blocks(Below(program_->blocks_size()));
      switch (Below(8)) {
        case 0:
          MutateBlock();
          break;
        case 1:
        case 2:
          MutateVar();
          break;
        default:
          MutateOp();
      }
    }
  }

 private:
  int Below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  int32_t Number() { return kNumbers[static_cast<size_t>(Below(static_cast<int>(kNumbers.size())))]; }

  // Removes, doubles or moves an element; false where the list is empty or was left alone.
  template <typename List>
  bool Shuffle(List* list) {
    if (list->empty()) return false;
    const int at = Below(list->size());
    switch (Below(8)) {
      case 0:
        list->DeleteSubrange(at, 1);
        return true;
      case 1:
        *list->Add() = list->Get(at);
        return true;
      case 2:
        list->SwapElements(at, Below(list->size()));
        return true;
      default:
        return false;
    }
  }

  std::string SomeName() {
    const auto& block = program_->blocks(Below(program_->blocks_size()));
    if (block.vars_size() == 0 || Below(32) == 0) return Below(2) == 0 ? "@EMPTY@" : "";
    std::string name = block.vars(Below(block.vars_size())).name();
    constexpr std::array<const char*, 4> kSuffixes = {".quantized", ".quantized.dequantized", ".scale", "@GRAD"};
    if (Below(16) == 0) name += kSuffixes[static_cast<size_t>(Below(4))];
    return name;
  }

  void MutateBlock() {
    if (Below(4) == 0) {
      Shuffle(program_->mutable_blocks());
    } else if (Below(2) == 0) {
      block_->set_parent_idx(Number());
    } else {
      block_->set_forward_block_idx(Number());
    }
  }

  void MutateVar() {
    if (Shuffle(block_->mutable_vars()) || block_->vars_size() == 0) return;
    auto* var = block_->mutable_vars(Below(block_->vars_size()));
    auto* tensor = var->mutable_type()->mutable_lod_tensor()->mutable_tensor();
    switch (Below(6)) {
      case 0:
        var->set_name(SomeName());
        break;
      case 1:
        var->set_persistable(!var->persistable());
        break;
      case 2:
        var->set_is_parameter(Below(2) == 0);
        break;
      case 3:
        tensor->set_data_type(Below(8));
        break;
      case 4:
        var->mutable_type()->set_type(7 + Below(12));
        break;
      default:
        tensor->add_dims(Number());
    }
  }

  void MutateOp() {
    if (Shuffle(block_->mutable_ops()) || block_->ops_size() == 0) return;
    auto* op = block_->mutable_ops(Below(block_->ops_size()));
    switch (Below(8)) {
      case 0:
        op->set_type(kOpTypes[static_cast<size_t>(Below(static_cast<int>(kOpTypes.size())))]);
        break;
      case 1:
      case 2:
        MutateSlots(op->mutable_outputs());
        break;
      case 3:
      case 4:
        MutateAttr(op);
        break;
      default:
        MutateSlots(op->mutable_inputs());
    }
  }

  void MutateSlots(google::protobuf::RepeatedPtrField<proto::OpDesc::Var>* slots) {
    if (Shuffle(slots) || slots->empty()) return;
    auto* slot = slots->Mutable(Below(slots->size()));
    if (Shuffle(slot->mutable_arguments())) return;
    if (slot->arguments_size() == 0 || Below(8) == 0) {
      *slot->add_arguments() = SomeName();
    } else {
      slot->set_arguments(Below(slot->arguments_size()), SomeName());
    }
  }

  void MutateAttr(proto::OpDesc* op) {
    if (Shuffle(op->mutable_attrs()) || op->attrs_size() == 0) return;
    auto* attr = op->mutable_attrs(Below(op->attrs_size()));
    if (attr->has_i()) attr->set_i(Number());
    if (attr->has_b()) attr->set_b(Below(2) == 0);
    if (attr->has_block_idx()) attr->set_block_idx(Number());
    if (attr->has_s()) attr->set_s(SomeName());
    for (auto& text : *attr->mutable_strings()) text = SomeName();
  }

  std::minstd_rand random_;
  proto::ProgramDesc* program_;
  proto::BlockDesc* block_ = nullptr;
};

}  // namespace

void MutateProgram(uint32_t seed, proto::ProgramDesc* program) { Mutator(seed, program).Run(); }

bool MutateProgram(uint32_t seed, std::string* program) {
  proto::ProgramDesc message;
  if (!message.ParsePartialFromString(*program)) return false;
  MutateProgram(seed, &message);
  *program = message.SerializePartialAsString();
  return true;
}

}  // namespace pdquant::fuzz
