#include "text/block_labels.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "text/field_text.h"

namespace pdquant {
namespace {

// The first output of the slot whose name is first in byte order: slots have no order in Paddle.
std::string BodyOf(const Index& index, OpId op) {
  std::string name(index.type(op));
  const auto outputs = index.outputs(op);
  const auto first = std::min_element(outputs.begin(), outputs.end(), [&](const Argument& a, const Argument& b) {
    return index.name(a.slot) < index.name(b.slot);
  });
  if (first != outputs.end()) name += ":" + std::string(index.name(first->name));
  return name;
}

}  // namespace

BlockLabels::BlockLabels(const Index& index) : labels_(index.program().blocks().size(), "unowned") {
  std::unordered_map<std::string, uint32_t> next;
  std::unordered_set<std::string> taken;
  std::vector<bool> named(labels_.size());
  const auto name_block = [&](size_t block, const std::string& name) {
    std::string label = name;
    while (!taken.insert(label).second) label = name + "#" + std::to_string(++next.try_emplace(name, 1U).first->second);
    labels_[block].clear();
    AppendName(label, &labels_[block]);
    named[block] = true;
  };
  name_block(0, "main");
  for (const BlockReference& reference : index.block_references()) {
    const auto block = static_cast<size_t>(reference.block);
    if (reference.block > 0 && block < labels_.size() && !named[block]) name_block(block, BodyOf(index, reference.op));
  }
  for (size_t block = 1; block < labels_.size(); ++block) {
    if (!named[block]) name_block(block, "unowned");
  }
}

std::string BlockLabels::Reference(int32_t block) const {
  if (block == -1) return "none";
  const auto position = static_cast<size_t>(block);
  if (block < 0 || position >= labels_.size()) return "(no block " + std::to_string(block) + ")";
  return labels_[position];
}

}  // namespace pdquant
