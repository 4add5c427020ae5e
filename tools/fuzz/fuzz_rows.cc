// The reader of rows (.npy and text) on any bytes: every row that it hands over is whole, and what isn't read is
// refused with a reason. The first byte says how many numbers a row has.
#include <cstdint>
#include <string>
#include <string_view>

#include "calibrate/rows.h"
#include "fuzz_target.h"

namespace pdquant::fuzz {
namespace {

constexpr size_t kMostNumbers = 16;

void TestOneInput(std::string_view input) {
  if (input.empty()) return;
  const size_t row_size = static_cast<uint8_t>(input[0]) % kMostNumbers + 1;
  size_t rows = 0;
  const Status status =
      ParseRows(input.substr(1), "'rows'", row_size, [&](std::span<const float> row, const std::string& place) {
        if (row.size() != row_size || place.empty()) Die("a row that isn't whole");
        ++rows;
        return Status();
      });
  if (status.ok() && rows == 0) Die("read, and no row");
  if (!status.ok() && status.message().empty()) Die("refused without a reason");
  if (rows * row_size > input.size()) Die("more numbers than bytes");
}

}  // namespace
}  // namespace pdquant::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pdquant::fuzz::TestOneInput({reinterpret_cast<const char*>(data), size});
  return 0;
}
