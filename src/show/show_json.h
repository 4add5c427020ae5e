#ifndef PDQUANT_SHOW_SHOW_JSON_H_
#define PDQUANT_SHOW_SHOW_JSON_H_

#include "base/status.h"
#include "ir/index.h"
#include "model/parameter_reader.h"
#include "model/tensor_record.h"
#include "report/json_document.h"
#include "show/summary.h"
#include "text/op_text.h"
#include "text/text_sink.h"

namespace pdquant {

// A program as JSON, as docs/reference/show.schema.json describes it: the summary, each block with its variables and
// ops, and its parameters, where there are some (`parameters` may be null). Written piece by piece. Errors: those of
// reading parameters.
Status WriteShowJson(const Index& index, ParameterReader* parameters, const TextSink& sink);

// A parameter file as JSON.
Status WriteShowJson(const ByteSource& records, const TextSink& sink);

// Parts of it, for other documents: the summary of a program, and an attribute.
JsonDocument::Json SummaryJson(const Index& index, const ProgramSummary& summary);
JsonDocument::Json AttrJson(const AttrView& attr, const BlockLabels& labels);

}  // namespace pdquant

#endif  // PDQUANT_SHOW_SHOW_JSON_H_
