#ifndef PDQUANT_TESTS_TEXT_TEXT_TESTING_H_
#define PDQUANT_TESTS_TEXT_TEXT_TESTING_H_

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "support/programs.h"
#include "text/canonical.h"

namespace pdquant::testing {

inline std::string Canonical(const Program& program) {
  std::string text;
  WriteCanonical(Index(program), [&](std::string_view part) {
    text += part;
    return true;
  });
  return text;
}

inline std::string Canonical(const proto::ProgramDesc& message) { return Canonical(Load(message)); }

inline std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// How many lines have to be removed from `a`, and added, to get `b`: by the longest common subsequence.
struct LineChanges {
  size_t removed = 0;
  size_t added = 0;
};
inline LineChanges CompareLines(const std::string& text_a, const std::string& text_b) {
  const std::vector<std::string> a = Lines(text_a);
  const std::vector<std::string> b = Lines(text_b);
  std::vector<size_t> previous(b.size() + 1);
  std::vector<size_t> current(b.size() + 1);
  for (const std::string& line : a) {
    for (size_t j = 0; j < b.size(); ++j) {
      current[j + 1] = line == b[j] ? previous[j] + 1 : std::max(previous[j + 1], current[j]);
    }
    previous.swap(current);
  }
  return {a.size() - previous.back(), b.size() - previous.back()};
}

}  // namespace pdquant::testing

#endif  // PDQUANT_TESTS_TEXT_TEXT_TESTING_H_
