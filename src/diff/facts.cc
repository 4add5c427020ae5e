#include "diff/facts.h"

#include <algorithm>
#include <tuple>

#include "text/attribute_text.h"
#include "text/field_text.h"
#include "text/program_facts.h"

namespace pdquant {
namespace {

using Part = Difference::Part;

constexpr char kUnknownFields[] = "unknown";

bool ByName(const Fact& a, const Fact& b) { return std::tie(a.part, a.name) < std::tie(b.part, b.name); }

Difference Change(const Fact* from, const Fact* to) {
  const Fact& fact = from != nullptr ? *from : *to;
  Difference difference;
  difference.part = fact.part;
  difference.name = fact.name;
  if (from != nullptr) difference.from = from->text;
  if (to != nullptr) difference.to = to->text;
  return difference;
}

}  // namespace

Facts FactsOf(const VarView& var) {
  constexpr MessageKind kKind = MessageKind::kVar;
  Facts facts;
  facts.push_back({Part::kField, "type", ""});
  AppendVarType(var, &facts.back().text);
  for (uint32_t number = 3; number <= 6; ++number) {
    std::string value;
    if (AppendField(kKind, var.message(), number, &value) && value == "true") {
      facts.push_back({Part::kField, RuleOf(kKind).fields[number].name, value});
    }
  }
  FieldReader reader(var.message());
  Field field;
  while (reader.Next(&field)) {
    if (field.Is(7, WireType::kBytes)) {
      facts.push_back({Part::kAttribute, std::string(AttrView(field.bytes).name()), ""});
      AppendVarAttribute(field.bytes, &facts.back().text);
    } else if (!IsKnown(kKind, field)) {
      facts.push_back({Part::kUnknown, kUnknownFields, ""});
      AppendUnknown(field, &facts.back().text);
    }
  }
  return facts;
}

Facts FactsOf(const Program& program) {
  Facts facts;
  for (ProgramFact& fact : ProgramFacts(program)) {
    facts.push_back({fact.name.starts_with(kUnknownFields) ? Part::kUnknown : Part::kField, std::move(fact.name),
                     std::move(fact.text)});
  }
  return facts;
}

bool CompareFacts(Facts a, Facts b, std::string_view owner, const IgnoreRules& ignore, std::vector<Difference>* out) {
  std::stable_sort(a.begin(), a.end(), ByName);
  std::stable_sort(b.begin(), b.end(), ByName);
  bool differ = false;
  size_t i = 0;
  size_t j = 0;
  while (i < a.size() || j < b.size()) {
    const bool take_a = j == b.size() || (i < a.size() && !ByName(b[j], a[i]));
    const bool take_b = i == a.size() || (j < b.size() && !ByName(a[i], b[j]));
    const Fact* from = take_a ? &a[i++] : nullptr;
    const Fact* to = take_b ? &b[j++] : nullptr;
    if (take_a && take_b && from->text == to->text) continue;
    if (ignore.Covers(owner, (take_a ? from : to)->name)) continue;
    differ = true;
    if (out == nullptr) return true;
    out->push_back(Change(from, to));
  }
  return differ;
}

}  // namespace pdquant
