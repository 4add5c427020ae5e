// Changes in words, and as text for people.
#ifndef PDQUANT_DIFF_DIFF_TEXT_H_
#define PDQUANT_DIFF_DIFF_TEXT_H_

#include <cstddef>
#include <string>
#include <vector>

#include "diff/program_diff.h"
#include "text/text_sink.h"

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

// "12 quantize/dequantize pairs inserted, 3 ops changed, 1 op moved; 36 variables inserted".
std::string DescribeCounts(const ProgramDiff& diff);

struct DiffTextOptions {
  size_t limit = 20;    // changes
  bool expand = false;  // those with a leader, too
  DescribeOptions describe;
};

// Whether a change has a line of its own.
bool HasLine(const Change& change, bool expand);

// The lines below the first one. False where the sink wants no more.
bool WriteDiffText(const ProgramDiff& diff, const DiffTextOptions& options, const TextSink& sink);

}  // namespace pdquant

#endif  // PDQUANT_DIFF_DIFF_TEXT_H_
