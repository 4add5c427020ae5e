#include "quantize/inference/given_values.h"

#include <string>

#include "base/escape.h"
#include "pdquant/framework.pb.h"

namespace pdquant {

Result<std::vector<float>> GivenValues::Read(std::string_view name, size_t limit) {
  const auto made = made_->find(std::string(name));
  if (made == made_->end()) return stored_->Read(name, limit);
  const std::vector<float>& values = made->second.scales.values;
  if (values.size() > limit)
    return BadInput(Quote(name) + " has " + std::to_string(values.size()) + " values, not at most " +
                    std::to_string(limit));
  return values;
}

Result<int32_t> GivenValues::StoredType(std::string_view name) {
  const auto made = made_->find(std::string(name));
  if (made == made_->end()) return stored_->StoredType(name);
  return made->second.as_integers ? proto::VarType::INT32 : proto::VarType::FP32;
}

}  // namespace pdquant
