#include "show/graph.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <unordered_map>

#include "analysis/quantized_walk.h"
#include "base/words.h"
#include "paddle/names.h"
#include "paddle/op_role.h"
#include "paddle/quantization_ops.h"
#include "text/op_text.h"

namespace pdquant {
namespace {

constexpr uint32_t kNone = UINT32_MAX;
constexpr size_t kMostParameterLines = 2;
constexpr size_t kMostGroupLines = 6;
constexpr size_t kMostDims = 9;

class GraphMaker {
 public:
  GraphMaker(const Index& index, const GraphOptions& options)
      : index_(index),
        program_(index.program()),
        options_(options),
        owner_(OwnersOfBlocks(index)),
        part_of_block_(program_.blocks().size()),
        producer_(program_.var_count(), kNone),
        folded_(program_.var_count()) {
    CutCircles();
  }

  ShownGraph Make() {
    NameBlocks();
    node_of_op_.assign(program_.op_count(), kNone);
    for (QuantizedWalk walk(index_, true); walk.Next();) {
      AddOp(walk);
      SetProducers(walk);
    }
    LinkBodies();
    LinkGroups();
    FinishGroups();
    return std::move(graph_);
  }

 private:
  bool is_detailed() const { return options_.around.has_value(); }

  // In a program that breaks rules, blocks may lie in one another: then they lie in none.
  void CutCircles() {
    std::vector<uint32_t> seen(owner_.size(), 0);
    for (uint32_t start = 1; start < owner_.size(); ++start) {
      uint32_t b = start;
      while (b != 0 && seen[b] == 0 && owner_[b] != kNone) {
        seen[b] = start;
        b = static_cast<uint32_t>(program_.BlockOfOp(owner_[b]));
      }
      if (b != 0 && seen[b] == start) owner_[b] = kNone;
    }
  }

  void NameBlocks() {
    const BlockLabels labels(index_);
    for (size_t b = 0; b < owner_.size(); ++b) {
      graph_.outer.push_back(owner_[b] == kNone ? kNone : static_cast<uint32_t>(program_.BlockOfOp(owner_[b])));
      graph_.titles.push_back("block " + std::to_string(b) + (b == 0 ? "" : ": " + ShortName(labels.label(b))));
    }
  }

  // The part of the op, or of the op that runs its block.
  OpPart ShownPart(OpId op) {
    const OpPart part = PartForReader(index_, op);
    return part == OpPart::kForward ? PartOfBlock(program_.BlockOfOp(op)) : part;
  }

  // Remembered for all blocks on the way out, which may be many.
  OpPart PartOfBlock(size_t block) {
    OpPart part = OpPart::kForward;
    std::vector<size_t> inside;
    for (size_t b = block; part == OpPart::kForward && owner_[b] != kNone; b = program_.BlockOfOp(owner_[b])) {
      if (part_of_block_[b]) {
        part = *part_of_block_[b];
        break;
      }
      inside.push_back(b);
      part = PartForReader(index_, owner_[b]);
    }
    for (const size_t b : inside) part_of_block_[b] = part;
    return part;
  }

  uint32_t AddNode(ShownNode node) {
    graph_.nodes.push_back(std::move(node));
    return static_cast<uint32_t>(graph_.nodes.size() - 1);
  }

  void AddEdge(uint32_t from, uint32_t to, VarId var) {
    // One line between two nodes is enough, unless it bears the variable's name.
    if (from == to || !seen_edges_.insert({from, to, is_detailed() ? var : kNoVar}).second) return;
    graph_.edges.push_back({from, to, var, false});
  }

  void AddOp(const QuantizedWalk& walk) {
    const OpId op = walk.op();
    const OpPart part = ShownPart(op);
    if (part != OpPart::kForward && !is_detailed() && !options_.expand) {
      node_of_op_[op] = Group(part);
      ++group_types_[static_cast<size_t>(part)][index_.type(op)];
      return;
    }
    if (!is_detailed() && walk.quantization() != nullptr && Fold(walk)) return;
    if (!is_detailed() && (IsStepCounter(op) || IsSilent(op))) return;
    if (!is_detailed() && (index_.type(op) == op_types::kFeed || IsFetch(index_.type(op)))) return AddPort(walk);
    ShownNode node;
    node.kind = KindOf(walk, part);
    node.block = static_cast<uint32_t>(walk.block());
    node.op = op;
    node.is_center = is_detailed() && *options_.around == op;
    node.lines = {(is_detailed() ? OpNumber(index_, op) + " " : "") + ShortName(index_.type(op))};
    AppendOpLine(index_, op, &node.tooltip);
    AddParameterLines(walk, &node.lines);
    node_of_op_[op] = AddNode(std::move(node));
    AddInputEdges(walk, node_of_op_[op]);
  }

