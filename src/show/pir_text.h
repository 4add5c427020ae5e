// What a program of Paddle 3 (PIR) is, as text and as JSON.
#ifndef PDQUANT_SHOW_PIR_TEXT_H_
#define PDQUANT_SHOW_PIR_TEXT_H_

#include <string>
#include <string_view>
#include <vector>

#include "pir/program.h"
#include "text/text_sink.h"

namespace pdquant {

// Canonical text: an op a line, blocks indented below the op that runs them. False where the sink wants no more.
bool WritePirCanonical(const pir::Program& program, const TextSink& sink);

// What it is for people; `title` stands before it. Ops by type, at most `limit` of them.
std::string PirSummary(const pir::Program& program, std::string_view title, size_t limit);

// docs/reference/show-pir.schema.json.
bool WritePirJson(const pir::Program& program, const TextSink& sink);

}  // namespace pdquant

#endif  // PDQUANT_SHOW_PIR_TEXT_H_
