// Large programs for benchmarks.
#ifndef PDQUANT_TOOLS_BENCH_TILE_H_
#define PDQUANT_TOOLS_BENCH_TILE_H_

#include "pdquant/framework.pb.h"

namespace pdquant::bench {

// A program of one block with that of `source` `copies` times over, each with its own names: t0/x, t1/x, … `feed` and
// `fetch` stay as they are. The source has one block.
proto::ProgramDesc Tile(const proto::ProgramDesc& source, int copies);

}  // namespace pdquant::bench

#endif  // PDQUANT_TOOLS_BENCH_TILE_H_
