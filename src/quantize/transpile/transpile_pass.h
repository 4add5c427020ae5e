// The pass `transpile`: a training program becomes its simulated-quantization form.
#ifndef PDQUANT_QUANTIZE_TRANSPILE_TRANSPILE_PASS_H_
#define PDQUANT_QUANTIZE_TRANSPILE_TRANSPILE_PASS_H_

#include "quantize/options.h"
#include "quantize/pass.h"
#include "quantize/transpile/transpile_report.h"

namespace pdquant {

class TranspilePass : public Pass {
 public:
  // `options` have to be valid.
  explicit TranspilePass(const TranspileOptions& options) : options_(options) {}

  std::string_view name() const override { return "transpile"; }
  Result<Outcome> Run(const PassContext& context) override;

  // Of the last run.
  const TranspileReport& report() const { return report_; }

 private:
  TranspileOptions options_;
  TranspileReport report_;
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_TRANSPILE_TRANSPILE_PASS_H_
