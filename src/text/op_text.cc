#include "text/op_text.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

#include "base/escape.h"
#include "base/number_text.h"
#include "base/words.h"
#include "pdquant/framework.pb.h"
#include "text/field_text.h"

namespace pdquant {
namespace {

// Not in the middle of a character.
size_t CutBefore(std::string_view text, size_t at) {
  while (at > 0 && at < text.size() && (static_cast<uint8_t>(text[at]) & 0xC0U) == 0x80) --at;
  return at;
}

// Each block of an op and each change in it has the label: a long name keeps its ends, and a number for the rest.
std::string CutInTheMiddle(std::string name) {
  constexpr size_t kLongest = 200;
  constexpr size_t kKept = 80;
  if (name.size() <= kLongest) return name;
  return name.substr(0, CutBefore(name, kKept)) + "..." + HexDigits(Fingerprint(name), 16) + "..." +
         name.substr(CutBefore(name, name.size() - kKept));
}

// The first output of the slot whose name is first in byte order: slots have no order in Paddle.
std::string BodyOf(const Index& index, OpId op) {
  std::string name(index.type(op));
  const auto outputs = index.outputs(op);
  const auto first = std::min_element(outputs.begin(), outputs.end(), [&](const Argument& a, const Argument& b) {
    return index.name(a.slot) < index.name(b.slot);
  });
  if (first != outputs.end()) name += ":" + std::string(index.name(first->name));
  return CutInTheMiddle(std::move(name));
}

using proto::VarType;

constexpr char kMissing[] = "(missing)";
constexpr uint32_t kType = proto::OpDesc::Attr::kTypeFieldNumber;  // of the attributes of variables, too

// By type, the field of VarDesc.Attr that holds the value; 0 where the schema has none.
constexpr std::array<uint32_t, 4> kVarAttrValue = {proto::VarDesc::Attr::kIFieldNumber, 0,
                                                   proto::VarDesc::Attr::kSFieldNumber,
                                                   proto::VarDesc::Attr::kIntsFieldNumber};

uint32_t ValueField(MessageKind kind, int32_t type) {
  const auto number = static_cast<size_t>(type);
  if (type < 0) return 0;
  if (kind == MessageKind::kAttr)
    return number < kAttrValueField.size() ? static_cast<uint32_t>(kAttrValueField[number]) : 0;
  return number < kVarAttrValue.size() ? kVarAttrValue[number] : 0;
}

void AppendBlocks(const AttrView& attr, const BlockLabels& labels, std::string* out) {
  const std::vector<int32_t> blocks = attr.AsBlocks();
  const bool is_list = attr.type() == proto::BLOCKS;
  if (blocks.empty() && !is_list) *out += kMissing;
  if (is_list) *out += '[';
  const char* separator = "";
  for (const int32_t block : blocks) {
    *out += separator + labels.Reference(block);
    separator = ", ";
  }
  if (is_list) *out += ']';
}

// Fields beside the name, the type and the value.
void AppendRest(MessageKind kind, std::string_view message, uint32_t value_field, std::string* out) {
  const MessageRule& rule = RuleOf(kind);
  uint32_t seen = 0;
  FieldReader reader(message);
  Field field;
  while (reader.Next(&field)) {
    if (IsKnown(kind, field)) seen |= 1U << field.number;
  }
  for (uint32_t number = kType + 1; number < rule.fields.size(); ++number) {
    if ((seen >> number & 1U) == 0 || number == value_field) continue;
    *out += std::string(", ") + rule.fields[number].name + ": ";
    AppendField(kind, message, number, out);
  }
  ForEachUnknown(kind, message, [&](const Field& unknown) {
    *out += ", ";
    AppendUnknown(unknown, out);
  });
}

// `labels` are null for an attribute of a variable, which names no block.
void AppendAttributeOf(MessageKind kind, const AttrView& attr, const BlockLabels* labels, std::string* out) {
  const int32_t type = attr.type();
  const uint32_t value_field = ValueField(kind, type);
  if (!AppendField(kind, attr.message(), kType, out)) *out += kMissing;
  if (labels != nullptr && (type == proto::BLOCK || type == proto::BLOCKS)) {
    *out += ' ';
    AppendBlocks(attr, *labels, out);
  } else if (value_field != 0) {
    *out += ' ';
    if (!AppendField(kind, attr.message(), value_field, out)) *out += IsList(kind, value_field) ? "[]" : kMissing;
  }
  AppendRest(kind, attr.message(), value_field, out);
}

// The content of one message field, which may come in several parts; false where it is absent.
bool Merge(std::string_view message, uint32_t number, std::string_view* content, std::string* storage) {
  bool found = false;
  FieldReader reader(message);
  Field field;
  while (reader.Next(&field)) {
    if (!field.Is(number, WireType::kBytes)) continue;
    if (found) {
      if (storage->empty()) *storage = *content;
      *storage += field.bytes;
      *content = *storage;
    } else {
      *content = field.bytes;
      found = true;
    }
  }
  return found;
}

struct Description {
  uint32_t field = 0;  // of VarType; 0 for kinds that need none
  bool has_lod = false;
};

Description DescriptionOf(int32_t kind) {
  switch (kind) {
    case proto::VarType::LOD_TENSOR:
      return {VarType::kLodTensorFieldNumber, true};
    case proto::VarType::LOD_TENSOR_ARRAY:
      return {VarType::kTensorArrayFieldNumber, true};
    case proto::VarType::SELECTED_ROWS:
      return {VarType::kSelectedRowsFieldNumber, false};
    default:
      return {};
  }
}

bool HasOnly(MessageKind kind, std::string_view message, uint32_t allowed) {
  FieldReader reader(message);
  Field field;
  while (reader.Next(&field)) {
    if (!IsKnown(kind, field) || (allowed >> field.number & 1U) == 0) return false;
  }
  return true;
}

// Appends data type, shape and LoD level; false where the description holds anything else.
bool AppendDescription(const Description& description, std::string_view type, std::string* out) {
  std::array<std::string, 2> storage;
  std::string_view outer;
  if (!Merge(type, description.field, &outer, &storage[0])) return true;  // without a description
  std::string_view tensor = outer;
  if (description.has_lod && (!HasOnly(MessageKind::kLoDTensorDesc, outer, 0b110) ||
                              !Merge(outer, proto::VarType::LoDTensorDesc::kTensorFieldNumber, &tensor, &storage[1])))
    return false;
  if (!HasOnly(MessageKind::kTensorDesc, tensor, 0b110)) return false;
  *out += ' ';
  if (!AppendField(MessageKind::kTensorDesc, tensor, proto::VarType::TensorDesc::kDataTypeFieldNumber, out))
    *out += kMissing;
  *out += ' ';
  if (!AppendField(MessageKind::kTensorDesc, tensor, proto::VarType::TensorDesc::kDimsFieldNumber, out)) *out += "[]";
  std::string lod_level;
  if (description.has_lod &&
      AppendField(MessageKind::kLoDTensorDesc, outer, proto::VarType::LoDTensorDesc::kLodLevelFieldNumber,
                  &lod_level) &&
      lod_level != "0") {
    *out += " lod_level " + lod_level;
  }
  return true;
}

// "Filter=w, Input=[a, b]": arguments of one slot come one after another.
void AppendArguments(const Index& index, std::span<const Argument> arguments, std::string* out) {
  for (size_t i = 0; i < arguments.size();) {
    size_t end = i + 1;
    while (end < arguments.size() && arguments[end].slot == arguments[i].slot) ++end;
    if (i != 0) *out += ", ";
    AppendName(index.name(arguments[i].slot), out);
    *out += '=';
    if (end - i > 1) *out += '[';
    for (size_t k = i; k < end; ++k) {
      if (k != i) *out += ", ";
      AppendName(index.name(arguments[k].name), out);
    }
    if (end - i > 1) *out += ']';
    i = end;
  }
}

}  // namespace

BlockLabels::BlockLabels(const Index& index) : labels_(index.program().blocks().size(), "unowned") {
  std::unordered_map<std::string, uint32_t> next;
  std::unordered_set<std::string> taken;
  std::vector<bool> named(labels_.size());
  const auto name_block = [&](size_t block, const std::string& name) {
    std::string label = name;
    while (!taken.insert(label).second) label = name + "#" + std::to_string(++next.try_emplace(name, 1U).first->second);
    labels_[block].clear();
    AppendName(label, &labels_[block]);
    named[block] = true;
  };
  name_block(0, "main");
  std::string body;
  std::optional<OpId> op;  // that runs it
  for (const BlockReference& reference : index.block_references()) {
    const auto block = static_cast<size_t>(reference.block);
    if (reference.block <= 0 || block >= labels_.size() || named[block]) continue;
    if (op != reference.op) body = BodyOf(index, reference.op);
    op = reference.op;
    name_block(block, body);
  }
  for (size_t block = 1; block < labels_.size(); ++block) {
    if (!named[block]) name_block(block, "unowned");
  }
}

std::string BlockLabels::Reference(int32_t block) const {
  if (block == -1) return "none";
  const auto position = static_cast<size_t>(block);
  if (block < 0 || position >= labels_.size()) return "(no block " + std::to_string(block) + ")";
  return labels_[position];
}

std::vector<NamedAttribute> SortedAttributes(const OpView& op) {
  std::vector<NamedAttribute> attributes;
  op.ForEachAttr([&](const AttrView& attr) { attributes.push_back({attr.name(), attr}); });
  std::stable_sort(attributes.begin(), attributes.end(),
                   [](const NamedAttribute& a, const NamedAttribute& b) { return a.name < b.name; });
  return attributes;
}

void AppendAttribute(const AttrView& attr, const BlockLabels& labels, std::string* out) {
  AppendAttributeOf(MessageKind::kAttr, attr, &labels, out);
}

void AppendVarAttribute(std::string_view message, std::string* out) {
  AppendAttributeOf(MessageKind::kVarAttr, AttrView(message), nullptr, out);
}

void AppendVarType(const VarView& var, std::string* out) {
  std::string storage;
  std::string_view type;
  if (!Merge(var.message(), proto::VarDesc::kTypeFieldNumber, &type, &storage)) {
    *out += kMissing;
    return;
  }
  const Description description = DescriptionOf(var.kind());
  const size_t before = out->size();
  const uint32_t allowed = 0b10U | (description.field == 0 ? 0U : 1U << description.field);
  if (HasOnly(MessageKind::kVarType, type, allowed) &&
      AppendField(MessageKind::kVarType, type, proto::VarType::kTypeFieldNumber, out) &&
      AppendDescription(description, type, out))
    return;
  out->resize(before);
  AppendMessage(MessageKind::kVarType, type, out);
}

std::string OpNumber(const Index& index, OpId op) {
  const size_t block = index.program().BlockOfOp(op);
  return std::to_string(block) + ":" + std::to_string(op - index.program().block(block).first_op);
}

std::optional<OpId> FindOp(const Index& index, std::string_view number) {
  const size_t colon = number.find(':');
  const auto block =
      colon == std::string_view::npos ? std::optional<uint32_t>(0) : ParseNumber<uint32_t>(number.substr(0, colon));
  const auto op = ParseNumber<uint32_t>(colon == std::string_view::npos ? number : number.substr(colon + 1));
  if (!block || !op || *block >= index.program().blocks().size()) return std::nullopt;
  const Block& found = index.program().block(*block);
  return *op < found.op_count ? std::optional<OpId>(found.first_op + *op) : std::nullopt;
}

std::string ShortName(std::string_view name) {
  constexpr size_t kLongest = 48;
  if (name.size() <= kLongest) return Escape(name);
  return Escape(name.substr(0, kLongest / 2)) + "..." + Escape(name.substr(name.size() - kLongest / 2));
}

std::string Window(std::string_view text, size_t begin, size_t longest) {
  if (text.size() <= longest) return std::string(text);
  begin = CutBefore(text, std::min(begin, text.size() - longest));
  const size_t end = CutBefore(text, std::min(text.size(), begin + longest));
  std::string window = begin == 0 ? "" : "...";
  window += text.substr(begin, end - begin);
  if (end != text.size()) window += "... (" + Counted(text.size(), "byte") + ")";
  return window;
}

void AppendOpLine(const Index& index, OpId op, std::string* out) {
  *out += OpNumber(index, op) + ' ';
  AppendName(index.type(op), out);
  *out += '(';
  AppendArguments(index, index.inputs(op), out);
  *out += ')';
  if (index.outputs(op).empty()) return;
  *out += " -> ";
  AppendArguments(index, index.outputs(op), out);
}

void AppendVarLine(const Index& index, VarId var, std::string* out) {
  AppendName(index.name(index.var_name(var)), out);
  *out += ' ';
  AppendVarType(index.program().var(var), out);
  if (index.persistable(var)) *out += " persistable";
}

}  // namespace pdquant
