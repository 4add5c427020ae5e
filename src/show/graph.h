// A program as a graph that a person can take in: quantize pairs are folded, backward and optimizer are one node each.
//
//   shown:  input ─> [8 bits] ─> conv2d ─> …        for  input ─> quantize ─> dequantize ─┐
//                                Filter 20x1x5x5,         w ─> quantize ─> dequantize ─> conv2d ─> …
//                                8 bits
#ifndef PDQUANT_SHOW_GRAPH_H_
#define PDQUANT_SHOW_GRAPH_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ir/index.h"
#include "text/text_sink.h"

namespace pdquant {

struct GraphOptions {
  // Only what is at most `hops` edges from this op; then nothing is folded or grouped.
  std::optional<OpId> around;
  uint32_t hops = 2;
  // Whether backward and optimizer are shown op by op.
  bool expand = false;
};

struct ShownNode {
  enum class Kind { kOp, kQuantizedOp, kBackwardOp, kFakeOp, kPair, kInput, kOutput, kGroup };
  Kind kind = Kind::kOp;
  uint32_t block = 0;
  OpId op = UINT32_MAX;            // UINT32_MAX for inputs and groups
  std::vector<std::string> lines;  // escaped
  std::string tooltip;             // escaped
  bool is_center = false;          // of --around
};

struct ShownEdge {
  uint32_t from = 0;  // nodes
  uint32_t to = 0;
  // That goes from one to the other; kNoVar between groups, and from an op to the block that it runs.
  VarId var = kNoVar;
  bool to_body = false;  // from an op to the first node of the block that it runs
};

struct ShownGraph {
  std::vector<ShownNode> nodes;
  std::vector<ShownEdge> edges;
  std::vector<uint32_t> outer;      // by block, the block of the op that runs it; UINT32_MAX for others
  std::vector<std::string> titles;  // by block, escaped
};

// By block, the first op that runs it; UINT32_MAX where none does.
std::vector<OpId> OwnersOfBlocks(const Index& index);

// Works for any program that loads. Linear in its size.
ShownGraph MakeGraph(const Index& index, const GraphOptions& options);

// The program as a graph in Graphviz' language. `title` is escaped here. False where the sink wants no more.
bool WriteDot(const Index& index, const GraphOptions& options, std::string_view title, const TextSink& sink);

}  // namespace pdquant

#endif  // PDQUANT_SHOW_GRAPH_H_
