#include "text/program_facts.h"

#include <algorithm>
#include <tuple>

#include "text/field_text.h"

namespace pdquant {
namespace {

// Of an unknown field: "unknown 1000" and "varint 7".
ProgramFact UnknownFact(const std::string& prefix, const Field& field) {
  std::string text = prefix;
  AppendUnknown(field, &text);
  const size_t colon = text.find(": ");
  return {text.substr(0, colon), text.substr(colon + 2)};
}

// "op_version conv2d" and "2"; all fields where there is more to say.
ProgramFact OpVersion(std::string_view pair) {
  std::string all;
  AppendMessage(MessageKind::kOpVersionPair, pair, &all);
  std::string name;
  std::string version;
  std::string quoted;
  FieldReader reader(pair);
  Field field;
  while (reader.Next(&field)) {
    if (field.Is(1, WireType::kBytes)) {
      name.clear();
      quoted.clear();
      AppendName(field.bytes, &name);
      AppendQuoted(field.bytes, &quoted);
    } else if (field.Is(2, WireType::kBytes)) {
      version.clear();
      AppendField(MessageKind::kOpVersion, field.bytes, 1, &version);
    }
  }
  const bool is_all = all == "{op_name: " + quoted + ", op_version: {version: " + version + "}}";
  return is_all ? ProgramFact{"op_version " + name, version} : ProgramFact{"op_version " + all, ""};
}

ProgramFact OpCompatible(std::string_view pair) {
  std::string all;
  AppendMessage(MessageKind::kOpCompatiblePair, pair, &all);
  return {"op_compatible " + all, ""};
}

// A fact for each entry of op_version_map or op_compatible_map.
void AppendPairs(std::string_view map, ProgramFact (*fact_of)(std::string_view), std::vector<ProgramFact>* facts) {
  std::vector<ProgramFact> pairs;
  FieldReader reader(map);
  Field field;
  while (reader.Next(&field)) {
    if (field.Is(1, WireType::kBytes)) pairs.push_back(fact_of(field.bytes));
  }
  std::sort(pairs.begin(), pairs.end(), [](const ProgramFact& a, const ProgramFact& b) {
    return std::tie(a.name, a.text) < std::tie(b.name, b.text);
  });
  facts->insert(facts->end(), pairs.begin(), pairs.end());
}

void AppendUnknownFacts(MessageKind kind, std::string_view message, const std::string& prefix,
                        std::vector<ProgramFact>* facts) {
  ForEachUnknown(kind, message, [&](const Field& field) { facts->push_back(UnknownFact(prefix, field)); });
}

}  // namespace

std::vector<ProgramFact> ProgramFacts(const Program& program) {
  std::vector<ProgramFact> facts;
  if (program.has_version()) facts.push_back({"version", std::to_string(program.version())});
  FieldReader reader(program.bytes());
  Field field;
  while (reader.Next(&field)) {
    if (!IsKnown(MessageKind::kProgram, field)) {
      facts.push_back(UnknownFact("", field));
    } else if (field.number == 3) {
      AppendPairs(field.bytes, OpCompatible, &facts);
      std::string required;
      if (AppendField(MessageKind::kOpCompatibleMap, field.bytes, 2, &required)) {
        facts.push_back({"op_compatible default_required_version", required});
      }
      AppendUnknownFacts(MessageKind::kOpCompatibleMap, field.bytes, "op_compatible ", &facts);
    } else if (field.number == 4) {
      AppendUnknownFacts(MessageKind::kVersion, field.bytes, "version ", &facts);
    } else if (field.number == 5) {
      AppendPairs(field.bytes, OpVersion, &facts);
      AppendUnknownFacts(MessageKind::kOpVersionMap, field.bytes, "op_version ", &facts);
    }
  }
  return facts;
}

}  // namespace pdquant
