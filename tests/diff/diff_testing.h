// Differences of programs, for tests.
#ifndef PDQUANT_TESTS_DIFF_DIFF_TESTING_H_
#define PDQUANT_TESTS_DIFF_DIFF_TESTING_H_

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "diff/diff_text.h"
#include "diff/program_diff.h"
#include "paddle/names.h"
#include "support/programs.h"

namespace pdquant::testing {

inline DiffOptions DefaultOptions() {
  DiffOptions options;
  options.ignore = IgnoreRules({std::string(attributes::kOpCallStack)});
  return options;
}

// Two programs and their difference.
class Compared {
 public:
  Compared(std::string_view a, std::string_view b, const DiffOptions& options = DefaultOptions())
      : a_(Load(a)), b_(Load(b)), index_a_(a_), index_b_(b_), diff_(index_a_, index_b_, options) {}
  Compared(const proto::ProgramDesc& a, const proto::ProgramDesc& b, const DiffOptions& options = DefaultOptions())
      : Compared(a.SerializePartialAsString(), b.SerializePartialAsString(), options) {}

  const ProgramDiff& diff() const { return diff_; }
  bool equal() const { return diff_.equal(); }

  // All lines of the text, uncut.
  std::string Text(bool expand = false) const {
    std::string text = DescribeCounts(diff_) + "\n";
    DiffTextOptions options;
    options.limit = SIZE_MAX;
    options.expand = expand;
    WriteDiffText(diff_, options, [&](std::string_view part) {
      text += part;
      return true;
    });
    return text;
  }

 private:
  Program a_;
  Program b_;
  Index index_a_;
  Index index_b_;
  ProgramDiff diff_;
};

// The names of real programs of the corpus; small ones, so that each can be compared many times.
inline std::vector<std::string> SmallPrograms(size_t count) {
  std::vector<std::pair<size_t, std::string>> all;
  for (const std::string& path : AllPrograms()) all.emplace_back(ReadFile(path).size(), path);
  std::sort(all.begin(), all.end());
  std::vector<std::string> paths;
  for (const auto& [size, path] : all) {
    if (size > 2000 && paths.size() < count) paths.push_back(path);
  }
  return paths;
}

}  // namespace pdquant::testing

#endif  // PDQUANT_TESTS_DIFF_DIFF_TESTING_H_
