// A row beside those of the table of quantizable ops, for tests of what a row alone brings about.
#ifndef PDQUANT_PADDLE_EXTRA_QUANTIZABLE_OP_H_
#define PDQUANT_PADDLE_EXTRA_QUANTIZABLE_OP_H_

#include "paddle/quantizable_ops.h"

namespace pdquant {

// While it lives, FindQuantizable and its like know the row, in all threads. One at a time.
class ExtraQuantizableOp {
 public:
  // The row has to outlive the object.
  explicit ExtraQuantizableOp(const QuantizableOp& row);
  ExtraQuantizableOp(const ExtraQuantizableOp&) = delete;
  ExtraQuantizableOp& operator=(const ExtraQuantizableOp&) = delete;
  ~ExtraQuantizableOp();
};

}  // namespace pdquant

#endif  // PDQUANT_PADDLE_EXTRA_QUANTIZABLE_OP_H_
