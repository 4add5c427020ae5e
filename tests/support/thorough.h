// What CI samples and .ci/nightly runs whole.
#ifndef PDQUANT_TESTS_SUPPORT_THOROUGH_H_
#define PDQUANT_TESTS_SUPPORT_THOROUGH_H_

#include <cstddef>
#include <cstdlib>

namespace pdquant::testing {

// Is PDQUANT_THOROUGH set in the environment?
inline bool Thorough() { return std::getenv("PDQUANT_THOROUGH") != nullptr; }

// The step of a loop over all inputs of a kind.
inline size_t SampleStep(size_t sampled) { return Thorough() ? 1 : sampled; }

}  // namespace pdquant::testing

#endif  // PDQUANT_TESTS_SUPPORT_THOROUGH_H_
