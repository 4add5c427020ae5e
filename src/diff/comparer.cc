#include "diff/comparer.h"

#include <algorithm>
#include <tuple>

#include "base/words.h"
#include "diff/renames.h"
#include "pdquant/framework.pb.h"
#include "text/field_text.h"
#include "text/properties.h"

namespace pdquant {

namespace {

using Part = Difference::Part;

constexpr char kUnknownFields[] = "unknown";

Difference Make(Part part, std::string_view name, std::optional<std::string> from = {},
                std::optional<std::string> to = {}) {
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

// The texts of an attribute that may be names of variables, and the field that they stand in; 0 for other kinds.
uint32_t TextsOf(const AttrView& attr, std::vector<std::string_view>* texts) {
  switch (attr.type()) {
    case proto::STRING:
      if (const auto text = attr.AsString()) texts->push_back(*text);
      return proto::OpDesc::Attr::kSFieldNumber;
    case proto::STRINGS:
      *texts = attr.AsStrings();
      return proto::OpDesc::Attr::kStringsFieldNumber;
    case proto::VAR:
    case proto::VARS:
      *texts = attr.AsVars();
      return attr.type() == proto::VAR ? proto::OpDesc::Attr::kVarNameFieldNumber
                                       : proto::OpDesc::Attr::kVarsNameFieldNumber;
    default:
      return 0;
  }
}

std::string AttributeText(const AttrView& attr, const BlockLabels& labels) {
  std::string text;
  AppendAttribute(attr, labels, &text);
  return text;
}

std::string_view BlockMessage(const Program& program, uint32_t block) {
  const Extent& extent = program.block(block).extent;
  return program.bytes().substr(extent.begin, extent.end - extent.begin);
}

// What an op says beside its slots and attributes.
std::vector<Property> OpProperties(const OpView& op) {
  std::vector<Property> properties;
  std::string target;
  AppendField(MessageKind::kOp, op.message(), proto::OpDesc::kIsTargetFieldNumber, &target);
  if (target == "true") properties.push_back({Property::Kind::kField, "is_target", target});
  std::string unknown = UnknownText(MessageKind::kOp, op.message());
  if (!unknown.empty()) properties.push_back({Property::Kind::kUnknown, kUnknownFields, std::move(unknown)});
  return properties;
}

Part PartOf(Property::Kind kind) {
  if (kind == Property::Kind::kUnknown) return Part::kUnknown;
  return kind == Property::Kind::kAttribute ? Part::kAttribute : Part::kField;
}

// An op that became one of another type: a rule for either type covers it, whichever program comes first.
bool CoversEither(const IgnoreRules& ignore, std::string_view owner_a, std::string_view owner_b,
                  std::string_view name) {
  return ignore.Covers(owner_a, name) || (owner_b != owner_a && ignore.Covers(owner_b, name));
}

void CompareProperties(std::vector<Property> a, std::vector<Property> b, std::string_view owner_a,
                       std::string_view owner_b, const IgnoreRules& ignore, DifferenceList* list) {
  const auto before = [](const Property& x, const Property& y) {
    return std::pair(PartOf(x.kind), std::string_view(x.name)) < std::pair(PartOf(y.kind), std::string_view(y.name));
  };
  std::stable_sort(a.begin(), a.end(), before);
  std::stable_sort(b.begin(), b.end(), before);
  ForEachPair(a, b, before, [&](const Property* from, const Property* to) {
    const Property& either = from != nullptr ? *from : *to;
    if (from != nullptr && to != nullptr && from->text == to->text) return true;
    if (CoversEither(ignore, owner_a, owner_b, either.name)) return true;
    // Those of the program have names of their own: "unknown 1000".
    const bool is_unknown = either.kind == Property::Kind::kUnknown;
    if (is_unknown && CoversEither(ignore, owner_a, owner_b, kUnknownFields)) return true;
    list->Add([&] {
      Difference difference = Make(PartOf(either.kind), either.name);
      if (from != nullptr) difference.from = from->text;
      if (to != nullptr) difference.to = to->text;
      return difference;
    });
    return !list->full();
  });
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

void Comparer::CompareOps(OpId a, OpId b, DifferenceList* list) const {
  const OpView op_a = a_.program().op(a);
  const OpView op_b = b_.program().op(b);
  if (op_a.message() == op_b.message() && a_.blocks_of(a).empty() && SameArguments(a, b)) return;
  if (op_a.type() != op_b.type()) {
    list->Add([&] { return Make(Part::kType, "type", ShownName(op_a.type()), ShownName(op_b.type())); });
  }
  if (!list->full()) CompareSlots(a, b, true, list);
  if (!list->full()) CompareSlots(a, b, false, list);
  if (!list->full()) CompareAttributes(a, b, list);
  if (!list->full())
    CompareProperties(OpProperties(op_a), OpProperties(op_b), op_a.type(), op_b.type(), options_.ignore, list);
}

// What stands between the same beginning and the same end.
Difference Comparer::LongerList(Difference slot, std::span<const NameId> a, std::span<const NameId> b) const {
  size_t begin = 0;
  while (begin < std::min(a.size(), b.size()) && NamesEqual(a[begin], b[begin])) ++begin;
  a = a.subspan(begin);
  b = b.subspan(begin);
  while (!a.empty() && !b.empty() && NamesEqual(a.back(), b.back())) {
    a = a.first(a.size() - 1);
    b = b.first(b.size() - 1);
  }
  slot.position = static_cast<int64_t>(begin);
  if (!a.empty()) slot.from = ArgumentsText(a_.index(), a);
  if (!b.empty()) slot.to = ArgumentsText(b_.index(), b);
  return slot;
}

void Comparer::CompareArguments(const Difference& slot, std::span<const NameId> a, std::span<const NameId> b,
                                DifferenceList* list) const {
  if (a.size() != b.size()) return list->Add([&] { return LongerList(slot, a, b); });
  for (size_t i = 0; i < a.size() && !list->full(); ++i) {
    if (NamesEqual(a[i], b[i])) continue;
    list->Add([&] {
      Difference difference =
          Make(slot.part, slot.name, ShownName(a_.index().name(a[i])), ShownName(b_.index().name(b[i])));
      if (a.size() > 1) difference.position = static_cast<int64_t>(i);
      difference.from_name = a[i];
      difference.to_name = b[i];
      return difference;
    });
  }
}

bool Comparer::SameSet(std::span<const NameId> a, std::span<const NameId> b) const {
  std::vector<NameId> partners;
  for (const NameId name : a) partners.push_back(matching_.names.b_of_a[name]);
  std::vector<NameId> names(b.begin(), b.end());
  std::sort(partners.begin(), partners.end());
  std::sort(names.begin(), names.end());
  return partners == names;
}

void Comparer::CompareSlots(OpId a, OpId b, bool inputs, DifferenceList* list) const {
  const Part part = inputs ? Part::kInput : Part::kOutput;
  // An op that runs a block lists the variables that the block uses as a set of Python gave them: by their names.
  const bool unordered = options_.ignore_names && !a_.blocks_of(a).empty() && !b_.blocks_of(b).empty();
  const auto before = [](const OpSlot& x, const OpSlot& y) { return x.name < y.name; };
  const auto compare = [&](const OpSlot* from, const OpSlot* to) {
    const Difference slot = Make(part, (from != nullptr ? from : to)->name);
    if (from != nullptr && to != nullptr) {
      if (!unordered || !SameSet(from->arguments, to->arguments)) {
        CompareArguments(slot, from->arguments, to->arguments, list);
      }
      // Paddle uses only the last of several slots of one name.
      if (from->messages != to->messages) {
        const auto times = [](size_t count) { return "in " + Counted(count, "part"); };
        list->Add([&] { return Make(part, slot.name, times(from->messages), times(to->messages)); });
      }
    } else {
      list->Add([&] {
        Difference only = slot;
        if (from != nullptr) only.from = ArgumentsText(a_.index(), from->arguments);
        if (to != nullptr) only.to = ArgumentsText(b_.index(), to->arguments);
        return only;
      });
    }
    const std::string unknown_a = from != nullptr ? from->unknown : "";
    const std::string unknown_b = to != nullptr ? to->unknown : "";
    if (unknown_a != unknown_b && !options_.ignore.Covers("slot", kUnknownFields)) {
      list->Add([&] { return Make(part, slot.name, NothingIfEmpty(unknown_a), NothingIfEmpty(unknown_b)); });
    }
    return !list->full();
  };
  ForEachPair(SlotsOf(a_.index(), a, inputs), SlotsOf(b_.index(), b, inputs), before, compare);
}

void Comparer::CompareAttributes(OpId a, OpId b, DifferenceList* list) const {
  const auto before = [](const NamedAttribute& x, const NamedAttribute& y) { return x.name < y.name; };
  const auto compare = [&](const NamedAttribute* from, const NamedAttribute* to) {
    if (from != nullptr && to != nullptr && AttributesEqual(from->name, from->view, to->view)) return true;
    const std::string_view name = (from != nullptr ? from : to)->name;
    if (CoversEither(options_.ignore, a_.index().type(a), b_.index().type(b), name)) return true;
    list->Add([&] {
      Difference difference = Make(Part::kAttribute, name);
      if (from != nullptr) difference.from = AttributeText(from->view, a_.labels());
      if (to != nullptr) difference.to = AttributeText(to->view, b_.labels());
      return difference;
    });
    return !list->full();
  };
  ForEachPair(SortedAttributes(a_.program().op(a)), SortedAttributes(b_.program().op(b)), before, compare);
}

bool Comparer::RestsEqual(const AttrView& a, const AttrView& b, uint32_t without) const {
  const std::string rest_a = Without(a.message(), without);
  const std::string rest_b = Without(b.message(), without);
  return rest_a == rest_b ||
         AttributeText(AttrView(rest_a), a_.labels()) == AttributeText(AttrView(rest_b), b_.labels());
}

bool Comparer::AttributesEqual(std::string_view name, const AttrView& a, const AttrView& b) const {
  const int32_t type = a.type();
  if (HoldsBlocks(type)) return type == b.type() && BlocksEqual(a, b);
  if (a.message() == b.message()) return true;
  if (AttributeText(a, a_.labels()) == AttributeText(b, b_.labels())) return true;
  if (options_.ignore_names && NumberedEqual(name, a, b)) return true;
  if (matching_.renames.empty() || type != b.type()) return false;
  std::vector<std::string_view> texts_a;
  std::vector<std::string_view> texts_b;
  const uint32_t field = TextsOf(a, &texts_a);
  TextsOf(b, &texts_b);
  return field != 0 &&
         std::equal(texts_a.begin(), texts_a.end(), texts_b.begin(), texts_b.end(),
                    [this](std::string_view x, std::string_view y) { return TextsEqual(x, y); }) &&
         RestsEqual(a, b, 1U << field);
}

// Whether both hold what Paddle's counters number, and are the same but for that.
bool Comparer::NumberedEqual(std::string_view name, const AttrView& a, const AttrView& b) const {
  // What follows the last scope has no number.
  const auto tail = [](const AttrView& attr) {
    const std::string_view path = attr.AsString().value_or("");
    return path.substr(path.rfind('/') + 1);
  };
  const uint32_t field = a.AsInt() ? proto::OpDesc::Attr::kIFieldNumber : proto::OpDesc::Attr::kSFieldNumber;
  const std::vector<std::string> parts_a = NumberedParts(name, a);
  const std::vector<std::string> parts_b = NumberedParts(name, b);
  return !parts_a.empty() && a.type() == b.type() &&
         std::equal(parts_a.begin(), parts_a.end(), parts_b.begin(), parts_b.end(),
                    [this](const std::string& x, const std::string& y) {
                      const auto found = matching_.numbered.find(x);
                      return found != matching_.numbered.end() && found->second == y;
                    }) &&
         tail(a) == tail(b) && RestsEqual(a, b, 1U << field);
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
  constexpr uint32_t kBlockFields =
      1U << proto::OpDesc::Attr::kBlockIdxFieldNumber | 1U << proto::OpDesc::Attr::kBlocksIdxFieldNumber;
  const std::vector<int32_t> blocks_a = a.AsBlocks();
  const std::vector<int32_t> blocks_b = b.AsBlocks();
  return std::equal(blocks_a.begin(), blocks_a.end(), blocks_b.begin(), blocks_b.end(),
                    [this](int32_t x, int32_t y) { return BlockNumbersEqual(x, y); }) &&
         RestsEqual(a, b, kBlockFields);
}

void Comparer::CompareVars(VarId a, VarId b, DifferenceList* list) const {
  const VarView var_a = a_.program().var(a);
  const VarView var_b = b_.program().var(b);
  if (var_a.message() == var_b.message()) return;
  CompareProperties(VarProperties(var_a), VarProperties(var_b), "var", "var", options_.ignore, list);
}

bool Comparer::OpsEqual(OpId a, OpId b) const {
  DifferenceList list;
  CompareOps(a, b, &list);
  return !list.any();
}

bool Comparer::VarsEqual(VarId a, VarId b) const {
  DifferenceList list;
  CompareVars(a, b, &list);
  return !list.any();
}

std::vector<Difference> Comparer::OpDifferences(OpId a, OpId b) const {
  std::vector<Difference> differences;
  DifferenceList list(&differences);
  CompareOps(a, b, &list);
  return differences;
}

std::vector<Difference> Comparer::VarDifferences(VarId a, VarId b) const {
  std::vector<Difference> differences;
  DifferenceList list(&differences);
  CompareVars(a, b, &list);
  return differences;
}

std::vector<Difference> Comparer::ProgramDifferences() const {
  std::vector<Difference> differences;
  DifferenceList list(&differences);
  CompareProperties(ProgramProperties(a_.program()), ProgramProperties(b_.program()), "program", "program",
                    options_.ignore, &list);
  return differences;
}

std::vector<Difference> Comparer::BlockDifferences(uint32_t a, uint32_t b) const {
  std::vector<Difference> differences;
  const auto add = [&](Part part, const char* name, std::string from, std::string to) {
    if (!options_.ignore.Covers("block", name)) {
      differences.push_back(Make(part, name, NothingIfEmpty(std::move(from)), NothingIfEmpty(std::move(to))));
    }
  };
  const Block& block_a = a_.program().block(a);
  const Block& block_b = b_.program().block(b);
  // What a block is numbered is no meaning of its own, but a number that isn't its position breaks the program.
  const auto idx = [](const Block& block, uint32_t position) {
    return block.idx >= 0 && static_cast<uint32_t>(block.idx) == position
               ? ""
               : std::to_string(block.idx) + " instead of " + std::to_string(position);
  };
  if (idx(block_a, a) != idx(block_b, b)) add(Part::kField, "idx", idx(block_a, a), idx(block_b, b));
  const auto compare = [&](const char* name, int32_t of_a, int32_t of_b) {
    if (!BlockNumbersEqual(of_a, of_b)) {
      add(Part::kField, name, a_.labels().Reference(of_a), b_.labels().Reference(of_b));
    }
  };
  compare("parent_idx", block_a.parent, block_b.parent);
  compare("forward_block_idx", block_a.forward, block_b.forward);
  const std::string unknown_a = UnknownText(MessageKind::kBlock, BlockMessage(a_.program(), a));
  const std::string unknown_b = UnknownText(MessageKind::kBlock, BlockMessage(b_.program(), b));
  if (unknown_a != unknown_b) add(Part::kUnknown, kUnknownFields, unknown_a, unknown_b);
  return differences;
}

}  // namespace pdquant
