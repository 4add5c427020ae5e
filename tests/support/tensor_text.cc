#include "support/tensor_text.h"

#include <cstdint>
#include <cstring>
#include <sstream>
#include <stdexcept>

#include "pdquant/framework.pb.h"

namespace pdquant::testing {
namespace {

template <typename T>
std::string Raw(T value) {
  std::string bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}

}  // namespace

std::pair<std::string, std::string> TensorFile(const std::string& line) {
  std::istringstream words(line);
  std::string name;
  std::string type;
  std::string dims;
  std::string colon;
  words >> name >> type >> dims >> colon;
  if (colon != ":") throw std::runtime_error("no tensor: " + line);
  proto::VarType::TensorDesc description;
  const bool integers = type == "int32";
  description.set_data_type(type == "int8" ? proto::VarType::INT8
                            : integers     ? proto::VarType::INT32
                                           : proto::VarType::FP32);
  std::istringstream numbers(dims);
  for (std::string dim; std::getline(numbers, dim, ',');) description.add_dims(std::stoll(dim));
  std::string data;
  for (std::string value; words >> value;) {
    data += type == "int8" ? Raw(static_cast<int8_t>(std::stoi(value)))
            : integers     ? Raw(static_cast<int32_t>(std::stoi(value)))
                           : Raw(std::stof(value));
  }
  const std::string encoded = description.SerializeAsString();
  return {name, Raw(uint32_t{0}) + Raw(uint64_t{0}) + Raw(uint32_t{0}) + Raw(static_cast<int32_t>(encoded.size())) +
                    encoded + data};
}

std::string TensorLine(const std::string& name, const std::string& file) {
  constexpr size_t kFixed = 20;  // before the description
  int32_t size = 0;
  std::memcpy(&size, file.substr(kFixed - sizeof(size)).data(), sizeof(size));
  proto::VarType::TensorDesc description;
  description.ParseFromString(file.substr(kFixed, static_cast<size_t>(size)));
  const std::string data = file.substr(kFixed + static_cast<size_t>(size));
  const bool bytes = description.data_type() == proto::VarType::INT8;
  std::ostringstream line;
  line.precision(9);  // enough for each float
  const bool integers = description.data_type() == proto::VarType::INT32;
  line << name << (bytes ? " int8 " : integers ? " int32 " : " float32 ");
  for (int i = 0; i < description.dims_size(); ++i) line << (i == 0 ? "" : ",") << description.dims(i);
  line << " :";
  for (size_t i = 0; i < data.size(); i += bytes ? 1 : sizeof(float)) {
    float value = 0;
    if (integers) {
      int32_t integer = 0;
      std::memcpy(&integer, data.data() + i, sizeof(integer));
      line << " " << integer;
    } else if (bytes) {
      line << " " << static_cast<int>(static_cast<int8_t>(data[i]));
    } else {
      std::memcpy(&value, data.data() + i, sizeof(value));
      line << " " << value;
    }
  }
  return line.str();
}

}  // namespace pdquant::testing
