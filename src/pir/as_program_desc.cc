#include "pir/as_program_desc.h"

#include <algorithm>
#include <deque>
#include <map>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "paddle/names.h"
#include "pdquant/framework.pb.h"
#include "pir/import/draft.h"
#include "pir/program.h"
#include "pir/value_text.h"

namespace pdquant::pir {
namespace {

constexpr std::string_view kRegions = "regions";  // the attribute that names an op's blocks

class Drawing {
 public:
  explicit Drawing(const Program& program)
      : program_(program), names_(NameValues(program)), vars_(program.values.size(), kLostVar) {}

  std::string Encode() {
    for (BlockId block = 1; block < program_.blocks.size(); ++block)
      draft_.AddBlock(BlockAround(program_.blocks[block].parent));
    for (BlockId block = 0; block < program_.blocks.size(); ++block) Declare(program_.blocks[block].arguments, block);
    for (const Op& op : program_.ops) {
      Declare(op.results, op.block);
      AddOp(op);
    }
    return draft_.Encode();
  }

 private:
  // What is damaged may name no block.
  uint32_t BlockAround(BlockId block) const { return block < program_.blocks.size() ? block : 0; }

  void Declare(const Range& values, BlockId block) {
    for (ValueId i = values.begin; i < values.end; ++i) {
      const TypeId type = program_.values[i].type;
      const bool is_made = type == kNone || program_.types[type].kind != Type::Kind::kNull;
      if (is_made) vars_[i] = draft_.AddVar(VarOf(i, block));
    }
  }

  DraftVar VarOf(ValueId value, BlockId block) const {
    DraftVar var;
    var.name = names_[value];
    var.block = BlockAround(block);
    var.kind = proto::VarType::RAW;
    const Value& made = program_.values[value];
    if (made.type != kNone) {
      const Type& type = program_.types[made.type];
      if (type.element >= 0 && (type.is_tensor() || type.kind == Type::Kind::kArray)) {
        var.kind = type.is_tensor() ? proto::VarType::LOD_TENSOR : proto::VarType::LOD_TENSOR_ARRAY;
        var.element = type.element;
        var.dims = type.dims;
        var.lod_levels = type.lod_levels;
      }
    }
    const Op* op = program_.MakerOf(value);
    if (op == nullptr) return var;
    var.is_parameter = op->parameter != kNone;
    var.is_persistable = var.is_parameter && program_.parameters[op->parameter].is_persistable;
    var.is_input = IsInputOp(program_.text(op->name));
    return var;
  }

  void AddOp(const Op& op) {
    OpDraft draft(TypeOf(op));
    size_t position = 0;
    for (const Operand& operand : program_.OperandsOf(op)) {
      const std::string_view slot = Slot(position++);
      if (operand.value != kNone && vars_[operand.value] != kLostVar) draft.Input(slot, vars_[operand.value]);
    }
    for (ValueId i = op.results.begin; i < op.results.end && op.parameter == kNone; ++i) {
      if (vars_[i] != kLostVar) draft.Output(Slot(i - op.results.begin), vars_[i]);
    }
    for (const Attr& attr : program_.AttrsOf(op)) {
      if (!IsNote(program_, attr) && attr.kind != Attr::Kind::kPlace) SetAttribute(attr, &draft);
    }
    if (op.parameter != kNone) draft.Set(kNameAttribute, program_.text(program_.parameters[op.parameter].name));
    if (const std::string_view scope = program_.ScopeOf(op); !scope.empty()) draft.Set(attributes::kOpNamescope, scope);
    std::vector<int32_t> bodies;
    for (const RegionId region : program_.RegionsOf(op)) {
      for (const BlockId block : program_.regions[region].blocks) bodies.push_back(static_cast<int32_t>(block));
    }
    if (!bodies.empty()) draft.Set(kRegions, BlocksValue{bodies});
    draft_.AddOp(BlockAround(op.block), draft);
  }

  void SetAttribute(const Attr& attr, OpDraft* op) const {
    const std::string_view name = program_.text(attr.name);
    switch (attr.kind) {
      case Attr::Kind::kBool:
        return op->Set(name, attr.integer != 0);
      case Attr::Kind::kInt32:
        return op->Set(name, static_cast<int32_t>(attr.integer));
      case Attr::Kind::kInt64:
      case Attr::Kind::kIndex:
        return op->Set(name, attr.integer);
      case Attr::Kind::kFloat32:
        return op->Set(name, static_cast<float>(attr.number));
      case Attr::Kind::kFloat64:
        return op->Set(name, attr.number);
      case Attr::Kind::kString:
        return op->Set(name, program_.text(attr.text));
      case Attr::Kind::kArray:
      case Attr::Kind::kIntArray:
        return SetList(attr, op);
      default:
        return op->Set(name, std::string_view(AttrText(program_, attr)));
    }
  }

  // Whole numbers stay numbers; other lists are text.
  void SetList(const Attr& attr, OpDraft* op) const {
    const std::span<const Attr> items = program_.ItemsOf(attr);
    const bool whole = std::all_of(items.begin(), items.end(), [](const Attr& item) {
      return item.kind == Attr::Kind::kInt32 || item.kind == Attr::Kind::kInt64;
    });
    if (!whole) return op->Set(program_.text(attr.name), std::string_view(AttrText(program_, attr)));
    std::vector<int64_t> values;
    for (const Attr& item : items) values.push_back(item.integer);
    op->Set(program_.text(attr.name), std::span<const int64_t>(values));
  }

  // Texts that outlive the drafts that name them.
  std::string_view TypeOf(const Op& op) {
    const std::string_view name = program_.text(op.name);
    if (IsInputOp(name)) return op_types::kFeed;
    if (name == kFetchOp) return op_types::kFetch;
    const auto [entry, is_new] = types_.try_emplace(op.name);
    if (is_new) entry->second = FullName(name);
    return entry->second;
  }
  std::string_view Slot(size_t position) {
    while (slots_.size() <= position) slots_.push_back(std::to_string(slots_.size()));
    return slots_[position];
  }

  const Program& program_;
  const std::vector<std::string> names_;
  std::vector<VarId> vars_;  // by ValueId
  Draft draft_;
  std::map<TextId, std::string> types_;
  std::deque<std::string> slots_;
};

}  // namespace

std::string AsProgramDesc(const Program& program) { return Drawing(program).Encode(); }

}  // namespace pdquant::pir
