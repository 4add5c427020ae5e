// What Paddle-Lite, and Paddle up to 2.4, can't take.
#ifndef PDQUANT_PIR_IMPORT_LITE_H_
#define PDQUANT_PIR_IMPORT_LITE_H_

#include "pir/import/context.h"

namespace pdquant::pir {

// Refuses tensors without dimensions, which have one dimension of 1 there: what is stacked or computed of them would
// have another shape.
void CheckForLite(Context* context);

}  // namespace pdquant::pir

#endif  // PDQUANT_PIR_IMPORT_LITE_H_
