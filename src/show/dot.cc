#include <string>
#include <unordered_map>
#include <vector>

#include "show/graph.h"
#include "text/op_text.h"

namespace pdquant {
namespace {

// In a quoted string of DOT a backslash and an ampersand begin escapes of its own; control characters don't come here.
void AppendDotText(std::string_view text, std::string* out) {
  for (const char c : text) {
    if (c == '"' || c == '\\') *out += '\\';
    *out += c;
    if (c == '&') *out += "amp;";
  }
}

std::string_view StyleOf(ShownNode::Kind kind) {
  switch (kind) {
    case ShownNode::Kind::kOp:
      return "fillcolor=\"#ffffff\"";
    case ShownNode::Kind::kQuantizedOp:
      return "fillcolor=\"#cfe3ff\", color=\"#1f5fbf\"";
    case ShownNode::Kind::kBackwardOp:
      return "fillcolor=\"#f4e9d8\", color=\"#a07030\"";
    case ShownNode::Kind::kFakeOp:
      return "fillcolor=\"#1f5fbf\", color=\"#1f5fbf\", fontcolor=\"#ffffff\"";
    case ShownNode::Kind::kPair:
      return "fillcolor=\"#1f5fbf\", color=\"#1f5fbf\", fontcolor=\"#ffffff\", fontsize=9, height=0.22, "
             "margin=\"0.08,0.02\"";
    case ShownNode::Kind::kInput:
    case ShownNode::Kind::kOutput:
      return "shape=ellipse, style=filled, fillcolor=\"#e4f3e6\", color=\"#4a8a52\", margin=\"0.02,0.01\"";
    case ShownNode::Kind::kGroup:
      break;
  }
  return "shape=box3d, style=filled, fillcolor=\"#f4e9d8\", color=\"#a07030\", margin=\"0.16,0.1\"";
}

class DotWriter {
 public:
  DotWriter(const Index& index, const ShownGraph& graph, bool names_on_edges, const TextSink& sink)
      : index_(index), graph_(graph), names_on_edges_(names_on_edges), buffer_(sink), out_(buffer_.text()) {}

  bool Write(std::string_view title) {
    *out_ += "digraph program {\n";
    Attribute("  label", title);
    *out_ +=
        "  labelloc=t; compound=true; rankdir=TB; ranksep=0.28; nodesep=0.22; fontname=\"Helvetica\"; fontsize=13;\n"
        "  node [shape=box, style=\"rounded,filled\", fontname=\"Helvetica\", fontsize=10, height=0.3, "
        "margin=\"0.1,0.04\", "
        "color=\"#606060\"];\n"
        "  edge [fontname=\"Helvetica\", fontsize=8, color=\"#606060\", arrowsize=0.6];\n";
    WriteBlocks();
    for (const ShownEdge& edge : graph_.edges) {
      WriteEdge(edge);
      if (!buffer_.Flow()) return false;
    }
    *out_ += "}\n";
    return buffer_.Flush();
  }

 private:
  void Attribute(std::string_view name, std::string_view value) {
    *out_ += std::string(name) + "=\"";
    AppendDotText(value, out_);
    *out_ += "\";\n";
  }

  // A block is a box around its nodes, inside the box of the block that runs it. Without recursion: nesting may be
  // deep.
  void WriteBlocks() {
    const size_t count = graph_.outer.size();
    std::vector<std::vector<uint32_t>> nodes(count);
    for (uint32_t i = 0; i < graph_.nodes.size(); ++i) nodes[graph_.nodes[i].block].push_back(i);
    std::vector<std::vector<uint32_t>> inner(count);
    std::vector<uint32_t> roots;
    for (uint32_t b = 0; b < count; ++b) (graph_.outer[b] == UINT32_MAX ? roots : inner[graph_.outer[b]]).push_back(b);
    struct Frame {
      uint32_t block;
      size_t next;
    };
    std::vector<Frame> stack;
    for (const uint32_t root : roots) {
      Open(root, nodes[root]);
      stack.push_back({root, 0});
      while (!stack.empty()) {
        Frame& frame = stack.back();
        if (frame.next < inner[frame.block].size()) {
          const uint32_t block = inner[frame.block][frame.next++];
          Open(block, nodes[block]);
          stack.push_back({block, 0});
        } else {
          if (frame.block != 0) *out_ += "  }\n";
          stack.pop_back();
        }
      }
    }
  }

  void Open(uint32_t block, const std::vector<uint32_t>& nodes) {
    if (block != 0) {
      *out_ += "  subgraph cluster_" + std::to_string(block) + " {\n";
      Attribute("    label", graph_.titles[block]);
      *out_ += "    labelloc=b; labeljust=l; style=\"rounded,dashed\"; color=\"#909090\"; fontsize=10;\n";
    }
    for (const uint32_t node : nodes) WriteNode(node);
  }

  void WriteNode(uint32_t number) {
    const ShownNode& node = graph_.nodes[number];
    *out_ += "  n" + std::to_string(number) + " [label=\"";
    const char* separator = "";
    for (const std::string& line : node.lines) {
      if (line.empty()) continue;
      *out_ += separator;
      AppendDotText(line, out_);
      separator = "\\n";
    }
    *out_ += "\", ";
    *out_ += StyleOf(node.kind);
    if (node.is_center) *out_ += ", penwidth=3";
    if (!node.tooltip.empty()) {
      *out_ += ", tooltip=\"";
      AppendDotText(node.tooltip, out_);
      *out_ += '"';
    }
    *out_ += "];\n";
  }

  void WriteEdge(const ShownEdge& edge) {
    *out_ += "  n" + std::to_string(edge.from) + " -> n" + std::to_string(edge.to) + " [";
    if (edge.to_body) {
      *out_ += "style=dotted, lhead=cluster_" + std::to_string(graph_.nodes[edge.to].block);
    } else if (edge.var == kNoVar) {
      *out_ += "style=dashed";
    } else {
      *out_ += "tooltip=\"";
      AppendDotText(TooltipOf(edge.var), out_);
      *out_ += '"';
      if (names_on_edges_) {
        *out_ += ", label=\"";
        AppendDotText(ShortName(index_.name(index_.var_name(edge.var))), out_);
        *out_ += '"';
      }
    }
    *out_ += "];\n";
  }

  // A variable may have many readers, and a line as long as the program.
  const std::string& TooltipOf(VarId var) {
    constexpr size_t kLongest = 400;
    std::string& tooltip = tooltips_[var];
    if (tooltip.empty()) {
      std::string line;
      AppendVarLine(index_, var, &line);
      tooltip = Window(line, 0, kLongest);
    }
    return tooltip;
  }

  const Index& index_;
  const ShownGraph& graph_;
  bool names_on_edges_;
  std::unordered_map<VarId, std::string> tooltips_;  // of edges
  TextBuffer buffer_;
  std::string* out_;
};

}  // namespace

bool WriteDot(const Index& index, const GraphOptions& options, std::string_view title, const TextSink& sink) {
  return DotWriter(index, MakeGraph(index, options), options.around.has_value(), sink).Write(title);
}

}  // namespace pdquant
