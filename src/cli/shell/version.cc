#include "cli/shell/version.h"

#include "check/check.h"

namespace pdquant {

std::string_view Version() { return PDQUANT_VERSION; }

std::string VersionText() {
  constexpr int64_t kMajor = kNewestPaddle / 1'000'000;
  constexpr int64_t kMinor = kNewestPaddle / 1'000 % 1'000;
  constexpr int64_t kPatch = kNewestPaddle % 1'000;
  const std::string paddle = std::to_string(kMajor) + "." + std::to_string(kMinor) + "." + std::to_string(kPatch);
  return "pdquant " + std::string(Version()) + "\nnewest Paddle whose schema is known: " + paddle + "\n";
}

}  // namespace pdquant