  // What neither reads nor writes, as the declaration of a parameter in a program of Paddle 3, is no part of the
  // picture.
  bool IsSilent(OpId op) const { return index_.inputs(op).empty() && index_.outputs(op).empty(); }

  // The increment that range_abs_max needs is a part of the pairs.
  bool IsStepCounter(OpId op) const {
    const NameId counter = index_.Input(op, slots::kX);
    return index_.type(op) == op_types::kIncrement && counter != kNoName && index_.name(counter) == kStepCounter;
  }

  static ShownNode::Kind KindOf(const QuantizedWalk& walk, OpPart part) {
    if (walk.quantization() != nullptr) return ShownNode::Kind::kFakeOp;
    if (part != OpPart::kForward) return ShownNode::Kind::kBackwardOp;
    return walk.ComputesQuantized() ? ShownNode::Kind::kQuantizedOp : ShownNode::Kind::kOp;
  }

  // Makes the op a part of another node, or of a line in it; false where it has to stand for itself.
  bool Fold(const QuantizedWalk& walk) {
    const OpId op = walk.op();
    const QuantizationOp& fake = *walk.quantization();
    const VarId var = index_.InputVar(op, fake.operand);
    const VarId out = index_.OutputVar(op, fake.output);
    if (var == kNoVar || out == kNoVar) return false;
    const bool second = fake.role == QuantizationRole::kDequantize;
    const bool stored = index_.persistable(var);
    if (second || stored) {
      folded_[out] = {stored ? var : folded_[var].source, stored && !second ? BitsOf(op, fake) : folded_[var].text};
      node_of_op_[op] = producer_[var];
      const bool scales_product =
          second && walk.ValueOf(index_.Input(op, fake.operand)).kind == ValueKind::kProduct && producer_[var] != kNone;
      if (scales_product && graph_.nodes[producer_[var]].kind == ShownNode::Kind::kQuantizedOp)
        graph_.nodes[producer_[var]].lines.push_back("scaled back");
      return true;
    }
    ShownNode node;
    node.kind = ShownNode::Kind::kPair;
    node.block = static_cast<uint32_t>(walk.block());
    node.op = op;
    node.lines = {BitsOf(op, fake)};
    AppendOpLine(index_, op, &node.tooltip);
    node_of_op_[op] = AddNode(std::move(node));
    AddSource(var, node_of_op_[op]);
    return true;
  }

  // "8 bits, moving average"
  std::string BitsOf(OpId op, const QuantizationOp& fake) const {
    const auto attr = program_.op(op).attr(fake.bits);
    std::string text = attr && attr->AsInt() ? std::to_string(*attr->AsInt()) + " bits" : "quantized";
    const std::string_view type = index_.type(op);
    if (type.find("moving_average") != std::string_view::npos) text += ", moving average";
    if (type.find("range") != std::string_view::npos) text += ", range";
    if (type.find("channel_wise") != std::string_view::npos) text += " per channel";
    return text;
  }

  // Remembered for all readers, which may be many; as many dimensions as Paddle has.
  const std::string& ShapeOf(VarId var) {
    const auto [found, is_new] = shapes_.try_emplace(var);
    const auto tensor = is_new ? program_.var(var).lod_tensor() : std::nullopt;
    if (!tensor) return found->second;
    std::string& text = found->second;
    for (size_t i = 0; i < std::min(tensor->dims.size(), kMostDims); ++i) {
      const int64_t dim = tensor->dims[i];
      text += (i == 0 ? "" : "x") + (dim < 0 ? std::string("?") : std::to_string(dim));
    }
    if (tensor->dims.size() > kMostDims) text += "x...";
    return text;
  }

