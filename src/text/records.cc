#include "text/records.h"

#include <algorithm>
#include <vector>

#include "base/counted.h"
#include "text/field_text.h"

namespace pdquant {
namespace {

constexpr size_t kChunk = size_t{1} << 20U;

std::string LodText(const RecordHeader& header) {
  return header.lod_levels == 0 ? "" : Counted(header.lod_levels, "LoD level");
}

// Uncut, however many dimensions there are.
std::string TypeText(int32_t data_type, const std::vector<int64_t>& dims) {
  std::string text = DataTypeName(data_type) + " [";
  for (size_t i = 0; i < dims.size(); ++i) text += (i == 0 ? "" : ", ") + std::to_string(dims[i]);
  return text + "]";
}

}  // namespace

Status ForEachRecord(const ByteSource& source, const RecordSink& take) {
  std::vector<char> chunk(kChunk);
  Record record;
  for (uint64_t offset = 0; offset < source.size(); offset = record.header.end(), ++record.number) {
    Result<RecordHeader> header = ReadRecordHeader(source, offset);
    if (!header.ok()) {
      const Status& status = header.status();
      return {status.code(), "record " + std::to_string(record.number) + ": " + status.message()};
    }
    record.header = std::move(*header);
    TensorDigest digest(record.header.data_type);
    for (uint64_t begin = record.header.data_offset; begin < record.header.end();) {
      const std::span<char> part(chunk.data(), std::min<uint64_t>(chunk.size(), record.header.end() - begin));
      if (Status status = source.Read(begin, part); !status.ok()) return status;
      digest.Add({part.data(), part.size()});
      begin += part.size();
    }
    record.facts = digest.Finish();
    if (!take(record)) return {};
  }
  return {};
}

Status ForEachParameter(ParameterReader* reader, const RecordSink& take) {
  for (size_t i = 0; i < reader->parameters().size(); ++i) {
    const Parameter& parameter = reader->parameters()[i];
    TensorDigest digest(parameter.header.data_type);
    Status status = reader->ReadData(i, [&](std::string_view bytes) {
      digest.Add(bytes);
      return Status();
    });
    if (!status.ok()) return status;
    if (!take({i, parameter.name, parameter.header, digest.Finish()})) return {};
  }
  return {};
}

void AppendRecord(const Record& record, std::string* out) {
  const RecordHeader& header = record.header;
  *out += "record " + std::to_string(record.number);
  if (!record.name.empty()) {
    *out += ' ';
    AppendName(record.name, out);
  }
  *out += "\n  offset: " + HexOffset(header.offset);
  *out += "\n  type: " + TypeText(header.data_type, header.dims);
  if (header.lod_levels != 0) {
    TensorDigest lod(-1);
    lod.Add(header.lod);
    *out += "\n  lod: " + LodText(header) + ", hash " + lod.Finish().hash;
  }
  *out += "\n  hash: " + record.facts.hash;
  if (!record.facts.min.empty()) *out += "\n  min: " + record.facts.min + "\n  max: " + record.facts.max;
  if (record.facts.nan_count != 0) *out += "\n  nan: " + std::to_string(record.facts.nan_count);
  *out += '\n';
}

void AppendRecordLine(const Record& record, std::string* out) {
  const RecordHeader& header = record.header;
  *out += std::to_string(record.number) + ' ';
  if (!record.name.empty()) {
    AppendName(record.name, out);
    *out += ' ';
  }
  *out += TypeText(header.data_type, header.dims) + " at " + HexOffset(header.offset) + ", " +
          Counted(header.data_bytes, "byte");
  if (header.lod_levels != 0) *out += ", " + LodText(header);
  if (!record.facts.min.empty()) *out += ", " + record.facts.min + " to " + record.facts.max;
  if (record.facts.nan_count != 0) *out += ", " + std::to_string(record.facts.nan_count) + " NaN";
  *out += ", hash " + record.facts.hash + '\n';
}

void AppendDeclaredParameter(const ParameterVariable& variable, std::string* out) {
  AppendName(variable.name, out);
  if (variable.type) {
    *out += ' ' + TypeText(variable.type->data_type, variable.type->dims);
    const auto bytes = DataBytes(variable.type->data_type, variable.type->dims);
    if (bytes) *out += ", " + Counted(*bytes, "byte");
  }
  *out += '\n';
}

}  // namespace pdquant
