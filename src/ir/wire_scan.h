// One walk over all bytes of an encoded program, in constant memory: is it well-formed protobuf, how much is in it, and
// which messages lack a required field or hold an attribute value that isn't of the attribute's type.
#ifndef PDQUANT_IR_WIRE_SCAN_H_
#define PDQUANT_IR_WIRE_SCAN_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "base/finding.h"
#include "base/status.h"

namespace pdquant {

struct ScanLimits {
  uint64_t max_ops = 2'000'000;                  // and as many blocks
  uint64_t max_messages = uint64_t{128} << 20U;  // of any kind
};

struct ScanCounts {
  uint64_t messages = 0;
  uint64_t blocks = 0;
  uint64_t ops = 0;
  uint64_t vars = 0;
  // Some attribute of an op has two names or two types, of which the last one counts.
  bool repeats_attr_head = false;
};

// Errors: kBadInput where the bytes are no protobuf message (with the byte offset and the field's path) or over a
// limit. Missing required fields and wrong attribute values are findings: protobuf's own parser refuses the former and
// doesn't see the latter.
Result<ScanCounts> ScanProgram(std::string_view bytes, const ScanLimits& limits, Findings* findings);

}  // namespace pdquant

#endif  // PDQUANT_IR_WIRE_SCAN_H_