  void AddPort(const QuantizedWalk& walk) {
    const bool feeds = index_.type(walk.op()) == op_types::kFeed;
    for (const Argument& argument : feeds ? index_.outputs(walk.op()) : index_.inputs(walk.op())) {
      const VarId var = index_.Lookup(walk.block(), argument.name);
      if (var == kNoVar) continue;
      if (feeds) {
        AddSource(var, kNone);
      } else {
        const uint32_t node = AddNode({ShownNode::Kind::kOutput,
                                       static_cast<uint32_t>(walk.block()),
                                       walk.op(),
                                       {ShortName(index_.name(argument.name)), ShapeOf(var)},
                                       "",
                                       false});
        AddSource(var, node);
      }
    }
  }

  // An edge from where a variable comes from; a variable that no op has made gets a node of its own.
  void AddSource(VarId var, uint32_t to) {
    if (producer_[var] == kNone) {
      ShownNode node{ShownNode::Kind::kInput,
                     static_cast<uint32_t>(program_.BlockOfVar(var)),
                     kNone,
                     {ShortName(index_.name(index_.var_name(var))), ShapeOf(var)},
                     "",
                     false};
      AppendVarLine(index_, var, &node.tooltip);
      producer_[var] = AddNode(std::move(node));
    }
    if (to != kNone) AddEdge(producer_[var], to, var);
  }

  // Stored values are lines in the node of their reader.
  void AddParameterLines(const QuantizedWalk& walk, std::vector<std::string>* lines) {
    if (is_detailed()) return;
    std::vector<std::string> parameters;
    for (const Argument& argument : index_.inputs(walk.op())) {
      const VarId var = index_.Lookup(walk.block(), argument.name);
      if (var == kNoVar) continue;
      const VarId source = folded_[var].source != kNoVar ? folded_[var].source : var;
      if (!index_.persistable(source) || producer_[var] != kNone) continue;
      parameters.push_back(ShortName(index_.name(argument.slot)) + " " + ShapeOf(source) +
                           (folded_[var].text.empty() ? "" : ", " + folded_[var].text));
    }
    if (parameters.size() > kMostParameterLines) parameters = {Counted(parameters.size(), "parameter")};
    lines->insert(lines->end(), parameters.begin(), parameters.end());
  }

  void AddInputEdges(const QuantizedWalk& walk, uint32_t node) {
    for (const Argument& argument : index_.inputs(walk.op())) {
      const VarId var = index_.Lookup(walk.block(), argument.name);
      if (var == kNoVar) continue;
      if (producer_[var] != kNone) {
        AddEdge(producer_[var], node, var);
      } else if (is_detailed() || (folded_[var].source == kNoVar && !index_.persistable(var))) {
        AddSource(var, node);
      }
    }
  }

  void SetProducers(const QuantizedWalk& walk) {
    const uint32_t node = node_of_op_[walk.op()];
    const bool grouped = node != kNone && graph_.nodes[node].kind == ShownNode::Kind::kGroup;
    if (node == kNone || grouped) return;
    for (const Argument& argument : index_.outputs(walk.op())) {
      const VarId var = index_.Lookup(walk.block(), argument.name);
      if (var == kNoVar) continue;
      if (!is_detailed() && index_.persistable(var)) continue;  // such as the running mean of a batch_norm
      producer_[var] = node;
      if (walk.quantization() == nullptr) folded_[var] = {};
    }
  }

  uint32_t Group(OpPart part) {
    uint32_t& group = groups_[static_cast<size_t>(part)];
    if (group == kNone) group = AddNode({ShownNode::Kind::kGroup, 0, kNone, {}, "", false});
    return group;
  }

