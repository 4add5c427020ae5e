#define XXH_INLINE_ALL
#include "pir/readers.h"

#include <tsl/robin_map.h>
#include <xxhash.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/escape.h"
#include "paddle/quantization_ops.h"
#include "paddle/wider_attributes.h"
#include "pir/program.h"
#include "pir/reader.h"
#include "pir/value_text.h"

namespace pdquant::pir {
namespace {

bool HoldsKind(const Program& program, const Attr& attr, Attr::Kind kind) {
  if (attr.kind == kind) return true;
  const auto items = program.ItemsOf(attr);
  return attr.kind == Attr::Kind::kArray &&
         std::any_of(items.begin(), items.end(), [kind](const Attr& item) { return item.kind == kind; });
}

class Readers {
 public:
  Readers(const Program& program, Findings* findings) : program_(program), findings_(findings) {}

  void Check() {
    for (OpId i = 0; i < program_.ops.size(); ++i) {
      const Op& op = program_.ops[i];
      const std::string_view name = program_.text(op.name);
      if (OperatorName(name) == op_types::kDequantizeLinear) {
        findings_->Error("pir-dequantize", PlaceOf(program_, i),
                         "Paddle 3.3.1 runs it as quantize_linear on a CPU: the results are wrong, and the predictor "
                         "doesn't start",
                         "'pdquant import' makes a ProgramDesc that computes what the program says");
      }
      if (name == kFetchOp) CheckFetch(i);
      for (const Attr& attr : program_.AttrsOf(op)) CheckWidth(i, name, attr);
    }
  }

 private:
  void CheckWidth(OpId op, std::string_view name, const Attr& attr) {
    const WiderAttribute* row = FindWiderAttribute(OperatorName(name), program_.text(attr.name));
    if (row == nullptr || !HoldsKind(program_, attr, row->is_double ? Attr::Kind::kFloat64 : Attr::Kind::kInt64))
      return;
    Place place = PlaceOf(program_, op);
    place.part = "attribute " + Quote(row->attribute);
    findings_->Warning("pir-older-reader", std::move(place),
                       std::string(row->is_double ? "it is a double" : "it is an integer of 64 bits") +
                           ", and a Paddle older than " + std::string(row->since) + " can't load the program",
                       "load it with " + std::string(row->since) + " or newer");
  }

  // The predictor makes one of two equal computations, and loses the name of an output with it.
  void CheckFetch(OpId fetch) {
    const auto operands = program_.OperandsOf(program_.ops[fetch]);
    if (operands.empty() || operands[0].value == kNone) return;
    const auto [first, is_new] = fetched_.try_emplace(ComputationOf(operands[0].value), fetch);
    if (is_new) return;
    findings_->Error("pir-equal-outputs", PlaceOf(program_, fetch),
                     "it has what op " + std::to_string(program_.ops[first->second].position) +
                         " of the block has, computed twice: the predictor of Paddle 3.3.1 drops one of the outputs",
                     "'pdquant import' makes a ProgramDesc that has both");
  }

  // Equal values have equal ones: the first op that computes it, and which of its results it is.
  uint64_t ComputationOf(ValueId value) {
    const Op* op = program_.MakerOf(value);
    if (op == nullptr || op->regions.size() != 0 || op->operands.size() == 0) return uint64_t{kNone} << 32U | value;
    return uint64_t{FirstLike(program_.values[value].op)} << 32U | (value - op->results.begin);
  }

  // Each op is described once, however many of its results are outputs, and what is kept of it is a digest.
  OpId FirstLike(OpId op) {
    const auto [known, is_new] = first_like_.try_emplace(op, op);
    if (!is_new) return known->second;
    const std::string text = Describe(program_.ops[op]);
    const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
    std::vector<OpId>& alike = by_digest_[{hash.high64, hash.low64}];
    for (const OpId other : alike) {
      if (Describe(program_.ops[other]) == text) return first_like_[op] = other;
    }
    alike.push_back(op);
    return op;
  }

  // What is computed: the op, what it reads, and its attributes.
  std::string Describe(const Op& op) const {
    std::string text(program_.text(op.name));
    for (const Operand& operand : program_.OperandsOf(op)) text += " %" + std::to_string(operand.value);
    for (const Attr& attr : program_.AttrsOf(op)) {
      if (!IsNote(program_, attr)) text += " " + std::string(program_.text(attr.name)) + "=" + AttrText(program_, attr);
    }
    return text;
  }

  const Program& program_;
  Findings* findings_;
  tsl::robin_map<uint64_t, OpId> fetched_;  // by what is computed: the first output that has it
  tsl::robin_map<OpId, OpId> first_like_;
  std::map<std::pair<uint64_t, uint64_t>, std::vector<OpId>> by_digest_;
};

}  // namespace

void CheckReaders(const Program& program, Findings* findings) { Readers(program, findings).Check(); }

}  // namespace pdquant::pir
