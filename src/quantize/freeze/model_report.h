// What the commands that rewrite models say of what they did: for people, and as JSON (docs/reference/model-report.md).
#ifndef PDQUANT_QUANTIZE_FREEZE_MODEL_REPORT_H_
#define PDQUANT_QUANTIZE_FREEZE_MODEL_REPORT_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "quantize/freeze/model_rewrite.h"
#include "quantize/weights/model_parameters.h"

namespace pdquant {

struct ModelReport {
  ModelRewrite rewrite;
  const RewrittenModel* model;
  const std::vector<WeightLine>* weights;  // the worst first
};

// A line of result, then a line for each weight, at most `limit` of them.
std::string ModelSummary(const ModelReport& report, std::string_view model, size_t limit);

std::string ModelReportJson(const ModelReport& report);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_FREEZE_MODEL_REPORT_H_
