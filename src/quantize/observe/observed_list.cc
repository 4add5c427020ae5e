#include "quantize/observe/observed_list.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cmath>
#include <optional>

#include "base/shortest_text.h"
#include "ir/name_table.h"
#include "paddle/calibration/plain_ops.h"
#include "paddle/names.h"
#include "quantize/observe/twin.h"

namespace pdquant {
namespace {

constexpr uint32_t kFingerprintBits = 24;
// More ops than lie between a value and its part of the output.
constexpr int kLongestWay = 32;

class ListReader {
 public:
  explicit ListReader(const Index& index) : index_(index) {
    const size_t end = index.program().block(0).first_op + index.program().block(0).op_count;
    for (OpId op = 0; op < index.program().op_count(); ++op) {
      for (const Argument& argument : index.outputs(op)) {
        const std::string_view name = index.name(argument.name);
        if (op < end || name.starts_with(kObservedPrefix)) writers_[name] = op;
      }
    }
  }

  Result<ObservedList> Read() {
    const std::optional<OpId> join = Writer(kObservedOutput);
    if (!join || index_.type(*join) != op_types::kConcat) return Foreign("it has no output of that name");
    std::vector<std::string_view> parts;
    for (const Argument& argument : index_.inputs(*join)) parts.push_back(index_.name(argument.name));
    if (parts.size() < kFingerprintSize) return Foreign("the output is no list that observe makes");
    ObservedList list;
    for (size_t i = 0; i < kFingerprintSize; ++i) {
      const std::optional<OpId> op = Writer(parts[i]);
      const auto attr = op ? index_.program().op(*op).attr(attributes::kValue) : std::nullopt;
      if (!attr || !attr->AsFloat()) return Foreign("the output doesn't begin with a fingerprint");
      list.fingerprint[i] = *attr->AsFloat();
    }
    for (size_t i = kFingerprintSize; i < parts.size();) {
      if (!ReadValue(parts, &i, &list)) return Foreign("the output has a part that observe doesn't make");
    }
    return list;
  }

 private:
  static Status Foreign(const std::string& why) {
    return BadInput("the program is none that `pdquant observe` made ('" + std::string(kObservedOutput) + "'): " + why);
  }

  std::optional<OpId> Writer(std::string_view name) const {
    const auto found = writers_.find(name);
    return found == writers_.end() ? std::nullopt : std::optional(found->second);
  }

  // The parts of one value, from `*at` on.
  bool ReadValue(const std::vector<std::string_view>& parts, size_t* at, ObservedList* list) {
    const std::optional<OpId> shaped = Shaped(parts[*at]);
    if (!shaped || index_.type(*shaped) != op_types::kReshape2) return false;
    const NameId source = index_.Input(*shaped, slots::kX);
    const std::optional<OpId> made = source == kNoName ? std::nullopt : Writer(index_.name(source));
    if (!made) return false;
    const std::string_view type = index_.type(*made);
    ObservedList::Value value;
    const bool is_range = type == op_types::kReduceMin;
    const bool is_error = type == op_types::kReduceMean;
    const auto kind = is_range ? ObservedKind::kRanges : is_error ? ObservedKind::kErrors : ObservedKind::kHistograms;
    if (!list->values.empty() && list->kind != kind) return false;
    list->kind = kind;
    *at += kind == ObservedKind::kHistograms ? 1 : 2;
    if (*at > parts.size() || !Trace(*shaped, &value)) return false;
    if (kind == ObservedKind::kHistograms && !(std::isfinite(value.limit) && value.limit > 0)) return false;
    if (is_error && value.name.starts_with(kFloatTwin)) value.name.erase(0, kFloatTwin.size());
    list->values.push_back(std::move(value));
    return true;
  }

  // The op that gives a part its shape; of a total of a body, the one that makes what is added.
  std::optional<OpId> Shaped(std::string_view part) const {
    std::optional<OpId> op = Writer(part);
    if (!op) return op;
    const std::string_view type = index_.type(*op);
    if (type != op_types::kLesser && type != op_types::kLarger && type != op_types::kSum) return op;
    const NameId added = index_.Input(*op, slots::kX);
    return added == kNoName ? std::nullopt : Writer(index_.name(added));
  }

  // From the op that gives a part its shape, backwards to the variable that isn't observe's.
  bool Trace(OpId op, ObservedList::Value* value) {
    for (int passed = 0; passed < kLongestWay; ++passed) {
      const NameId x = index_.Input(op, slots::kX);
      if (x == kNoName) return false;
      if (index_.type(op) == op_types::kScale && value->limit == 0) ReadLimit(op, value);
      const std::string_view name = index_.name(x);
      const std::optional<OpId> writer = Writer(name);
      if (!name.starts_with(kObservedPrefix)) {
        value->name = name;
        if (writer && index_.type(*writer) != op_types::kFeed) value->op_type = index_.type(*writer);
        return true;
      }
      if (!writer || *writer >= op) return false;
      op = *writer;
    }
    return false;
  }

  // The first op behind |x| multiplies by bins / limit; it is the last one on the way back.
  void ReadLimit(OpId op, ObservedList::Value* value) const {
    const NameId x = index_.Input(op, slots::kX);
    const std::optional<OpId> before = Writer(index_.name(x));
    if (!before || index_.type(*before) != op_types::kAbs) return;
    const auto factor = index_.program().op(op).attr(attributes::kScaleFactor);
    const auto number = factor ? factor->AsFloat() : std::nullopt;
    if (number) value->limit = kHistogramBins / static_cast<double>(*number);
  }

  const Index& index_;
  NameMap<OpId> writers_;  // the last one of each name in block 0, and of observe's names in all blocks
};

}  // namespace

std::array<float, kFingerprintSize> FingerprintOf(const ObservedList& list, const Index& program) {
  std::string text = std::to_string(static_cast<int>(list.kind));
  for (const ObservedList::Value& value : list.values)
    text.append("\n" + std::to_string(value.name.size()) + " " + value.name + " " + ShortestText(value.limit));
  for (OpId op = 0; op < program.program().op_count(); ++op) text.append("\n").append(program.type(op));
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  constexpr uint64_t kMask = (uint64_t{1} << kFingerprintBits) - 1;
  return {static_cast<float>(hash.low64 & kMask), static_cast<float>(hash.low64 >> kFingerprintBits & kMask),
          static_cast<float>(hash.high64 & kMask)};
}

bool IsObserved(const Index& index) { return index.names().Find(kObservedOutput) != kNoName; }

Result<ObservedList> ReadObservedList(const Index& index) { return ListReader(index).Read(); }

}  // namespace pdquant
