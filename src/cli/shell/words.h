#ifndef PDQUANT_CLI_SHELL_WORDS_H_
#define PDQUANT_CLI_SHELL_WORDS_H_

#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

namespace pdquant {

// The words that an option takes, and what each stands for.
template <typename T, size_t kSize>
using Words = std::array<std::pair<std::string_view, T>, kSize>;

// What sets `*value` to what a word stands for; false for an unknown word. For OptionList::Choice.
template <typename T, typename Value, size_t kSize>
auto SetWord(const Words<T, kSize>& words, Value* value) {
  return [&words, value](std::string_view text) {
    for (const auto& [word, meaning] : words) {
      if (word != text) continue;
      *value = meaning;
      return true;
    }
    return false;
  };
}

}  // namespace pdquant

#endif  // PDQUANT_CLI_SHELL_WORDS_H_
