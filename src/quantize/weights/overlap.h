// Computing and writing at the same time.
#ifndef PDQUANT_QUANTIZE_WEIGHTS_OVERLAP_H_
#define PDQUANT_QUANTIZE_WEIGHTS_OVERLAP_H_

#include <functional>

#include "base/status.h"
#include "model/parameter_reader.h"

namespace pdquant {

// Calls `produce` in a thread of its own. What it hands over comes to `sink` in the same order, in the calling thread,
// while the next piece is being produced; the pieces are copied, and at most four are held. Where no thread is to be
// had, `produce` hands over to `sink` directly. Errors: those of `sink`, which end the producer at its next piece; else
// those of `produce`. An exception of either is thrown again in the calling thread.
Status Overlap(const std::function<Status(const ByteSink&)>& produce, const ByteSink& sink);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_WEIGHTS_OVERLAP_H_
