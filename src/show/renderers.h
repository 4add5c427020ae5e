// How show writes a program down: as lists and details for people and grep, as JSON, as a page to look at, and what
// there is of these for a program of Paddle 3.
#ifndef PDQUANT_SHOW_RENDERERS_H_
#define PDQUANT_SHOW_RENDERERS_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "ir/index.h"
#include "model/parameter_reader.h"
#include "model/tensor_record.h"
#include "pir/program.h"
#include "report/json_document.h"
#include "show/summary.h"
#include "text/op_text.h"
#include "text/text_sink.h"

namespace pdquant {

// Ops and variables one by one: a line for each, for grep, and all about one op.
//
// "0:39 conv2d(…) -> …", and what the op is for where it isn't forward: "[backward]", "[optimizer]"; "[quantized]"
// where it computes with quantized values. In the order of the program. False where the sink wants no more.
bool ListOps(const Index& index, const TextSink& sink);

// "0 conv2d_0.w_0 LOD_TENSOR FP32 [20, 1, 5, 5] persistable", with the block in front. In the order of the program.
bool ListVars(const Index& index, const TextSink& sink);

// All about one op: what it reads and writes, with the types of those variables, who made them and who reads them, and
// all attributes; op_callstack comes last, a line for each of its lines. Works for any program that loads.
std::string OpDetail(const Index& index, OpId op);

// A program as JSON, as docs/reference/show.schema.json describes it: the summary, each block with its variables and
// ops, and its parameters, where there are some (`parameters` may be null). Written piece by piece. Errors: those of
// reading parameters.
Status WriteShowJson(const Index& index, ParameterReader* parameters, const TextSink& sink);

// A parameter file as JSON.
Status WriteShowJson(const ByteSource& records, const TextSink& sink);

// Parts of it, for other documents: the summary of a program, and an attribute.
JsonDocument::Json SummaryJson(const Index& index, const ProgramSummary& summary);
JsonDocument::Json AttrJson(const AttrView& attr, const BlockLabels& labels);

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

// What a program of Paddle 3 (PIR) is, as text and as JSON.
//
// Canonical text: an op a line, blocks indented below the op that runs them. False where the sink wants no more.
bool WritePirCanonical(const pir::Program& program, const TextSink& sink);

// What it is for people; `title` stands before it. Ops by type, at most `limit` of them.
std::string PirSummary(const pir::Program& program, std::string_view title, size_t limit);

// docs/reference/show-pir.schema.json.
bool WritePirJson(const pir::Program& program, const TextSink& sink);

}  // namespace pdquant

#endif  // PDQUANT_SHOW_RENDERERS_H_
