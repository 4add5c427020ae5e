// Changes in words.
#ifndef PDQUANT_DIFF_DESCRIBE_H_
#define PDQUANT_DIFF_DESCRIBE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "diff/program_diff.h"

namespace pdquant {

struct DescribeOptions {
  size_t longest = 160;  // bytes of a value or an op, before it is cut
  size_t most = 8;       // names in a list within a line, and values that differ of one op
};

// All of it is escaped, and on one line each.
struct ChangeText {
  char mark = '~';      // '+' inserted, '-' removed, '~' changed, '>' moved
  std::string place_a;  // "0:39", of a variable its block; empty where the program doesn't have it
  std::string place_b;
  std::string title;                 // "conv2d", "fake_quantize_abs_max(X=image) -> Out=…", "var image"
  std::vector<std::string> details;  // "attr groups: 1 -> 2"
};

ChangeText Describe(const ProgramDiff& diff, size_t change, const DescribeOptions& options);

// "attr groups: 1 -> 2".
std::string DescribeDifference(const Difference& difference, size_t longest);

// "12 quantize/dequantize pairs inserted, 3 ops changed, 1 op moved; 36 variables inserted; 519 ops equal".
std::string DescribeCounts(const ProgramDiff& diff);

// Both cut to the same place, so that the first byte in which they differ is shown.
void CutAlike(size_t longest, std::string* a, std::string* b);

}  // namespace pdquant

#endif  // PDQUANT_DIFF_DESCRIBE_H_
