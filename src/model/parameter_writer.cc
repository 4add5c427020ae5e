#include "model/parameter_writer.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "model/record_check.h"
#include "paddle/data_types.h"

namespace pdquant {
namespace {

Status WriteNew(const OutputParameter& parameter, const ByteSink& sink) {
  const std::optional<uint64_t> wanted = DataBytes(parameter.header.data_type, parameter.header.dims);
  if (!wanted) return InternalError("a parameter is to be written in an impossible shape");
  if (Status status = sink(EncodeRecordHeader(parameter.header)); !status.ok()) return status;
  uint64_t written = 0;
  Status status = parameter.produce([&](std::string_view bytes) {
    written += bytes.size();
    return sink(bytes);
  });
  if (!status.ok() || written == *wanted) return status;
  return InternalError("a parameter of " + std::to_string(*wanted) + " bytes got " + std::to_string(written));
}

Status WriteRecord(const OutputParameter& parameter, OutputStream* stream) {
  const ByteSink sink = [stream](std::string_view bytes) { return stream->Write(bytes); };
  if (parameter.copied == nullptr) return WriteNew(parameter, sink);
  return parameter.copied->ReadRecord(parameter.copied_parameter, sink);
}

Status WriteCombined(const std::string& path, const std::vector<OutputParameter>& parameters, OutputSet* outputs) {
  const Result<OutputStream*> stream = outputs->Open(path);
  if (!stream.ok()) return stream.status();
  for (const OutputParameter& parameter : parameters) {
    if (Status status = WriteRecord(parameter, *stream); !status.ok()) return status;
  }
  return {};
}

Status WriteSeparate(const std::string& folder, const std::vector<OutputParameter>& parameters, OutputSet* outputs) {
  if (Status status = outputs->AddFolder(folder); !status.ok()) return status;
  for (const OutputParameter& parameter : parameters) {
    const Result<OutputStream*> stream = outputs->OpenIn(folder, parameter.name);
    if (!stream.ok()) return stream.status();
    if (Status status = WriteRecord(parameter, *stream); !status.ok()) return status;
  }
  return {};
}

}  // namespace

Status WriteParameters(const ParameterPlace& place, std::vector<OutputParameter> parameters, OutputSet* outputs) {
  std::sort(parameters.begin(), parameters.end(),
            [](const OutputParameter& a, const OutputParameter& b) { return a.name < b.name; });
  const bool combined = place.kind == ParameterPlace::Kind::kCombined;
  return combined ? WriteCombined(place.path, parameters, outputs) : WriteSeparate(place.path, parameters, outputs);
}

}  // namespace pdquant
