#include "ir/wire_path.h"

#include "ir/wire.h"

namespace pdquant {

// The name and place of the field of `step` whose content begins at `child`.
std::string WirePath::NameOfChild(Step* step, const char* child) {
  if (step->counted == 0) step->siblings.fill(0);
  const MessageRule& rule = RuleOf(step->kind);
  FieldReader reader(step->message.substr(step->counted));
  Field field;
  while (reader.Next(&field)) {
    if (field.number >= rule.fields.size() || field.type != WireType::kBytes) continue;
    const FieldRule& known = rule.fields[field.number];
    if (field.bytes.data() == child)
      return known.repeated ? std::string(known.name) + "[" + std::to_string(step->siblings[field.number]) + "]"
                            : known.name;
    ++step->siblings[field.number];
    step->counted = static_cast<size_t>(field.whole.data() + field.whole.size() - step->message.data());
  }
  return "";
}

std::string WirePath::ToString() {
  std::string path;
  for (size_t i = 1; i < depth_; ++i) {
    if (i > 1) path += '.';
    path += NameOfChild(&steps_[i - 1], steps_[i].message.data());
  }
  return path;
}

std::string DescribeOffset(std::string_view bytes, size_t offset) {
  WirePath path;
  MessageKind kind = MessageKind::kProgram;
  std::string_view message = bytes;
  const char* at = bytes.data() + offset;
  for (bool found = true; found;) {
    path.Enter(kind, message);
    const MessageRule& rule = RuleOf(kind);
    FieldReader reader(message);
    Field field;
    found = false;
    while (!found && reader.Next(&field)) {
      if (field.number >= rule.fields.size() || field.type != WireType::kBytes) continue;
      const FieldRule& known = rule.fields[field.number];
      found =
          known.child != MessageKind::kNone && field.bytes.data() <= at && at < field.bytes.data() + field.bytes.size();
      if (!found) continue;
      message = field.bytes;
      kind = known.child;
    }
  }
  return path.ToString();
}

}  // namespace pdquant
