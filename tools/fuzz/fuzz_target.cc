#include "fuzz_target.h"

#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

namespace pdquant::fuzz {

void Die(std::string_view why) {
  std::cerr << why << std::endl;
  std::abort();
}

size_t HandBack(std::string_view input, uint8_t* data, size_t size, size_t max_size) {
  if (input.size() > max_size) return size;
  std::copy(input.begin(), input.end(), data);
  return input.size();
}

}  // namespace pdquant::fuzz

// Protobuf is silent about what it can't parse.
extern "C" int LLVMFuzzerInitialize(int*, char***) {
  google::protobuf::SetLogHandler(nullptr);
  return 0;
}
