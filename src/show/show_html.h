#ifndef PDQUANT_SHOW_SHOW_HTML_H_
#define PDQUANT_SHOW_SHOW_HTML_H_

#include <span>
#include <string>
#include <string_view>

#include "base/status.h"
#include "ir/index.h"
#include "model/parameter_reader.h"
#include "text/text_sink.h"

namespace pdquant {

struct ShowHtmlOptions {
  std::string path;                       // of the program, as it was named
  ParameterReader* parameters = nullptr;  // where there are some
  std::string overlay;                    // what ReadOverlay made of a report; empty for none
};

// A program as one HTML file to look at. Errors: those of reading parameters.
Status WriteShowHtml(const Index& index, const ShowHtmlOptions& options, const TextSink& sink);

// What the page shows of a report, as JSON. Errors: kBadInput for what is no report of freeze, int8 or undo
// (docs/reference/model-report.schema.json).
Result<std::string> ReadOverlay(std::string_view report);

struct ShownModel {
  std::string path;  // as it was named
  const Index* index = nullptr;
};

// Several programs as one HTML file: a table of their ops by type. False where the sink wants no more.
bool WriteModelsHtml(std::span<const ShownModel> models, const TextSink& sink);

}  // namespace pdquant

#endif  // PDQUANT_SHOW_SHOW_HTML_H_
