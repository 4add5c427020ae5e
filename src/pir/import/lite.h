// What Paddle-Lite, and Paddle up to 2.4, can't take: tensors without dimensions. Each becomes a tensor of one
// dimension of 1, as it was in those:
//   y[] = op(x[2,3])        ->  t = op(x);  y[1] = reshape2(t)
//   y[] = a[] + b[]         ->  y[1] = a[1] + b[1]
//   y[2] = stack(a[], b[])  ->  y[2] = concat(a[1], b[1])
//   y[1,1] = unsqueeze(a[]) ->  y[1,1] = reshape2(a[1])
// Paddle 2.6 and 3 run what comes of it, too. Other ops that read one are refused, and one that is an input, an output
// or a parameter: it would have another shape.
#ifndef PDQUANT_PIR_IMPORT_LITE_H_
#define PDQUANT_PIR_IMPORT_LITE_H_

#include <vector>

#include "pir/import/op_import.h"

namespace pdquant::pir {

// Adds an op that goes by a row of the table, with its scalars as tensors of one element. For other targets: adds it.
void AddWithScalars(OpImport* op, OpDraft draft);

// Refuses the tensors without dimensions that are left.
void CheckForLite(Context* context);

}  // namespace pdquant::pir

#endif  // PDQUANT_PIR_IMPORT_LITE_H_
