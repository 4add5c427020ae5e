#ifndef PDQUANT_BASE_WORDS_H_
#define PDQUANT_BASE_WORDS_H_

#include <cstddef>
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

// "a, b or c". A list with a size, of what can be added to a string.
template <typename List>
std::string JoinWords(const List& words) {
  std::string text;
  size_t i = 0;
  for (const auto& word : words) {
    if (i != 0) text += i + 1 == words.size() ? " or " : ", ";
    text += word;
    ++i;
  }
  return text;
}

}  // namespace pdquant

#endif  // PDQUANT_BASE_WORDS_H_
