#include "support/quantized_structure.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

namespace pdquant::testing {
namespace {

using Op = proto::OpDesc;

std::string WithoutGrad(std::string type) {
  while (type.ends_with("_grad")) type.resize(type.size() - 5);
  return type;
}

std::vector<std::string> QuantizedSlots(const std::string& type) {
  const std::string forward = WithoutGrad(type);
  if (forward == "mul" || forward == "matmul_v2") return {"X", "Y"};
  if (forward == "conv2d" || forward == "depthwise_conv2d") return {"Input", "Filter"};
  return {};
}

std::string ListSlot(const std::string& type) {
  const std::string forward = WithoutGrad(type);
  if (forward == "while") return "X";
  return forward == "recurrent" ? "parameters" : "Input";
}

std::vector<std::string> Arguments(const google::protobuf::RepeatedPtrField<Op::Var>& slots, std::string_view slot) {
  for (const auto& s : slots) {
    if (s.parameter() == slot) return {s.arguments().begin(), s.arguments().end()};
  }
  return {};
}

class Structure {
 public:
  explicit Structure(const proto::ProgramDesc& program) : program_(program), vars_(Size()), dequantized_(Size()) {
    for (int b = 0; b < program.blocks_size(); ++b) {
      for (const auto& var : program.blocks(b).vars()) vars_[At(b)][var.name()] = &var;
      for (const Op& op : program.blocks(b).ops()) {
        for (const auto& attr : op.attrs()) {
          if (attr.type() == proto::BLOCK) owner_[attr.block_idx()] = {b, &op};
        }
        const bool linear = op.type().ends_with("quantize_linear");
        const bool rounds = op.type().find("dequantize") != std::string::npos;
        if (rounds) dequantized_[At(b)].insert(Arguments(op.outputs(), linear ? "Y" : "Out").at(0));
        if (linear || op.type().starts_with("fake_")) AddState(op);
      }
    }
  }

  std::vector<std::string> FloatOperands() const {
    std::vector<std::string> found;
    for (int b = 0; b < program_.blocks_size(); ++b) {
      const std::vector<int> seen = Visible(b);
      for (const Op& op : program_.blocks(b).ops()) {
        for (const std::string& slot : QuantizedSlots(op.type())) {
          for (const std::string& name : Arguments(op.inputs(), slot)) {
            const bool dequantized =
                std::any_of(seen.begin(), seen.end(), [&](int s) { return dequantized_[At(s)].contains(name); });
            if (!dequantized && IsFloatTensor(seen, name))
              found.push_back("block " + std::to_string(b) + " " + op.type() + " " + slot + " " + name);
          }
        }
      }
    }
    return found;
  }

  std::vector<std::string> ListProblems() const {
    std::vector<std::string> found;
    for (int b = 1; b < program_.blocks_size(); ++b) {
      for (const Op& op : program_.blocks(b).ops()) {
        for (const auto* slots : {&op.inputs(), &op.outputs()}) {
          for (const auto& slot : *slots) {
            for (const std::string& name : slot.arguments()) CheckNamed(b, op, name, &found);
          }
        }
      }
      CheckGradient(b, &found);
    }
    return found;
  }

 private:
  struct Owner {
    int block;
    const Op* op;
  };
  static size_t At(int i) { return static_cast<size_t>(i); }
  size_t Size() const { return At(program_.blocks_size()); }

  void AddState(const Op& op) {
    for (const auto* slots : {&op.inputs(), &op.outputs()}) {
      for (const auto& slot : *slots) {
        for (const std::string& name : slot.arguments()) {
          const auto var = vars_[0].find(name);
          if (slot.parameter() != "X" && var != vars_[0].end() && var->second->persistable()) state_.insert(name);
        }
      }
    }
  }

  std::vector<int> Visible(int block) const {
    std::vector<int> blocks;
    for (int outer = block; outer >= 0; outer = program_.blocks(outer).parent_idx()) {
      for (int b = outer; b >= 0;) {
        blocks.push_back(b);
        const int forward = program_.blocks(b).forward_block_idx();
        b = forward < b ? forward : -1;
      }
    }
    return blocks;
  }

  bool IsFloatTensor(const std::vector<int>& seen, const std::string& name) const {
    for (const int b : seen) {
      const auto found = vars_[At(b)].find(name);
      if (found == vars_[At(b)].end()) continue;
      const auto& type = found->second->type();
      return type.type() == proto::VarType::LOD_TENSOR &&
             type.lod_tensor().tensor().data_type() == proto::VarType::FP32;
    }
    return true;
  }

  // The block that a made variable stands in; -1 for others.
  int MadeIn(const std::string& name) const {
    if (state_.contains(name)) return 0;
    for (int b = 0; b < program_.blocks_size(); ++b) {
      if (dequantized_[At(b)].contains(name)) return b;
    }
    return -1;
  }

  void CheckNamed(int block, const Op& reader, const std::string& name, std::vector<std::string>* found) const {
    const int made = MadeIn(name);
    if (made < 0 || !Runs(block)) return;
    for (int b = block; b != made && program_.blocks(b).forward_block_idx() != made; b = owner_.at(b).block) {
      const Op& control = *owner_.at(b).op;
      const auto list = Arguments(control.inputs(), ListSlot(control.type()));
      if (std::find(list.begin(), list.end(), name) != list.end()) continue;
      found->push_back("block " + std::to_string(block) + " " + reader.type() + " needs " + name + ", which " +
                       control.type() + " of block " + std::to_string(owner_.at(b).block) + " doesn't name");
    }
  }

  // Whether something runs the block: recompute and second backwards leave some that nothing runs.
  bool Runs(int block) const {
    while (block != 0) {
      const auto owner = owner_.find(block);
      if (owner == owner_.end()) return false;
      block = owner->second.block;
    }
    return true;
  }

  void CheckGradient(int block, std::vector<std::string>* found) const {
    const int forward = program_.blocks(block).forward_block_idx();
    const auto owner = owner_.find(block);
    const auto forward_owner = owner_.find(forward);
    if (forward < 0 || forward == block || owner == owner_.end() || forward_owner == owner_.end()) return;
    const Op& gradient = *owner->second.op;
    const std::string slot = ListSlot(gradient.type());
    const auto list = Arguments(gradient.inputs(), slot);
    if (list != Arguments(forward_owner->second.op->inputs(), slot) ||
        list.size() != Arguments(gradient.outputs(), slot + "@GRAD").size())
      found->push_back(gradient.type() + " that runs block " + std::to_string(block) + " has another list");
  }

  const proto::ProgramDesc& program_;
  std::vector<std::map<std::string, const proto::VarDesc*>> vars_;
  std::vector<std::set<std::string>> dequantized_;  // by block
  std::map<int, Owner> owner_;                      // by block
  std::set<std::string> state_;                     // persistable variables that fake ops use
};

}  // namespace

std::vector<std::string> FloatOperands(const proto::ProgramDesc& program) { return Structure(program).FloatOperands(); }
std::vector<std::string> ListProblems(const proto::ProgramDesc& program) { return Structure(program).ListProblems(); }

}  // namespace pdquant::testing
