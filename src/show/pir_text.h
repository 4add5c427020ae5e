// What a program of Paddle 3 (PIR) is, as text and as JSON.
#ifndef PDQUANT_SHOW_PIR_TEXT_H_
#define PDQUANT_SHOW_PIR_TEXT_H_

#include <string>
#include <string_view>
#include <vector>

#include "pir/program.h"
#include "text/text_sink.h"

namespace pdquant {

// What each value is called, by ValueId: a parameter and an input by their names; another one by the scope in the
// network that its op stands in, and by the op: "/Linear/matmul". The second such op of a scope is "/Linear/matmul.1",
// and its second result "/Linear/matmul.1#1". An op more renames those behind it in its own scope only.
std::vector<std::string> NamePirValues(const pir::Program& program);

// Canonical text: an op a line, blocks indented below the op that runs them. False where the sink wants no more.
bool WritePirCanonical(const pir::Program& program, const TextSink& sink);

// What it is for people; `title` stands before it. Ops by type, at most `limit` of them.
std::string PirSummary(const pir::Program& program, std::string_view title, size_t limit);

// docs/reference/show-pir.schema.json.
bool WritePirJson(const pir::Program& program, const TextSink& sink);

}  // namespace pdquant

#endif  // PDQUANT_SHOW_PIR_TEXT_H_
