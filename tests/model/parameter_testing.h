// What the tests of parameters share: records made by hand, and programs that want them.
#ifndef PDQUANT_TESTS_MODEL_PARAMETER_TESTING_H_
#define PDQUANT_TESTS_MODEL_PARAMETER_TESTING_H_

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/finding.h"
#include "model/byte_source.h"
#include "model/parameter_list.h"
#include "model/parameter_reader.h"
#include "pdquant/framework.pb.h"

namespace pdquant::testing {

template <typename T>
std::string Number(T number) {
  std::string bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &number, sizeof(T));
  return bytes;
}

inline std::string Description(int32_t data_type, const std::vector<int64_t>& dims) {
  proto::VarType::TensorDesc description;
  description.set_data_type(data_type);
  for (const int64_t dim : dims) description.add_dims(dim);
  return description.SerializeAsString();
}

// A record, made from its parts as params.md of the format describes it.
struct RecordParts {
  uint32_t lod_version = 0;
  uint64_t lod_levels = 0;
  std::string levels;
  uint32_t tensor_version = 0;
  std::string description;
  std::string data;

  std::string Encode() const {
    return Number(lod_version) + Number(lod_levels) + levels + Number(tensor_version) +
           Number(static_cast<int32_t>(description.size())) + description + data;
  }
};

// A record of float32, with these bytes, 4 of them for each element.
inline std::string FloatRecord(const std::vector<int64_t>& dims, const std::string& data) {
  RecordParts parts;
  parts.description = Description(proto::VarType::FP32, dims);
  parts.data = data;
  return parts.Encode();
}

inline std::string LodLevel(const std::vector<uint64_t>& offsets) {
  std::string level = Number(static_cast<uint64_t>(8 * offsets.size()));
  for (const uint64_t offset : offsets) level += Number(offset);
  return level;
}

inline ParameterVariable Variable(const std::string& name, int32_t data_type, const std::vector<int64_t>& dims) {
  return {name, TensorType{data_type, dims, 0}};
}

inline ParameterVariable Float(const std::string& name, const std::vector<int64_t>& dims) {
  return Variable(name, proto::VarType::FP32, dims);
}

// All findings of a level, one a line: "'w': text".
inline std::string Lines(const Findings& findings, Level level) {
  std::string lines;
  for (const Finding& finding : findings.all()) {
    if (finding.level != level) continue;
    if (!finding.place.variable.empty()) lines += finding.place.variable + ": ";
    lines += finding.text + (finding.hint.empty() ? "" : "; " + finding.hint) + "\n";
  }
  return lines;
}

// All of a parameter's data, or of its record; what goes wrong is the result.
inline std::string DataOf(ParameterReader* reader, size_t parameter, bool record = false) {
  std::string data;
  const ByteSink take = [&](std::string_view bytes) {
    data += bytes;
    return Status();
  };
  const Status status = record ? reader->ReadRecord(parameter, take) : reader->ReadData(parameter, take);
  return status.ok() ? data : status.message();
}

// An encoded program with these persistable variables.
inline std::string ProgramWith(const std::vector<ParameterVariable>& variables) {
  proto::ProgramDesc program;
  program.mutable_version()->set_version(0);
  proto::BlockDesc* block = program.add_blocks();
  block->set_idx(0);
  block->set_parent_idx(-1);
  for (const ParameterVariable& variable : variables) {
    proto::VarDesc* var = block->add_vars();
    var->set_name(variable.name);
    var->set_persistable(true);
    var->mutable_type()->set_type(proto::VarType::LOD_TENSOR);
    if (!variable.type) continue;
    proto::VarType::TensorDesc* tensor = var->mutable_type()->mutable_lod_tensor()->mutable_tensor();
    tensor->set_data_type(variable.type->data_type);
    for (const int64_t dim : variable.type->dims) tensor->add_dims(dim);
  }
  return program.SerializePartialAsString();
}

}  // namespace pdquant::testing

#endif  // PDQUANT_TESTS_MODEL_PARAMETER_TESTING_H_
