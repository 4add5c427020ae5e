// Suggestions for a name that nothing has.
#ifndef PDQUANT_BASE_NEAREST_H_
#define PDQUANT_BASE_NEAREST_H_

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pdquant {

// The `count` names that are most like `word`, the nearest first, those of equal distance in byte order; fewer where
// there are fewer. In `word`, `*` stands for any text and `?` for one character. Only the first 2000 names, and the
// first 80 bytes of each, are looked at.
std::vector<std::string_view> NearestNames(std::string_view word, std::span<const std::string_view> names,
                                           size_t count);

// "; the nearest is 'conv2d'", "; the nearest are 'a', 'b'"; empty for none.
std::string SayNearest(std::span<const std::string_view> nearest);

}  // namespace pdquant

#endif  // PDQUANT_BASE_NEAREST_H_
