// What paddlepaddle 1.8.5 trained (testdata/paddle/recorded.json) is what pdquant still writes.
#include <gmock/gmock.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "quantize/transpile/transpile_testing.h"

namespace pdquant {
namespace {

using testing::Transpile;
using testing::Transpiled;

std::string Hash(const std::string& bytes) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes.data(), bytes.size()));
  std::string text;
  for (const unsigned char byte : canonical.digest) {
    constexpr char kDigits[] = "0123456789abcdef";
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return text;
}

// From the command line's options, as recorded.
TranspileOptions Parse(const std::string& text) {
  TranspileOptions options;
  std::istringstream words(text);
  std::string name;
  std::string value;
  while (words >> name >> value) {
    if (name == "--weight-bits") options.weight_bits = std::stoi(value);
    if (name == "--activation-bits") options.activation_bits = std::stoi(value);
    if (name == "--weight-quantize-type") options.weight_quantize_type = FindScaleKind(value);
    if (name == "--activation-quantize-type") options.activation_quantize_type = FindScaleKind(value);
  }
  return options;
}

TEST(RecordedTest, HashesAndLosses) {
  const auto recorded = nlohmann::json::parse(testing::ReadFile(PDQUANT_TESTDATA "/paddle/recorded.json"));
  size_t count = 0;
  for (const auto& [place, configurations] : recorded.at("programs").items()) {
    const std::string folder = PDQUANT_UNPACKED "/" + place;
    const std::string main = testing::ReadFile(folder + "/main.pb");
    const std::string startup = testing::ReadFile(folder + "/startup.pb");
    for (const auto& [name, row] : configurations.items()) {
      SCOPED_TRACE(place + " " + name);
      const Transpiled result = Transpile(main, &startup, Parse(row.at("options")));
      EXPECT_EQ(Hash(result.main), row.at("main"));
      EXPECT_EQ(Hash(result.startup), row.at("startup"));
      ++count;
      if (!row.contains("float")) continue;
      for (size_t i = 0; i < row.at("float").size(); ++i) {
        const double expected = row.at("float").at(i);
        EXPECT_NEAR(row.at("losses").at(i), expected, 1e-3 * std::max(1.0, std::abs(expected)));
      }
    }
  }
  EXPECT_GT(count, 400);
}

}  // namespace
}  // namespace pdquant
