#ifndef PDQUANT_BASE_COUNTED_H_
#define PDQUANT_BASE_COUNTED_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace pdquant {

// "1 op", "2 ops". For nouns whose plural takes an s.
inline std::string Counted(uint64_t n, std::string_view noun) {
  std::string text = std::to_string(n) + ' ';
  text += noun;
  if (n != 1) text += 's';
  return text;
}

}  // namespace pdquant

#endif  // PDQUANT_BASE_COUNTED_H_
