#ifndef PDQUANT_BASE_WORDS_H_
#define PDQUANT_BASE_WORDS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace pdquant {

// "1 op", "2 ops". For nouns whose plural takes an s.
inline std::string Counted(uint64_t n, std::string_view noun) {
  std::string text = std::to_string(n) + ' ';
  text += noun;
  if (n != 1) text += 's';
  return text;
}

// "a, b": what `text_of` makes of each entry, or the entry itself, which may be a whole number.
template <typename List, typename TextOf = std::identity>
std::string Join(const List& list, std::string_view separator, TextOf text_of = {}) {
  std::string text;
  bool is_first = true;
  for (const auto& entry : list) {
    if (!std::exchange(is_first, false)) text += separator;
    if constexpr (std::is_integral_v<std::remove_cvref_t<decltype(std::invoke(text_of, entry))>>) {
      text += std::to_string(std::invoke(text_of, entry));
    } else {
      text += std::invoke(text_of, entry);
    }
  }
  return text;
}

// What stands between the separators: one part more than there are of them.
inline std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
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

// The words of a table: `word` is that of a row.
template <typename Table, typename Word>
std::vector<std::string_view> WordsOf(const Table& table, Word word) {
  std::vector<std::string_view> words;
  words.reserve(table.size());
  for (const auto& row : table) words.push_back(std::invoke(word, row));
  return words;
}

}  // namespace pdquant

#endif  // PDQUANT_BASE_WORDS_H_
