// Changes as text for people.
#ifndef PDQUANT_DIFF_DIFF_TEXT_H_
#define PDQUANT_DIFF_DIFF_TEXT_H_

#include <cstddef>
#include <string>

#include "diff/describe.h"
#include "diff/program_diff.h"
#include "text/text_sink.h"

namespace pdquant {

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
