#include "diff/compare.h"

#include <algorithm>
#include <utility>

#include "base/counted.h"
#include "diff/facts.h"
#include "pdquant/framework.pb.h"
#include "text/attribute_text.h"
#include "text/field_text.h"

namespace pdquant {
namespace {

using Part = Difference::Part;

// A slot with all its arguments, which may come in several messages of one name.
struct Slot {
  std::string_view name;
  std::vector<NameId> arguments;
  std::string unknown;
  size_t messages = 1;
};

void AppendUnknownFields(MessageKind kind, std::string_view message, std::string* out) {
  ForEachUnknown(kind, message, [&](const Field& field) {
    if (!out->empty()) *out += ", ";
    AppendUnknown(field, out);
  });
}

std::vector<Slot> SlotsOf(const Index& index, OpId op, bool inputs) {
  std::vector<Slot> slots;
  const auto arguments = inputs ? index.inputs(op) : index.outputs(op);
  size_t next = 0;
  const auto add = [&](const SlotView& view) {
    Slot& slot = slots.emplace_back();
    slot.name = view.name();
    view.ForEachArgument([&](std::string_view) { slot.arguments.push_back(arguments[next++].name); });
    AppendUnknownFields(MessageKind::kSlot, view.message(), &slot.unknown);
  };
  const OpView view = index.program().op(op);
  inputs ? view.ForEachInput(add) : view.ForEachOutput(add);
  std::stable_sort(slots.begin(), slots.end(), [](const Slot& x, const Slot& y) { return x.name < y.name; });
  size_t kept = 0;
  for (size_t i = 1; i < slots.size(); ++i) {
    if (slots[i].name != slots[kept].name) {
      if (++kept != i) slots[kept] = std::move(slots[i]);
      continue;
    }
    ++slots[kept].messages;
    slots[kept].arguments.insert(slots[kept].arguments.end(), slots[i].arguments.begin(), slots[i].arguments.end());
    if (!slots[i].unknown.empty()) slots[kept].unknown += ", " + slots[i].unknown;
  }
  if (!slots.empty()) slots.resize(kept + 1);
  return slots;
}

std::string NameText(const Index& index, NameId name) {
  std::string text;
  AppendName(index.name(name), &text);
  return text;
}

// "x", "[x, y]", "[]".
std::string ArgumentsText(const Index& index, std::span<const NameId> arguments) {
  if (arguments.size() == 1) return NameText(index, arguments[0]);
  std::string text = "[";
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (i != 0) text += ", ";
    AppendName(index.name(arguments[i]), &text);
  }
  return text + "]";
}

Difference Make(Part part, std::string_view name, std::optional<std::string> from, std::optional<std::string> to) {
  Difference difference;
  difference.part = part;
  difference.name = name;
  difference.from = std::move(from);
  difference.to = std::move(to);
  return difference;
}

std::optional<std::string> NothingIfEmpty(std::string text) {
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

struct NamedAttr {
  std::string_view name;
  AttrView view;
};

std::vector<NamedAttr> AttributesOf(const OpView& op) {
  std::vector<NamedAttr> attributes;
  op.ForEachAttr([&](const AttrView& attr) { attributes.push_back({attr.name(), attr}); });
  std::stable_sort(attributes.begin(), attributes.end(),
                   [](const NamedAttr& x, const NamedAttr& y) { return x.name < y.name; });
  return attributes;
}

// An attribute's message without the fields of some numbers (bits).
std::string Without(std::string_view message, uint32_t numbers) {
  std::string rest;
  FieldReader reader(message);
  Field field;
  while (reader.Next(&field)) {
    if (field.number >= 32 || (numbers >> field.number & 1U) == 0 || !IsKnown(MessageKind::kAttr, field)) {
      rest += field.whole;
    }
  }
  return rest;
}

bool HoldsBlocks(int32_t type) { return type == proto::BLOCK || type == proto::BLOCKS; }

// The texts of an attribute that may be names of variables; false for other kinds.
bool TextsOf(const AttrView& attr, std::vector<std::string_view>* texts, uint32_t* field) {
  switch (attr.type()) {
    case proto::STRING:
      *field = 5;
      if (const auto text = attr.AsString()) texts->push_back(*text);
      return true;
    case proto::STRINGS:
      *field = 8;
      *texts = attr.AsStrings();
      return true;
    case proto::VAR:
    case proto::VARS:
      *field = attr.type() == proto::VAR ? 17 : 18;
      *texts = attr.AsVars();
      return true;
    default:
      return false;
  }
}

std::string AttributeText(const AttrView& attr, const BlockLabels& labels) {
  std::string text;
  AppendAttribute(attr, labels, &text);
  return text;
}

std::string IsTarget(const OpView& op) {
  std::string text;
  AppendField(MessageKind::kOp, op.message(), 5, &text);
  return text == "true" ? text : "";
}

std::string_view BlockMessage(const Program& program, uint32_t block) {
  const Extent& extent = program.block(block).extent;
  return program.bytes().substr(extent.begin, extent.end - extent.begin);
}

}  // namespace

bool Comparer::SameArguments(OpId a, OpId b) const {
  const auto same = [this](std::span<const Argument> x, std::span<const Argument> y) {
    return std::equal(x.begin(), x.end(), y.begin(), y.end(),
                      [this](const Argument& p, const Argument& q) { return NamesEqual(p.name, q.name); });
  };
  return same(a_.index().inputs(a), b_.index().inputs(b)) && same(a_.index().outputs(a), b_.index().outputs(b));
}

size_t Comparer::SharedArguments(OpId a, OpId b) const {
  static constexpr size_t kMost = 16;  // enough to tell whether two ops have to do with one another
  const auto count = [this](std::span<const Argument> x, std::span<const Argument> y) {
    x = x.first(std::min(x.size(), kMost));
    y = y.first(std::min(y.size(), kMost));
    return static_cast<size_t>(std::count_if(x.begin(), x.end(), [&](const Argument& p) {
      return std::any_of(y.begin(), y.end(), [&](const Argument& q) { return NamesEqual(p.name, q.name); });
    }));
  };
  return count(a_.index().inputs(a), b_.index().inputs(b)) + count(a_.index().outputs(a), b_.index().outputs(b));
}

bool Comparer::CompareOps(OpId a, OpId b, Out* out) const {
  const OpView op_a = a_.program().op(a);
  const OpView op_b = b_.program().op(b);
  if (op_a.message() == op_b.message() && a_.blocks_of(a).empty() && SameArguments(a, b)) return false;
  bool differ = false;
  const auto note = [&](bool different) {
    differ = differ || different;
    return differ && out == nullptr;
  };
  if (op_a.type() != op_b.type()) {
    if (out != nullptr) {
      out->push_back(Make(Part::kType, "type", NameText(a_.index(), a_.index().op(a).type),
                          NameText(b_.index(), b_.index().op(b).type)));
    }
    if (note(true)) return true;
  }
  if (note(CompareSlots(a, b, true, out))) return true;
  if (note(CompareSlots(a, b, false, out))) return true;
  if (note(CompareAttributes(a, b, out))) return true;
  Facts facts_a;
  Facts facts_b;
  const auto add = [](const OpView& op, Facts* facts) {
    if (const std::string target = IsTarget(op); !target.empty()) facts->push_back({Part::kField, "is_target", target});
    std::string unknown;
    AppendUnknownFields(MessageKind::kOp, op.message(), &unknown);
    if (!unknown.empty()) facts->push_back({Part::kUnknown, "unknown", std::move(unknown)});
  };
  add(op_a, &facts_a);
  add(op_b, &facts_b);
  note(CompareFacts(std::move(facts_a), std::move(facts_b), op_a.type(), ignore_, out));
  return differ;
}

// What stands between the same beginning and the same end.
Difference Comparer::CompareLists(Difference::Part part, std::string_view slot, std::span<const NameId> a,
                                  std::span<const NameId> b) const {
  size_t begin = 0;
  while (begin < std::min(a.size(), b.size()) && NamesEqual(a[begin], b[begin])) ++begin;
  a = a.subspan(begin);
  b = b.subspan(begin);
  while (!a.empty() && !b.empty() && NamesEqual(a.back(), b.back())) {
    a = a.first(a.size() - 1);
    b = b.first(b.size() - 1);
  }
  Difference difference = Make(part, slot, std::nullopt, std::nullopt);
  difference.position = static_cast<int64_t>(begin);
  if (!a.empty()) difference.from = ArgumentsText(a_.index(), a);
  if (!b.empty()) difference.to = ArgumentsText(b_.index(), b);
  return difference;
}

bool Comparer::CompareSlots(OpId a, OpId b, bool inputs, Out* out) const {
  const std::vector<Slot> slots_a = SlotsOf(a_.index(), a, inputs);
  const std::vector<Slot> slots_b = SlotsOf(b_.index(), b, inputs);
  const Part part = inputs ? Part::kInput : Part::kOutput;
  bool differ = false;
  size_t i = 0;
  size_t j = 0;
  while (i < slots_a.size() || j < slots_b.size()) {
    const bool take_a = j == slots_b.size() || (i < slots_a.size() && slots_a[i].name <= slots_b[j].name);
    const bool take_b = i == slots_a.size() || (j < slots_b.size() && slots_b[j].name <= slots_a[i].name);
    const Slot* from = take_a ? &slots_a[i++] : nullptr;
    const Slot* to = take_b ? &slots_b[j++] : nullptr;
    if (from == nullptr || to == nullptr) {
      differ = true;
      if (out == nullptr) return true;
      out->push_back(Make(part, (take_a ? from : to)->name, std::nullopt, std::nullopt));
      if (take_a) out->back().from = ArgumentsText(a_.index(), from->arguments);
      if (take_b) out->back().to = ArgumentsText(b_.index(), to->arguments);
    } else if (from->arguments.size() != to->arguments.size()) {
      differ = true;
      if (out == nullptr) return true;
      out->push_back(CompareLists(part, from->name, from->arguments, to->arguments));
    } else {
      for (size_t k = 0; k < from->arguments.size(); ++k) {
        if (NamesEqual(from->arguments[k], to->arguments[k])) continue;
        differ = true;
        if (out == nullptr) return true;
        out->push_back(
            Make(part, from->name, NameText(a_.index(), from->arguments[k]), NameText(b_.index(), to->arguments[k])));
        if (from->arguments.size() > 1) out->back().position = static_cast<int64_t>(k);
        out->back().from_name = from->arguments[k];
        out->back().to_name = to->arguments[k];
      }
    }
    // Paddle keeps only the last of several slots of one name.
    if (take_a && take_b && from->messages != to->messages) {
      differ = true;
      if (out == nullptr) return true;
      const auto times = [](size_t count) { return "in " + Counted(count, "part"); };
      out->push_back(Make(part, from->name, times(from->messages), times(to->messages)));
    }
    const std::string unknown_a = take_a ? from->unknown : "";
    const std::string unknown_b = take_b ? to->unknown : "";
    if (unknown_a == unknown_b || ignore_.Covers("slot", "unknown")) continue;
    differ = true;
    if (out == nullptr) return true;
    out->push_back(Make(part, (take_a ? from : to)->name, NothingIfEmpty(unknown_a), NothingIfEmpty(unknown_b)));
  }
  return differ;
}

bool Comparer::CompareAttributes(OpId a, OpId b, Out* out) const {
  const std::vector<NamedAttr> attributes_a = AttributesOf(a_.program().op(a));
  const std::vector<NamedAttr> attributes_b = AttributesOf(b_.program().op(b));
  bool differ = false;
  size_t i = 0;
  size_t j = 0;
  while (i < attributes_a.size() || j < attributes_b.size()) {
    const bool take_a =
        j == attributes_b.size() || (i < attributes_a.size() && attributes_a[i].name <= attributes_b[j].name);
    const bool take_b =
        i == attributes_a.size() || (j < attributes_b.size() && attributes_b[j].name <= attributes_a[i].name);
    const NamedAttr* from = take_a ? &attributes_a[i++] : nullptr;
    const NamedAttr* to = take_b ? &attributes_b[j++] : nullptr;
    if (take_a && take_b && AttributesEqual(from->view, to->view)) continue;
    const std::string_view name = (take_a ? from : to)->name;
    if (ignore_.Covers(a_.index().type(a), name)) continue;
    differ = true;
    if (out == nullptr) return true;
    out->push_back(Make(Part::kAttribute, name, std::nullopt, std::nullopt));
    if (take_a) out->back().from = AttributeText(from->view, a_.labels());
    if (take_b) out->back().to = AttributeText(to->view, b_.labels());
  }
  return differ;
}

bool Comparer::AttributesEqual(const AttrView& a, const AttrView& b) const {
  const int32_t type = a.type();
  if (HoldsBlocks(type)) return type == b.type() && BlocksEqual(a, b);
  if (a.message() == b.message()) return true;
  // No attribute of this kind names a block: labels don't matter.
  if (AttributeText(a, a_.labels()) == AttributeText(b, b_.labels())) return true;
  std::vector<std::string_view> texts_a;
  std::vector<std::string_view> texts_b;
  uint32_t field = 0;
  if (matching_.renames.empty() || type != b.type() || !TextsOf(a, &texts_a, &field) || !TextsOf(b, &texts_b, &field)) {
    return false;
  }
  if (!std::equal(texts_a.begin(), texts_a.end(), texts_b.begin(), texts_b.end(),
                  [this](std::string_view x, std::string_view y) { return TextsEqual(x, y); })) {
    return false;
  }
  const std::string rest_a = Without(a.message(), 1U << field);
  const std::string rest_b = Without(b.message(), 1U << field);
  return AttributeText(AttrView(rest_a), a_.labels()) == AttributeText(AttrView(rest_b), b_.labels());
}

// As the name of a variable, or as it is.
bool Comparer::TextsEqual(std::string_view a, std::string_view b) const {
  if (a == b) return true;
  const NameId name_a = a_.index().names().Find(a);
  const NameId name_b = b_.index().names().Find(b);
  return name_a != kNoName && name_b != kNoName && a_.is_variable(name_a) && NamesEqual(name_a, name_b);
}

bool Comparer::BlockNumbersEqual(int32_t a, int32_t b) const {
  const bool exists_a = a >= 0 && static_cast<size_t>(a) < a_.program().blocks().size();
  const bool exists_b = b >= 0 && static_cast<size_t>(b) < b_.program().blocks().size();
  if (!exists_a || !exists_b) return a == b;
  return matching_.blocks.b_of_a[static_cast<size_t>(a)] == static_cast<uint32_t>(b);
}

bool Comparer::BlocksEqual(const AttrView& a, const AttrView& b) const {
  const std::vector<int32_t> blocks_a = a.AsBlocks();
  const std::vector<int32_t> blocks_b = b.AsBlocks();
  if (!std::equal(blocks_a.begin(), blocks_a.end(), blocks_b.begin(), blocks_b.end(),
                  [this](int32_t x, int32_t y) { return BlockNumbersEqual(x, y); })) {
    return false;
  }
  constexpr uint32_t kBlockFields = 1U << 12U | 1U << 14U;
  const std::string rest_a = Without(a.message(), kBlockFields);
  const std::string rest_b = Without(b.message(), kBlockFields);
  return rest_a == rest_b ||
         AttributeText(AttrView(rest_a), a_.labels()) == AttributeText(AttrView(rest_b), b_.labels());
}

bool Comparer::CompareVars(VarId a, VarId b, Out* out) const {
  const VarView var_a = a_.program().var(a);
  const VarView var_b = b_.program().var(b);
  if (var_a.message() == var_b.message()) return false;
  return CompareFacts(FactsOf(var_a), FactsOf(var_b), "var", ignore_, out);
}

std::vector<Difference> Comparer::OpDifferences(OpId a, OpId b) const {
  std::vector<Difference> differences;
  CompareOps(a, b, &differences);
  return differences;
}

std::vector<Difference> Comparer::VarDifferences(VarId a, VarId b) const {
  std::vector<Difference> differences;
  CompareVars(a, b, &differences);
  return differences;
}

std::vector<Difference> Comparer::ProgramDifferences() const {
  std::vector<Difference> differences;
  CompareFacts(FactsOf(a_.program()), FactsOf(b_.program()), "program", ignore_, &differences);
  return differences;
}

std::vector<Difference> Comparer::BlockDifferences(uint32_t a, uint32_t b) const {
  std::vector<Difference> differences;
  const Block& block_a = a_.program().block(a);
  const Block& block_b = b_.program().block(b);
  const auto add = [&](const char* name, std::string from, std::string to) {
    if (!ignore_.Covers("block", name)) {
      differences.push_back(Make(Part::kField, name, NothingIfEmpty(std::move(from)), NothingIfEmpty(std::move(to))));
    }
  };
  // What a block is numbered is no meaning of its own, but a number that isn't its position breaks the program.
  const auto idx = [](const Block& block, uint32_t position) {
    return block.idx >= 0 && static_cast<uint32_t>(block.idx) == position
               ? ""
               : std::to_string(block.idx) + " instead of " + std::to_string(position);
  };
  if (idx(block_a, a) != idx(block_b, b)) add("idx", idx(block_a, a), idx(block_b, b));
  if (!BlockNumbersEqual(block_a.parent, block_b.parent)) {
    add("parent_idx", a_.labels().Reference(block_a.parent), b_.labels().Reference(block_b.parent));
  }
  if (!BlockNumbersEqual(block_a.forward, block_b.forward)) {
    add("forward_block_idx", a_.labels().Reference(block_a.forward), b_.labels().Reference(block_b.forward));
  }
  std::string unknown_a;
  std::string unknown_b;
  AppendUnknownFields(MessageKind::kBlock, BlockMessage(a_.program(), a), &unknown_a);
  AppendUnknownFields(MessageKind::kBlock, BlockMessage(b_.program(), b), &unknown_b);
  if (unknown_a != unknown_b && !ignore_.Covers("block", "unknown")) {
    differences.push_back(
        Make(Part::kUnknown, "unknown", NothingIfEmpty(std::move(unknown_a)), NothingIfEmpty(std::move(unknown_b))));
  }
  return differences;
}

}  // namespace pdquant
