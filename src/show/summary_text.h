#ifndef PDQUANT_SHOW_SUMMARY_TEXT_H_
#define PDQUANT_SHOW_SUMMARY_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "ir/index.h"
#include "show/summary.h"

namespace pdquant {

// The summary for people: a headline, and indented lines with the details. `name` is what the input is called; lists
// have at most `list_limit` entries.
std::string SummaryText(const Index& index, const ProgramSummary& summary, std::string_view name, size_t list_limit);

}  // namespace pdquant

#endif  // PDQUANT_SHOW_SUMMARY_TEXT_H_
