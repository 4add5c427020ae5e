#include "ir/index.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "pdquant/framework.pb.h"

namespace pdquant {
namespace {

constexpr size_t kUsualArguments = 8;  // of an op, on average: no more than a hint

// What a program seems to declare may all be empty. Beyond it the table grows as names come.
constexpr size_t kMostExpectedNames = size_t{1} << 21U;

uint64_t Key(size_t block, NameId name) { return static_cast<uint64_t>(block) << 32U | name; }

// The name and the type of an attribute. Where neither comes twice, the walk ends when both are found: they come first.
struct AttrHead {
  std::string_view name;
  int32_t type = -1;
};

AttrHead ReadHead(const AttrView& attr, bool repeats) {
  AttrHead head;
  FieldReader reader(attr.message());
  Field field;
  while (reader.Next(&field)) {
    if (field.Is(proto::OpDesc::Attr::kNameFieldNumber, WireType::kBytes)) head.name = field.bytes;
    if (field.Is(proto::OpDesc::Attr::kTypeFieldNumber, WireType::kVarint))
      head.type = static_cast<int32_t>(field.value);
    if (!repeats && head.type >= 0 && !head.name.empty()) break;
  }
  return head;
}

}  // namespace

BlockTree::BlockTree(std::span<const Block> blocks) : first_(blocks.size()), size_(blocks.size(), 1) {
  const auto has_parent = [&](size_t b) { return blocks[b].parent >= 0 && static_cast<size_t>(blocks[b].parent) < b; };
  for (size_t b = blocks.size(); b-- > 0;) {
    if (has_parent(b)) size_[static_cast<size_t>(blocks[b].parent)] += size_[b];
  }
  std::vector<uint32_t> next(blocks.size());  // where the next block begins that lies in this one
  uint32_t next_root = 0;
  for (size_t b = 0; b < blocks.size(); ++b) {
    uint32_t& position = has_parent(b) ? next[static_cast<size_t>(blocks[b].parent)] : next_root;
    first_[b] = position;
    position += size_[b];
    next[b] = first_[b] + 1;
  }
}

Index::Index(const Program& program)
    : program_(&program), names_(std::min(program.var_count(), kMostExpectedNames) + 256), tree_(program.blocks()) {
  var_names_.reserve(program.var_count());
  var_flags_.reserve(program.var_count());
  next_declaration_.reserve(program.var_count());
  ops_.reserve(program.op_count());
  arguments_.reserve(program.op_count() * kUsualArguments);
  for (VarId var = 0; var < program.var_count(); ++var) AddVar(var);
  for (OpId op = 0; op < program.op_count(); ++op) AddOp(op);
  AddScopes();
  has_forward_ =
      std::any_of(program.blocks().begin(), program.blocks().end(), [](const Block& b) { return b.forward >= 0; });
  if (!has_forward_) return;
  for (size_t b = 0; b < program.blocks().size(); ++b) {
    const Block& block = program.block(b);
    const auto parent = static_cast<size_t>(block.parent);
    sees_forward_.push_back(block.forward >= 0 || (block.parent >= 0 && parent < b && sees_forward_[parent]));
  }
}

NameId Index::ReadVar(VarId var) {
  std::string_view name;
  uint8_t flags = 0;
  FieldReader reader(program_->var(var).message());
  Field field;
  const auto set = [&](uint8_t flag, bool on) { flags = static_cast<uint8_t>(on ? flags | flag : flags & ~flag); };
  while (reader.Next(&field)) {
    if (field.Is(proto::VarDesc::kNameFieldNumber, WireType::kBytes)) name = field.bytes;
    if (field.Is(proto::VarDesc::kPersistableFieldNumber, WireType::kVarint)) set(kPersistable, field.value != 0);
    if (field.Is(proto::VarDesc::kIsParameterFieldNumber, WireType::kVarint)) {
      set(kHasIsParameter, true);
      set(kIsParameter, field.value != 0);
    }
  }
  var_flags_.push_back(flags);
  return names_.Intern(name);
}

void Index::AddVar(VarId var) {
  const NameId name = ReadVar(var);
  var_names_.push_back(name);
  next_declaration_.push_back(kNoVar);
  if (name == first_declaration_.size()) {  // names are interned one by one
    first_declaration_.push_back(var);
    return;
  }
  const VarId first = first_declaration_[name];
  // The chain of declarations of a name hangs on its first one: second, then the latest before it.
  shadowed_.try_emplace(Key(program_->BlockOfVar(first), name), first);
  shadowed_.try_emplace(Key(program_->BlockOfVar(var), name), var);
  next_declaration_[var] = next_declaration_[first];
  next_declaration_[first] = var;
}

void Index::AddSlot(const SlotView& slot) {
  const size_t first = arguments_.size();
  std::string_view name;
  FieldReader reader(slot.message());
  Field field;
  while (reader.Next(&field)) {
    if (field.Is(proto::OpDesc::Var::kParameterFieldNumber, WireType::kBytes)) name = field.bytes;
    if (field.Is(2, WireType::kBytes)) arguments_.push_back({kNoName, names_.Intern(field.bytes)});
  }
  const NameId id = names_.Intern(name);
  for (size_t i = first; i < arguments_.size(); ++i) arguments_[i].slot = id;
}

void Index::AddOp(OpId op) {
  IndexedOp entry;
  entry.first_argument = static_cast<uint32_t>(arguments_.size());
  const OpView view = program_->op(op);
  FieldReader reader(view.message());
  Field field;
  const auto add_slot = [&](const SlotView& slot) { AddSlot(slot); };
  bool outputs_seen = false;
  bool mixed = false;
  ops_.push_back(entry);
  while (reader.Next(&field)) {
    if (field.type != WireType::kBytes) continue;
    if (field.number == 1) {
      mixed |= outputs_seen;
      add_slot(SlotView(field.bytes));
      if (!outputs_seen) entry.input_count = static_cast<uint32_t>(arguments_.size()) - entry.first_argument;
    } else if (field.number == 2) {
      outputs_seen = true;
      add_slot(SlotView(field.bytes));
    } else if (field.number == 3) {
      entry.type = names_.Intern(field.bytes);
    } else if (field.number == 4) {
      AddAttr(op, AttrView(field.bytes));
    }
  }
  if (mixed) {  // an unusual encoder wrote an input behind an output: once more, inputs first
    arguments_.resize(entry.first_argument);
    view.ForEachInput(add_slot);
    entry.input_count = static_cast<uint32_t>(arguments_.size()) - entry.first_argument;
    view.ForEachOutput(add_slot);
  }
  if (entry.type == kNoName) entry.type = names_.Intern("");
  entry.output_count = static_cast<uint32_t>(arguments_.size()) - entry.first_argument - entry.input_count;
  entry.role = ops_[op].role;
  ops_[op] = entry;
}

void Index::AddAttr(OpId op, const AttrView& attr) {
  const AttrHead head = ReadHead(attr, program_->repeats_attr_head());
  if (head.name == "op_role") {
    if (const auto role = attr.AsInt()) ops_[op].role = *role;
  } else if (head.type == proto::BLOCK || head.type == proto::BLOCKS) {
    for (const int32_t block : attr.AsBlocks()) block_references_.push_back({op, names_.Intern(head.name), block});
  } else if (head.type == proto::VAR || head.type == proto::VARS) {
    for (const std::string_view name : attr.AsVars())
      var_references_.push_back({op, names_.Intern(head.name), names_.Intern(name)});
  }
}

std::span<const Argument> Index::inputs(OpId op) const {
  const IndexedOp& entry = ops_[op];
  return std::span(arguments_).subspan(entry.first_argument, entry.input_count);
}

std::span<const Argument> Index::outputs(OpId op) const {
  const IndexedOp& entry = ops_[op];
  return std::span(arguments_).subspan(entry.first_argument + entry.input_count, entry.output_count);
}

std::span<const Argument> Index::arguments(OpId op) const {
  const IndexedOp& entry = ops_[op];
  return std::span(arguments_).subspan(entry.first_argument, entry.input_count + entry.output_count);
}

NameId Index::SingleIn(std::span<const Argument> arguments, std::string_view slot) const {
  NameId found = kNoName;
  for (const Argument& argument : arguments) {
    if (name(argument.slot) != slot) continue;
    if (found != kNoName) return kNoName;
    found = argument.name;
  }
  return found;
}

VarId Index::VarOf(OpId op, NameId name) const {
  return name == kNoName ? kNoVar : Lookup(program_->BlockOfOp(op), name);
}

std::optional<TensorType> Index::TensorOf(VarId var) const {
  return var == kNoVar ? std::nullopt : program_->var(var).lod_tensor();
}

std::vector<int64_t> Index::DimsOf(VarId var) const {
  auto tensor = TensorOf(var);
  return tensor ? std::move(tensor->dims) : std::vector<int64_t>();
}

VarId Index::FirstDeclaration(NameId name) const {
  return name < first_declaration_.size() ? first_declaration_[name] : kNoVar;
}

VarId Index::DeclaredIn(size_t block, NameId name) const {
  const VarId first = FirstDeclaration(name);
  if (first == kNoVar) return kNoVar;
  if (next_declaration_[first] == kNoVar) return program_->BlockOfVar(first) == block ? first : kNoVar;
  const auto found = shadowed_.find(Key(block, name));
  return found == shadowed_.end() ? kNoVar : found->second;
}

// For each name with several declarations: where in the block tree it changes its meaning.
void Index::AddScopes() {
  for (const auto& [key, unused] : shadowed_) scopes_.try_emplace(static_cast<NameId>(key & UINT32_MAX));
  for (auto& entry : scopes_) {
    const NameId name = entry.first;
    std::vector<Scope>& scopes = entry.second;
    std::vector<std::pair<size_t, VarId>> declarations;  // block, variable
    for (VarId var = FirstDeclaration(name); var != kNoVar; var = NextDeclaration(var)) {
      const size_t block = program_->BlockOfVar(var);
      if (DeclaredIn(block, name) == var) declarations.emplace_back(block, var);
    }
    std::sort(declarations.begin(), declarations.end(),
              [&](const auto& a, const auto& b) { return tree_.first(a.first) < tree_.first(b.first); });
    std::vector<std::pair<size_t, VarId>> open;
    const auto close_until = [&](uint32_t position) {
      while (!open.empty() && tree_.end(open.back().first) <= position) {
        const uint32_t end = tree_.end(open.back().first);
        open.pop_back();
        scopes.push_back({end, open.empty() ? kNoVar : open.back().second});
      }
    };
    for (const auto& declaration : declarations) {
      close_until(tree_.first(declaration.first));
      scopes.push_back({tree_.first(declaration.first), declaration.second});
      open.push_back(declaration);
    }
    close_until(UINT32_MAX);
  }
}

VarId Index::LookupInScopes(size_t block, NameId name) const {
  const std::vector<Scope>& scopes = scopes_.at(name);
  const uint32_t position = tree_.first(block);
  const auto after = std::upper_bound(scopes.begin(), scopes.end(), position,
                                      [](uint32_t p, const Scope& scope) { return p < scope.position; });
  return after == scopes.begin() ? kNoVar : std::prev(after)->var;
}

VarId Index::Lookup(size_t block, NameId name) const {
  const VarId first = FirstDeclaration(name);
  if (first == kNoVar) return kNoVar;
  if (next_declaration_[first] != kNoVar)
    return SeesForward(block) ? LookupThroughForward(block, name) : LookupInScopes(block, name);
  if (first < program_->block(0).var_count || tree_.Holds(program_->BlockOfVar(first), block)) return first;
  return SeesForward(block) ? LookupThroughForward(block, name) : kNoVar;
}

const std::vector<int32_t>& Index::VisibleBlocks(size_t block) const {
  Visible& v = visible_;
  if (v.block == block) return v.order;
  v.seen.resize(program_->blocks().size());
  v.block = block;
  ++v.round;
  v.order.assign(1, static_cast<int32_t>(block));
  v.seen[block] = v.round;
  for (size_t i = 0; i < v.order.size(); ++i) {
    const Block& b = program_->block(static_cast<size_t>(v.order[i]));
    for (const int32_t next : {b.forward, b.parent}) {
      const bool earlier =
          next >= 0 && next < v.order[i];  // in a program that breaks this rule, the number means nothing
      if (!earlier || v.order.size() > kMostVisibleBlocks || v.seen[static_cast<size_t>(next)] == v.round) continue;
      v.seen[static_cast<size_t>(next)] = v.round;
      v.order.push_back(next);
    }
  }
  return v.order;
}

VarId Index::LookupThroughForward(size_t block, NameId name) const {
  const std::vector<int32_t>& visible = VisibleBlocks(block);
  const VarId first = FirstDeclaration(name);
  if (next_declaration_[first] == kNoVar)
    return visible_.seen[program_->BlockOfVar(first)] == visible_.round ? first : kNoVar;
  for (const int32_t b : visible) {
    const VarId found = DeclaredIn(static_cast<size_t>(b), name);
    if (found != kNoVar) return found;
  }
  return kNoVar;
}

}  // namespace pdquant
