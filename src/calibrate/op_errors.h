// How far what each quantized op writes is from what the float op has in its place: rows of a twin (observe --against),
// ranked.
#ifndef PDQUANT_CALIBRATE_OP_ERRORS_H_
#define PDQUANT_CALIBRATE_OP_ERRORS_H_

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/finding.h"
#include "quantize/observe/observed_list.h"

namespace pdquant {

struct OpError {
  std::string name;     // of the output, in the float program
  std::string op_type;  // of the float op
  size_t position = 0;  // among the compared ops, in the order of the program
  // Means over all batches: of x², and of (x − what the quantized program has in its place)².
  double signal = 0;
  double noise = 0;

  // 10·log₁₀(signal / noise); nothing without noise, and where one of them isn't finite.
  std::optional<double> SqnrDb() const;
};

class OpErrors {
 public:
  explicit OpErrors(const ObservedList& list);

  // A row of the list's size.
  void Add(std::span<const float> row);
  size_t rows() const { return rows_; }
  // The worst first: what isn't finite, then by SQNR; those without noise last, in the order of the program. What isn't
  // finite is a warning.
  std::vector<OpError> Ranked(Findings* findings) const;

 private:
  std::vector<OpError> sums_;
  size_t rows_ = 0;
};

// docs/reference/op-errors.schema.json describes it.
std::string OpErrorsJson(std::span<const OpError> errors, size_t rows);
// A line for each op.
std::string OpErrorsText(std::span<const OpError> errors, size_t limit);

}  // namespace pdquant

#endif  // PDQUANT_CALIBRATE_OP_ERRORS_H_
