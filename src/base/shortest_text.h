#ifndef PDQUANT_BASE_SHORTEST_TEXT_H_
#define PDQUANT_BASE_SHORTEST_TEXT_H_

#include <array>
#include <charconv>
#include <string>

namespace pdquant {

// The shortest decimal that reads back as this very float or double: "0.9". No locale changes it.
template <typename T>
std::string ShortestText(T value) {
  std::array<char, 32> buffer;
  return {buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr};
}

// The double that prints as the shortest decimal of this float: 0.9, not 0.8999999761581421.
inline double ShortestDouble(float value) {
  const std::string text = ShortestText(value);
  double result = 0;
  std::from_chars(text.data(), text.data() + text.size(), result);
  return result;
}

}  // namespace pdquant

#endif  // PDQUANT_BASE_SHORTEST_TEXT_H_
