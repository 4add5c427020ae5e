#include "pir/parameters.h"

#include <map>
#include <string>
#include <utility>

namespace pdquant::pir {

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
  for (auto& [name, type] : found) list.push_back({std::string(name), std::move(type)});
  return list;
}

}  // namespace pdquant::pir
