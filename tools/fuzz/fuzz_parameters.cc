// The parameter reader on any bytes: what it accepts fills the file from its first byte to its last, and what it says
// of each record is what writing the record again gives.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz_target.h"
#include "model/byte_source.h"
#include "model/record_check.h"
#include "model/sniff.h"
#include "paddle/data_types.h"

namespace pdquant::fuzz {
namespace {

// A header that was read, written and read again is the same header.
void ExpectRewritten(const RecordHeader& header) {
  const std::string bytes = EncodeRecordHeader(header) + std::string(header.data_bytes, '\0');
  const Result<RecordHeader> again = ReadRecordHeader(MemorySource(bytes), 0);
  if (!again.ok()) Die("a header that was written can't be read");
  if (again->data_type != header.data_type || again->dims != header.dims || again->lod != header.lod)
    Die("another header");
  if (again->end() != bytes.size()) Die("a header with another end");
}

void ExpectWhole(const std::vector<Parameter>& parameters, size_t size) {
  uint64_t at = 0;
  for (const Parameter& parameter : parameters) {
    const RecordHeader& header = parameter.header;
    if (header.offset != at || header.data_offset < at) Die("a record begins elsewhere");
    if (DataBytes(header.data_type, header.dims) != header.data_bytes) Die("a record of another size");
    at = header.end();
    ExpectRewritten(header);
  }
  if (at != size) Die("bytes that belong to nothing were accepted");
}

// The first byte says how many parameters the program wants.
void TestOneInput(std::string_view input) {
  if (input.empty()) return;
  const auto wanted = static_cast<size_t>(static_cast<uint8_t>(input[0]) % 32);
  const std::string_view bytes = input.substr(1);
  std::vector<ParameterVariable> variables;
  for (size_t i = 0; i < wanted; ++i) variables.push_back({std::string(1, static_cast<char>('a' + i)), std::nullopt});
  const MemorySource source(bytes);
  Findings findings;
  const Result<std::vector<Parameter>> checked = CheckCombined(source, variables, &findings);
  if (checked.ok() == findings.has_errors()) Die("accepted with findings, or refused without");
  if (checked.ok()) ExpectWhole(*checked, bytes.size());
  if (variables.empty()) return;
  Findings separate_findings;
  RecordHeader header;
  if (!CheckSeparate(source, variables[0], &separate_findings, &header).ok()) Die("memory can't fail");
  if (!separate_findings.has_errors()) ExpectWhole({{"a", header}}, bytes.size());
  LooksLike(bytes);
}

}  // namespace
}  // namespace pdquant::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pdquant::fuzz::TestOneInput({reinterpret_cast<const char*>(data), size});
  return 0;
}
