#include "pir/import/draft.h"

#include <algorithm>
#include <optional>

#include "ir/wire.h"
#include "paddle/import/program_defaults.h"
#include "pdquant/framework.pb.h"

namespace pdquant::pir {
namespace {

// The Paddle whose form of ProgramDesc is written: 2.6.2.
constexpr uint64_t kPaddleVersion = 2'006'002;

AttrValue ValueOf(const TableAttribute& attribute, std::vector<int32_t>* ints, std::vector<float>* floats) {
  switch (attribute.type) {
    case AttributeType::kInt:
      return static_cast<int32_t>(attribute.integers[0]);
    case AttributeType::kLong:
      return attribute.integers[0];
    case AttributeType::kFloat:
      return static_cast<float>(attribute.numbers[0]);
    case AttributeType::kBool:
      return attribute.integers[0] != 0;
    case AttributeType::kString:
      return attribute.text;
    case AttributeType::kInts:
      for (const int64_t value : attribute.integers) ints->push_back(static_cast<int32_t>(value));
      return std::span<const int32_t>(*ints);
    case AttributeType::kLongs:
      return std::span<const int64_t>(attribute.integers);
    case AttributeType::kFloats:
      for (const double value : attribute.numbers) floats->push_back(static_cast<float>(value));
      return std::span<const float>(*floats);
    case AttributeType::kStrings:
      return std::span<const std::string>();
    case AttributeType::kScalars:
      break;
  }
  return std::span<const ScalarValue>();
}

std::string Encoded(const TableAttribute& attribute) {
  std::vector<int32_t> ints;
  std::vector<float> floats;
  return EncodeAttr(attribute.name, ValueOf(attribute, &ints, &floats));
}

// Of an encoded field that holds so many bytes, with its tag of one byte and its length.
size_t SizeOfField(size_t bytes) {
  std::string length;
  AppendVarint(bytes, &length);
  return 1 + length.size() + bytes;
}

std::string EncodedVar(const DraftVar& var) {
  using proto::VarDesc;
  const auto element = var.element >= 0 ? std::optional(var.element) : std::nullopt;
  const std::string type = EncodeVarType(var.kind, element, var.dims, var.lod_levels);
  std::string out = EncodeVarOfType(var.name, type, var.is_persistable);
  if (var.is_input) AppendVarintField(VarDesc::kNeedCheckFeedFieldNumber, 1, &out);
  if (var.is_parameter) AppendVarintField(VarDesc::kIsParameterFieldNumber, 1, &out);
  return out;
}

std::vector<VarId>* Find(std::vector<std::pair<std::string_view, std::vector<VarId>>>* slots, std::string_view slot) {
  for (auto& [name, vars] : *slots) {
    if (name == slot) return &vars;
  }
  return nullptr;
}

}  // namespace

void OpDraft::Set(std::string_view name, const AttrValue& value) {
  std::string encoded = EncodeAttr(name, value);
  for (auto& [other, text] : attributes_) {
    if (other != name) continue;
    text = std::move(encoded);
    return;
  }
  attributes_.emplace_back(name, std::move(encoded));
}

void OpDraft::Set(const TableAttribute& attribute) {
  std::vector<int32_t> ints;
  std::vector<float> floats;
  Set(attribute.name, ValueOf(attribute, &ints, &floats));
}

bool OpDraft::Has(std::string_view name) const {
  return std::any_of(attributes_.begin(), attributes_.end(), [&](const auto& entry) { return entry.first == name; });
}

std::vector<VarId>* OpDraft::FindInput(std::string_view slot) { return Find(&inputs_, slot); }
std::vector<VarId>* OpDraft::FindOutput(std::string_view slot) { return Find(&outputs_, slot); }

Draft::Draft() {
  vars_.emplace_back();  // kLostVar
  blocks_.push_back({-1, {}});
}

uint32_t Draft::AddBlock(uint32_t parent) {
  blocks_.push_back({static_cast<int32_t>(parent), {}});
  return static_cast<uint32_t>(blocks_.size() - 1);
}

std::string Draft::Reserve(std::string_view name) {
  std::string free(name);
  if (names_.insert(free).second) return free;
  uint32_t& last = last_numbers_[free];
  do {
    free = std::string(name) + "_" + std::to_string(++last);
  } while (!names_.insert(free).second);
  return free;
}

VarId Draft::AddVar(DraftVar var, bool is_reserved) {
  if (!is_reserved) var.name = Reserve(var.name);
  vars_.push_back(std::move(var));
  return static_cast<VarId>(vars_.size() - 1);
}

const Draft::Defaults& Draft::DefaultsOf(std::string_view type) {
  const auto [entry, is_new] = defaults_.try_emplace(type);
  if (is_new) {
    for (const TableAttribute& attribute : DefaultAttributes(type)) {
      entry->second.emplace_back(attribute.name, Encoded(attribute));
    }
  }
  return entry->second;
}

void Draft::AddOp(uint32_t block, const OpDraft& op) {
  OpBuilder builder;
  EncodedOp encoded = {op.type_, {}, {}, {}, op.is_removable_};
  std::vector<std::string_view> names;
  for (const bool is_input : {true, false}) {
    for (const auto& [slot, vars] : is_input ? op.inputs_ : op.outputs_) {
      names.clear();
      for (const VarId var : vars) {
        names.push_back(vars_[var].name);
        (is_input ? encoded.inputs : encoded.outputs).push_back(var);
      }
      is_input ? builder.Inputs(slot, names) : builder.Outputs(slot, names);
    }
  }
  builder.Type(op.type_);
  // In the order of their names, as Paddle writes them.
  std::vector<std::pair<std::string_view, std::string_view>> attributes;
  for (const auto& [name, value] : op.attributes_) attributes.emplace_back(name, value);
  for (const auto& [name, value] : DefaultsOf(op.type_)) {
    if (!op.Has(name)) attributes.emplace_back(name, value);
  }
  std::sort(attributes.begin(), attributes.end());
  encoded.message = builder.message();
  for (const auto& [name, value] : attributes) {
    AppendBytesField(proto::OpDesc::kAttrsFieldNumber, value, &encoded.message);
  }
  blocks_[block].ops.push_back(static_cast<uint32_t>(ops_.size()));
  ops_.push_back(std::move(encoded));
}

std::vector<VarId> Draft::OuterVars(uint32_t block, bool written) const {
  std::vector<VarId> found;
  tsl::robin_set<VarId> seen;
  for (const uint32_t op : blocks_[block].ops) {
    for (const VarId var : written ? ops_[op].outputs : ops_[op].inputs) {
      // Blocks are numbered from the outside to the inside.
      if (var == kLostVar || vars_[var].block >= block || vars_[var].kind == proto::VarType::STEP_SCOPES) continue;
      if (seen.insert(var).second) found.push_back(var);
    }
  }
  return found;
}

std::vector<VarId> Draft::ReadFromOutside(uint32_t block) const { return OuterVars(block, false); }
std::vector<VarId> Draft::WrittenOutside(uint32_t block) const { return OuterVars(block, true); }

std::vector<bool> Draft::UsedVars() const {
  std::vector<bool> used(vars_.size());
  for (const EncodedOp& op : ops_) {
    for (const VarId var : op.inputs) used[var] = true;
    for (const VarId var : op.outputs) used[var] = true;
  }
  return used;
}

void Draft::RemoveUnread() {
  std::vector<uint32_t> readers(vars_.size());
  for (const EncodedOp& op : ops_) {
    for (const VarId var : op.inputs) ++readers[var];
  }
  // An op stands behind those that make what it reads, so that one pass from the end finds them all.
  std::vector<bool> is_removed(ops_.size());
  for (size_t i = ops_.size(); i-- > 0;) {
    const EncodedOp& op = ops_[i];
    if (!op.is_removable) continue;
    if (std::any_of(op.outputs.begin(), op.outputs.end(), [&](VarId var) { return readers[var] != 0; })) continue;
    is_removed[i] = true;
    for (const VarId var : op.inputs) --readers[var];
  }
  std::vector<uint32_t> position(ops_.size());
  size_t kept = 0;
  for (size_t i = 0; i < ops_.size(); ++i) {
    if (is_removed[i]) continue;
    position[i] = static_cast<uint32_t>(kept);
    if (kept != i) ops_[kept] = std::move(ops_[i]);
    ++kept;
  }
  ops_.resize(kept, EncodedOp{});
  for (DraftBlock& block : blocks_) {
    std::vector<uint32_t> left;
    for (const uint32_t op : block.ops) {
      if (!is_removed[op]) left.push_back(position[op]);
    }
    block.ops = std::move(left);
  }
}

std::string Draft::Encode() {
  using proto::BlockDesc;
  using proto::ProgramDesc;
  // What no op reads or writes was of ops that are gone; a parameter is in the parameter file all the same.
  const std::vector<bool> used = UsedVars();
  std::vector<std::string> vars(blocks_.size());
  for (VarId i = 1; i < vars_.size(); ++i) {
    if (!used[i] && !vars_[i].is_parameter) continue;
    AppendBytesField(BlockDesc::kVarsFieldNumber, EncodedVar(vars_[i]), &vars[vars_[i].block]);
  }
  std::string out;
  for (size_t i = 0; i < blocks_.size(); ++i) {
    std::string head;
    AppendVarintField(BlockDesc::kIdxFieldNumber, i, &head);
    AppendVarintField(BlockDesc::kParentIdxFieldNumber, static_cast<uint64_t>(int64_t{blocks_[i].parent}), &head);
    std::string tail;
    AppendVarintField(BlockDesc::kForwardBlockIdxFieldNumber, static_cast<uint64_t>(int64_t{-1}), &tail);
    size_t size = head.size() + vars[i].size() + tail.size();
    for (const uint32_t op : blocks_[i].ops) size += SizeOfField(ops_[op].message.size());
    out.reserve(out.size() + SizeOfField(size) + 8192);  // the versions of ops come behind
    AppendTag(ProgramDesc::kBlocksFieldNumber, WireType::kBytes, &out);
    AppendVarint(size, &out);
    out += head;
    out += vars[i];
    std::string().swap(vars[i]);
    for (const uint32_t op : blocks_[i].ops) {
      AppendBytesField(BlockDesc::kOpsFieldNumber, ops_[op].message, &out);
      std::string().swap(ops_[op].message);
    }
    out += tail;
  }
  std::string version;
  AppendVarintField(proto::Version::kVersionFieldNumber, kPaddleVersion, &version);
  AppendBytesField(ProgramDesc::kVersionFieldNumber, version, &out);
  std::string versions;
  for (const OpVersion& op : OpVersions()) {
    std::string number;
    AppendVarintField(proto::OpVersion::kVersionFieldNumber, static_cast<uint64_t>(op.version), &number);
    std::string pair;
    AppendBytesField(proto::OpVersionMap::OpVersionPair::kOpNameFieldNumber, op.type, &pair);
    AppendBytesField(proto::OpVersionMap::OpVersionPair::kOpVersionFieldNumber, number, &pair);
    AppendBytesField(proto::OpVersionMap::kPairFieldNumber, pair, &versions);
  }
  AppendBytesField(ProgramDesc::kOpVersionMapFieldNumber, versions, &out);
  return out;
}

}  // namespace pdquant::pir
