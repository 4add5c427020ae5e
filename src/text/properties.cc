#include "text/properties.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "pdquant/framework.pb.h"
#include "text/field_text.h"
#include "text/op_text.h"

namespace pdquant {
namespace {

using Kind = Property::Kind;

// Of a variable: persistable and the like.
constexpr uint32_t kFirstFlag = proto::VarDesc::kPersistableFieldNumber;
constexpr uint32_t kLastFlag = proto::VarDesc::kStopGradientFieldNumber;

// Of an unknown field: "unknown 1000" and "varint 7".
Property UnknownProperty(const std::string& prefix, const Field& field) {
  std::string text = prefix;
  AppendUnknown(field, &text);
  const size_t colon = text.find(": ");
  return {Kind::kUnknown, text.substr(0, colon), text.substr(colon + 2)};
}

// "op_version conv2d" and "2"; all fields where there is more to say.
Property OpVersion(std::string_view pair) {
  std::string all;
  AppendMessage(MessageKind::kOpVersionPair, pair, &all);
  std::string name;
  std::string version;
  std::string quoted;
  FieldReader reader(pair);
  Field field;
  while (reader.Next(&field)) {
    if (field.Is(proto::OpVersionMap::OpVersionPair::kOpNameFieldNumber, WireType::kBytes)) {
      name.clear();
      quoted.clear();
      AppendName(field.bytes, &name);
      AppendQuoted(field.bytes, &quoted);
    } else if (field.Is(proto::OpVersionMap::OpVersionPair::kOpVersionFieldNumber, WireType::kBytes)) {
      version.clear();
      AppendField(MessageKind::kOpVersion, field.bytes, proto::OpVersion::kVersionFieldNumber, &version);
    }
  }
  const bool is_all = all == "{op_name: " + quoted + ", op_version: {version: " + version + "}}";
  return is_all ? Property{Kind::kField, "op_version " + name, version}
                : Property{Kind::kField, "op_version " + all, ""};
}

Property OpCompatible(std::string_view pair) {
  std::string all;
  AppendMessage(MessageKind::kOpCompatiblePair, pair, &all);
  return {Kind::kField, "op_compatible " + all, ""};
}

// A property for each entry of op_version_map or op_compatible_map, whose entries are the same field.
void AppendPairs(std::string_view map, Property (*property_of)(std::string_view), std::vector<Property>* properties) {
  std::vector<Property> pairs;
  FieldReader reader(map);
  Field field;
  while (reader.Next(&field)) {
    if (field.Is(proto::OpVersionMap::kPairFieldNumber, WireType::kBytes)) pairs.push_back(property_of(field.bytes));
  }
  std::sort(pairs.begin(), pairs.end(),
            [](const Property& a, const Property& b) { return std::tie(a.name, a.text) < std::tie(b.name, b.text); });
  properties->insert(properties->end(), pairs.begin(), pairs.end());
}

void AppendUnknownProperties(MessageKind kind, std::string_view message, const std::string& prefix,
                             std::vector<Property>* properties) {
  ForEachUnknown(kind, message, [&](const Field& field) { properties->push_back(UnknownProperty(prefix, field)); });
}

}  // namespace

std::vector<Property> ProgramProperties(const Program& program) {
  std::vector<Property> properties;
  if (program.has_version()) properties.push_back({Kind::kField, "version", std::to_string(program.version())});
  FieldReader reader(program.bytes());
  Field field;
  while (reader.Next(&field)) {
    if (!IsKnown(MessageKind::kProgram, field)) {
      properties.push_back(UnknownProperty("", field));
    } else if (field.number == proto::ProgramDesc::kOpCompatibleMapFieldNumber) {
      AppendPairs(field.bytes, OpCompatible, &properties);
      std::string required;
      if (AppendField(MessageKind::kOpCompatibleMap, field.bytes,
                      proto::OpCompatibleMap::kDefaultRequiredVersionFieldNumber, &required)) {
        properties.push_back({Kind::kField, "op_compatible default_required_version", required});
      }
      AppendUnknownProperties(MessageKind::kOpCompatibleMap, field.bytes, "op_compatible ", &properties);
    } else if (field.number == proto::ProgramDesc::kVersionFieldNumber) {
      AppendUnknownProperties(MessageKind::kVersion, field.bytes, "version ", &properties);
    } else if (field.number == proto::ProgramDesc::kOpVersionMapFieldNumber) {
      AppendPairs(field.bytes, OpVersion, &properties);
      AppendUnknownProperties(MessageKind::kOpVersionMap, field.bytes, "op_version ", &properties);
    }
  }
  return properties;
}

std::vector<Property> VarProperties(const VarView& var) {
  constexpr MessageKind kKind = MessageKind::kVar;
  std::vector<Property> properties;
  properties.push_back({Kind::kField, "type", ""});
  AppendVarType(var, &properties.back().text);
  for (uint32_t number = kFirstFlag; number <= kLastFlag; ++number) {
    std::string value;
    if (AppendField(kKind, var.message(), number, &value) && value == "true") {
      properties.push_back({Kind::kField, RuleOf(kKind).fields[number].name, value});
    }
  }
  const auto first = static_cast<ptrdiff_t>(properties.size());
  FieldReader reader(var.message());
  Field field;
  while (reader.Next(&field)) {
    if (!field.Is(proto::VarDesc::kAttrsFieldNumber, WireType::kBytes)) continue;
    properties.push_back({Kind::kAttribute, std::string(AttrView(field.bytes).name()), ""});
    AppendVarAttribute(field.bytes, &properties.back().text);
  }
  std::stable_sort(properties.begin() + first, properties.end(),
                   [](const Property& a, const Property& b) { return a.name < b.name; });
  ForEachUnknown(kKind, var.message(), [&](const Field& unknown) {
    properties.push_back({Kind::kUnknown, "unknown", ""});
    AppendUnknown(unknown, &properties.back().text);
  });
  return properties;
}

}  // namespace pdquant
