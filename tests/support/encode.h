// Encoded fields, for messages that protobuf's own serializer wouldn't write.
#ifndef PDQUANT_TESTS_SUPPORT_ENCODE_H_
#define PDQUANT_TESTS_SUPPORT_ENCODE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "ir/wire.h"

namespace pdquant::testing {

inline std::string BytesField(uint32_t number, std::string_view content) {
  std::string out;
  AppendBytesField(number, content, &out);
  return out;
}

inline std::string VarintField(uint32_t number, int64_t value) {
  std::string out;
  AppendVarintField(number, static_cast<uint64_t>(value), &out);
  return out;
}

}  // namespace pdquant::testing

#endif  // PDQUANT_TESTS_SUPPORT_ENCODE_H_
