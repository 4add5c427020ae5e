#include "tile.h"

#include <string>

namespace pdquant::bench {
namespace {

bool IsShared(const std::string& name) { return name == "feed" || name == "fetch"; }

class Copy {
 public:
  Copy(int number, proto::BlockDesc* block)
      : is_first_(number == 0), prefix_("t" + std::to_string(number) + "/"), block_(block) {}

  void AddVar(const proto::VarDesc& var) {
    if (IsShared(var.name()) && !is_first_) return;
    auto* copy = block_->add_vars();
    *copy = var;
    Rename(copy->mutable_name());
  }

  void AddOp(const proto::OpDesc& op) {
    auto* copy = block_->add_ops();
    *copy = op;
    for (auto* slots : {copy->mutable_inputs(), copy->mutable_outputs()}) {
      for (auto& slot : *slots) {
        for (auto& name : *slot.mutable_arguments()) Rename(&name);
      }
    }
    for (auto& attr : *copy->mutable_attrs()) {
      if (attr.name() != "op_role_var") continue;
      for (auto& name : *attr.mutable_strings()) Rename(&name);
    }
  }

 private:
  void Rename(std::string* name) const {
    if (!IsShared(*name)) name->insert(0, prefix_);
  }

  bool is_first_;
  std::string prefix_;
  proto::BlockDesc* block_;
};

}  // namespace

proto::ProgramDesc Tile(const proto::ProgramDesc& source, int copies) {
  proto::ProgramDesc tiled = source;
  auto* block = tiled.mutable_blocks(0);
  block->clear_vars();
  block->clear_ops();
  for (int i = 0; i < copies; ++i) {
    Copy copy(i, block);
    for (const auto& var : source.blocks(0).vars()) copy.AddVar(var);
    for (const auto& op : source.blocks(0).ops()) copy.AddOp(op);
  }
  return tiled;
}

}  // namespace pdquant::bench
