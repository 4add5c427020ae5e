#include "pir/program.h"

#include <array>
#include <map>
#include <string>
#include <utility>

#include "base/find_row.h"

namespace pdquant::pir {

std::string_view Program::StringOf(const Op& op, std::string_view name) const {
  const TextId id = texts.Find(name);
  if (id == kNoName) return {};
  for (const Attr& attr : AttrsOf(op)) {
    if (attr.name == id && attr.kind == Attr::Kind::kString) return text(attr.text);
  }
  return {};
}

std::string_view Program::ScopeOf(const Op& op) const { return StringOf(op, kScopeAttribute); }

const Op* Program::MakerOf(ValueId value) const {
  if (value == kNone || values[value].is_argument || values[value].op == kNone) return nullptr;
  return &ops[values[value].op];
}

bool Program::IsParameter(ValueId value) const {
  const Op* maker = MakerOf(value);
  return maker != nullptr && maker->parameter != kNone;
}

OpId Program::LastOp(const Block& block) const {
  OpId last = kNone;
  for (OpId i = block.ops.begin; i < block.ops.end; i = ops[i].end) last = i;
  return last;
}

bool IsNoteAttribute(std::string_view name) {
  constexpr std::array<std::string_view, 4> kNotes = {kScopeAttribute, attributes::kOpCallStack, attributes::kOpRole,
                                                      "origin_id"};
  return Contains(kNotes, name);
}

std::string FullName(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kDialects = {
      {{"0.", "builtin."}, {"1.", "pd_op."}, {"2.", "cf."}, {"3.", "custom_op."}, {"4.", "dist."}}};
  if (name == kParameterOp) return "builtin.parameter";
  for (const auto& [number, dialect] : kDialects) {
    if (name.starts_with(number)) return std::string(dialect) + std::string(name.substr(number.size()));
  }
  return std::string(name);
}

std::vector<ParameterVariable> ListParameters(const Program& program) {
  std::map<std::string_view, std::optional<TensorType>> found;
  for (const Parameter& parameter : program.parameters) {
    const Op& op = program.ops[parameter.op];
    if (!parameter.is_persistable || op.is_damaged) continue;
    const Type& type = program.TypeOf(op.results.begin);
    std::optional<TensorType> tensor;
    if (type.is_tensor() && type.element >= 0) {
      tensor = TensorType{type.element, type.dims, static_cast<int32_t>(type.lod_levels)};
    }
    found.emplace(program.text(parameter.name), std::move(tensor));
  }
  std::vector<ParameterVariable> list;
  list.reserve(found.size());
  for (auto& [name, type] : found) list.push_back({std::string(name), std::move(type)});
  return list;
}

}  // namespace pdquant::pir