  void FinishGroups() {
    for (size_t part = 0; part < groups_.size(); ++part) {
      if (groups_[part] == kNone) continue;
      std::vector<std::pair<std::string_view, size_t>> types(group_types_[part].begin(), group_types_[part].end());
      std::stable_sort(types.begin(), types.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
      size_t count = 0;
      for (const auto& type : types) count += type.second;
      auto& lines = graph_.nodes[groups_[part]].lines;
      lines = {(part == static_cast<size_t>(OpPart::kBackward) ? "backward: " : "optimizer: ") + Counted(count, "op")};
      for (size_t i = 0; i < std::min(types.size(), kMostGroupLines); ++i) {
        lines.push_back(std::to_string(types[i].second) + " " + ShortName(types[i].first));
      }
      if (types.size() > kMostGroupLines)
        lines.push_back("and " + std::to_string(types.size() - kMostGroupLines) + " more types");
    }
  }

  // From the loss, the last forward op of the main block, to the backward, to the optimizer.
  void LinkGroups() {
    uint32_t last = kNone;
    for (uint32_t i = 0; i < program_.block(0).op_count; ++i) {
      const uint32_t node = node_of_op_[i];
      if (node != kNone && graph_.nodes[node].kind != ShownNode::Kind::kGroup && PartOf(index_, i) == OpPart::kForward)
        last = node;
    }
    for (const uint32_t group : {groups_[1], groups_[2]}) {
      if (group == kNone) continue;
      if (last != kNone) AddEdge(last, group, kNoVar);
      last = group;
    }
  }

  void LinkBodies() {
    std::vector<uint32_t> first(owner_.size(), kNone);
    for (uint32_t i = 0; i < graph_.nodes.size(); ++i) {
      uint32_t& entry = first[graph_.nodes[i].block];
      if (entry == kNone && graph_.nodes[i].kind != ShownNode::Kind::kGroup) entry = i;
    }
    for (size_t b = 1; b < owner_.size(); ++b) {
      if (owner_[b] == kNone || first[b] == kNone) continue;
      const uint32_t runner = node_of_op_[owner_[b]];
      if (runner != kNone && graph_.nodes[runner].kind != ShownNode::Kind::kGroup)
        graph_.edges.push_back({runner, first[b], kNoVar, true});
    }
  }

  // What was quantized, where that is a stored value, and how.
  struct Folded {
    VarId source = kNoVar;
    std::string text;
  };

  const Index& index_;
  const Program& program_;
  const GraphOptions& options_;
  ShownGraph graph_;
  std::vector<OpId> owner_;  // by block
  std::vector<std::optional<OpPart>> part_of_block_;
  std::vector<uint32_t> producer_;  // by variable
  std::vector<Folded> folded_;      // by variable
  std::unordered_map<VarId, std::string> shapes_;
  std::vector<uint32_t> node_of_op_;
  std::array<uint32_t, 3> groups_ = {kNone, kNone, kNone};  // by part
  std::array<std::map<std::string_view, size_t>, 3> group_types_;
  std::set<std::array<uint32_t, 3>> seen_edges_;
};

// Leaves out what isn't near the node in the centre.
void CutAround(uint32_t hops, ShownGraph* graph) {
  const size_t count = graph->nodes.size();
  std::vector<std::vector<uint32_t>> neighbours(count);
  for (const ShownEdge& edge : graph->edges) {
    neighbours[edge.from].push_back(edge.to);
    neighbours[edge.to].push_back(edge.from);
  }
  std::vector<uint32_t> distance(count, kNone);
  std::vector<uint32_t> queue;
  for (uint32_t i = 0; i < count; ++i) {
    if (!graph->nodes[i].is_center) continue;
    distance[i] = 0;
    queue.push_back(i);
  }
  for (size_t i = 0; i < queue.size(); ++i) {
    if (distance[queue[i]] == hops) continue;
    for (const uint32_t next : neighbours[queue[i]]) {
      if (distance[next] != kNone) continue;
      distance[next] = distance[queue[i]] + 1;
      queue.push_back(next);
    }
  }
  std::vector<uint32_t> new_number(count, kNone);
  std::vector<ShownNode> near;
  for (uint32_t i = 0; i < count; ++i) {
    if (distance[i] == kNone) continue;
    new_number[i] = static_cast<uint32_t>(near.size());
    near.push_back(std::move(graph->nodes[i]));
  }
  graph->nodes = std::move(near);
  std::erase_if(graph->edges,
                [&](const ShownEdge& edge) { return distance[edge.from] == kNone || distance[edge.to] == kNone; });
  for (ShownEdge& edge : graph->edges) edge = {new_number[edge.from], new_number[edge.to], edge.var, edge.to_body};
}

}  // namespace

std::vector<OpId> OwnersOfBlocks(const Index& index) {
  std::vector<OpId> owners(index.program().blocks().size(), kNone);
  for (const BlockReference& reference : index.block_references()) {
    const auto block = static_cast<size_t>(reference.block);
    if (reference.block > 0 && block < owners.size() && owners[block] == kNone) owners[block] = reference.op;
  }
  return owners;
}

ShownGraph MakeGraph(const Index& index, const GraphOptions& options) {
  ShownGraph graph = GraphMaker(index, options).Make();
  if (options.around) CutAround(options.hops, &graph);
  return graph;
}

}  // namespace pdquant
