#include "model_input.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "fuzz_target.h"
#include "model/parameter_list.h"
#include "model/tensor_record.h"
#include "paddle/data_types.h"
#include "pdquant/framework.pb.h"

namespace pdquant::fuzz {
namespace {

constexpr uint64_t kMostElements = 4096;

RecordHeader HeaderFor(const ParameterVariable& variable) {
  RecordHeader header;
  header.data_type =
      variable.type && ElementSize(variable.type->data_type) ? variable.type->data_type : proto::VarType::FP32;
  if (variable.type) header.dims = variable.type->dims;
  for (int64_t& dim : header.dims) dim = dim == -1 ? 2 : dim;
  const auto count = ElementCount(header.dims);
  if (!count || *count > kMostElements) header.dims = {1};
  header.data_bytes = DataBytes(header.data_type, header.dims).value_or(0);
  return header;
}

}  // namespace

std::optional<ModelInput> ModelInput::Decode(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes) return std::nullopt;
  uint32_t size = 0;
  std::memcpy(&size, bytes.data() + 1, sizeof(size));
  const std::string_view rest = bytes.substr(kHeaderBytes);
  const size_t program = std::min<size_t>(size, rest.size());
  return ModelInput{static_cast<uint8_t>(bytes[0]), std::string(rest.substr(0, program)),
                    std::string(rest.substr(program))};
}

std::string ModelInput::Encode() const {
  const auto size = static_cast<uint32_t>(program.size());
  std::string out(1, static_cast<char>(options));
  out.append(reinterpret_cast<const char*>(&size), sizeof(size));
  return out + program + parameters;
}

std::string MakeParameters(const Program& program) {
  Findings findings;
  std::string bytes;
  uint32_t hash = 1;
  for (const ParameterVariable& variable : ListParameters(program, &findings)) {
    const RecordHeader header = HeaderFor(variable);
    bytes += EncodeRecordHeader(header);
    const bool is_float = header.data_type == proto::VarType::FP32;
    for (uint64_t i = 0; i < header.data_bytes; i += is_float ? 4 : 1) {
      hash = hash * 1664525U + 1013904223U;
      const float value = static_cast<float>(static_cast<int32_t>(hash >> 8U) - (1 << 23)) / 1e6F;
      if (is_float) {
        bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
      } else {
        bytes += static_cast<char>(hash >> 24U);
      }
    }
  }
  return bytes;
}

ParametersInMemory::ParametersInMemory(const std::string& bytes, const Program& program)
    : file_(memfd_create("parameters", MFD_CLOEXEC)) {
  if (file_ < 0 || write(file_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
    Die("no file in memory");
  }
  Findings findings;
  const auto variables = ListParameters(program, &findings);
  if (findings.has_errors()) return;
  const std::string path = "/proc/self/fd/" + std::to_string(file_);
  auto opened = ParameterReader::Open({ParameterPlace::Kind::kCombined, path}, variables, &findings);
  if (opened.ok()) reader_ = std::move(*opened);
}

ParametersInMemory::~ParametersInMemory() { close(file_); }

}  // namespace pdquant::fuzz
