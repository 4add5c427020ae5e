#ifndef PDQUANT_SHOW_DOT_H_
#define PDQUANT_SHOW_DOT_H_

#include <string_view>

#include "ir/index.h"
#include "show/graph.h"
#include "text/text_sink.h"

namespace pdquant {

// The program as a graph in Graphviz' language. `title` is escaped here. False where the sink wants no more.
bool WriteDot(const Index& index, const GraphOptions& options, std::string_view title, const TextSink& sink);

}  // namespace pdquant

#endif  // PDQUANT_SHOW_DOT_H_
