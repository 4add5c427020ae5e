#ifndef PDQUANT_MODEL_MEMORY_SOURCE_H_
#define PDQUANT_MODEL_MEMORY_SOURCE_H_

#include <algorithm>
#include <string_view>

#include "model/tensor_record.h"

namespace pdquant {

// Bytes that somebody else keeps.
class MemorySource : public ByteSource {
 public:
  explicit MemorySource(std::string_view bytes) : bytes_(bytes) {}

  uint64_t size() const override { return bytes_.size(); }
  Status Read(uint64_t offset, std::span<char> into) const override {
    std::copy_n(bytes_.data() + offset, into.size(), into.data());
    return {};
  }

 private:
  std::string_view bytes_;
};

}  // namespace pdquant

#endif  // PDQUANT_MODEL_MEMORY_SOURCE_H_
