// The ops that measure values, and join what they found as one more output.
#ifndef PDQUANT_QUANTIZE_OBSERVE_METERS_H_
#define PDQUANT_QUANTIZE_OBSERVE_METERS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/edit/builder.h"
#include "quantize/observe/body_totals.h"
#include "quantize/observe/observed_list.h"
#include "quantize/observe/observed_values.h"
#include "quantize/pass.h"
#include "quantize/unique_names.h"

namespace pdquant {

// How histograms are counted.
enum class CountingOps : uint8_t {
  kPlain,      // by ops that every runtime has: about 10 µs for each number
  kHistogram,  // by the op histogram of Paddle 2.x
};

class Meters {
 public:
  explicit Meters(EditableProgram* program)
      : index_(program->index), edits_(program->edits), names_(program->index), totals_(program) {}

  // min and max of the value. In a body those of all values that it has there in a run; kNoLeast and kNoLargest where
  // the body doesn't run.
  void AddRange(const ObservedValue& value);
  // How often |x| lies in each of kHistogramBins parts of [0, limit]; what is larger counts in the last one.
  void AddHistogram(const ObservedValue& value, float limit, CountingOps ops);
  // The means of x² and of (x − y)², both FP32 of the same shape, at the place of y.
  void AddError(const ObservedValue& x, const ObservedValue& y);
  // Joins all, behind the fingerprint, into kObservedOutput, and fetches it. The program has a fetch op.
  void Join(std::span<const float> fingerprint, size_t row_size);

  // Parameters that the ops need: values of shape [1, count].
  const std::map<std::string, std::vector<float>>& constants() const { return constants_; }

 private:
  // What the op at hand is to write, in the block of the value that is measured.
  std::string Declare(std::string_view what, std::span<const int64_t> dims, int32_t data_type = kFloat32);
  void Insert(const ObservedValue& value);
  // Reshapes `x` of shape `from` to [size], which becomes a part of the output. In a body it is `total` of all turns.
  void AddPart(const ObservedValue& value, const std::string& x, std::span<const int64_t> from, int32_t size,
               const BodyTotals::Kind& total);
  std::string OneHot(const ObservedValue& value, const std::string& digit, const std::string& digits, int64_t count);
  std::string CountByPlainOps(const ObservedValue& value, const std::string& scaled);
  std::string Digits(const ObservedValue& value, std::string_view what, int64_t count);

  static constexpr int32_t kFloat32 = proto::VarType::FP32;

  const Index& index_;
  Edits& edits_;
  UniqueNames names_;
  BodyTotals totals_;
  OpBuilder op_;
  size_t measured_ = 0;
  uint32_t block_ = 0;  // of the value that is measured
  std::vector<std::string> parts_;
  std::map<std::string, std::string> digits_;  // names of parameters, by what they are for
  std::map<std::string, std::vector<float>> constants_;
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_OBSERVE_METERS_H_
