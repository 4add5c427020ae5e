#include "model/record_check.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/escape.h"
#include "base/words.h"
#include "model/sniff.h"
#include "paddle/data_types.h"
#include "pdquant/framework.pb.h"

namespace pdquant {
namespace {

// What the beginning of a file that holds no record looks like.
std::string HintOf(const ByteSource& source) {
  std::array<char, 4096> begin;
  const size_t size = std::min<uint64_t>(begin.size(), source.size());
  if (size == 0 || !source.Read(0, {begin.data(), size}).ok()) return "";
  std::string looks = LooksLike({begin.data(), size});
  looks = looks.substr(0, looks.find("; name the program"));  // that one isn't asked for here
  if (looks.empty() || looks.starts_with("a parameter file")) return "";
  return "the file looks like " + looks;
}

bool Matches(const TensorType& wanted, const RecordHeader& header) {
  if (wanted.data_type != header.data_type || wanted.dims.size() != header.dims.size()) return false;
  for (size_t i = 0; i < wanted.dims.size(); ++i) {
    if (wanted.dims[i] != -1 && wanted.dims[i] != header.dims[i]) return false;
  }
  return true;
}

bool IsStoredWeight(const ParameterVariable& variable, const RecordHeader& header) {
  const bool is_integer = header.data_type == proto::VarType::INT8 || header.data_type == proto::VarType::INT16;
  return variable.may_be_integers && is_integer && variable.type->data_type == proto::VarType::FP32 &&
         variable.type->dims == header.dims;
}

bool IsReshapedScale(const ParameterVariable& variable, const RecordHeader& header) {
  const auto without_ones = [](std::vector<int64_t> dims) {
    std::erase(dims, 1);
    return dims;
  };
  const std::vector<int64_t> dims = without_ones(header.dims);
  return variable.may_be_reshaped && variable.type->data_type == header.data_type && dims.size() <= 1 &&
         without_ones(variable.type->dims) == dims;
}

void CheckType(const ParameterVariable& variable, const RecordHeader& header, Findings* findings) {
  if (!variable.type || Matches(*variable.type, header) || IsStoredWeight(variable, header) ||
      IsReshapedScale(variable, header))
    return;
  findings->Error("parameter-type", PlaceOfVariable(variable.name),
                  "the parameter file has " + DescribeTensor(header.data_type, header.dims) + " at " +
                      HexOffset(header.offset) + ", the program says " +
                      DescribeTensor(variable.type->data_type, variable.type->dims));
}

void AddBadRecord(const ByteSource& source, const std::string& variable, uint64_t offset, const std::string& why,
                  Findings* findings) {
  findings->Error("parameter-file", PlaceOfVariable(variable), why, offset == 0 ? HintOf(source) : "");
}

}  // namespace

Result<std::vector<Parameter>> CheckCombined(const ByteSource& source, const std::vector<ParameterVariable>& variables,
                                             Findings* findings) {
  const size_t before = findings->count(Level::kError);
  std::vector<Parameter> parameters;
  uint64_t at = 0;
  uint64_t lod_bytes = 0;
  for (const ParameterVariable& variable : variables) {
    Result<RecordHeader> header = ReadRecordHeader(source, at);
    if (!header.ok()) {
      if (header.status().code() != StatusCode::kBadInput) return header.status();
      std::string why = header.status().message();
      if (at == source.size()) {
        why += ": the file ends after " + std::to_string(parameters.size()) + " of " +
               std::to_string(variables.size()) + " parameters";
      }
      AddBadRecord(source, variable.name, at, why, findings);
      return BadInput("");
    }
    CheckType(variable, *header, findings);
    lod_bytes += header->lod.size();
    if (lod_bytes > kMostLodBytes) {
      AddBadRecord(source, variable.name, at, "more LoD in the file than is read of parameters", findings);
      return BadInput("");
    }
    at = header->end();
    parameters.push_back({variable.name, std::move(*header)});
  }
  if (at != source.size()) {
    const bool another = ReadRecordHeader(source, at).ok();
    findings->Error(
        "parameter-file", {},
        Counted(source.size() - at, "byte") + " after the last tensor" +
            (variables.empty() ? "" : ", " + Quote(variables.back().name) + ",") + " at " + HexOffset(at),
        another ? "the file has more than the " + std::to_string(variables.size()) + " parameters of the program"

        : variables.empty() ? HintOf(source)
                            : "");
  }
  if (findings->count(Level::kError) != before) return BadInput("");
  return parameters;
}

Status CheckSeparate(const ByteSource& source, const ParameterVariable& variable, Findings* findings,
                     RecordHeader* header) {
  Result<RecordHeader> read = ReadRecordHeader(source, 0);
  if (!read.ok()) {
    if (read.status().code() != StatusCode::kBadInput) return read.status();
    AddBadRecord(source, variable.name, 0, read.status().message(), findings);
    return {};
  }
  *header = std::move(*read);
  CheckType(variable, *header, findings);
  if (header->end() != source.size()) {
    findings->Error(
        "parameter-file", PlaceOfVariable(variable.name),
        Counted(source.size() - header->end(), "byte") + " after the last tensor at " + HexOffset(header->end()));
  }
  return {};
}

}  // namespace pdquant
