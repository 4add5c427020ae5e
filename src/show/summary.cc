#include "show/summary.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "analysis/quantized_walk.h"
#include "paddle/op_table.h"
#include "paddle/tensor_type.h"
#include "pdquant/framework.pb.h"
#include "show/parts.h"

namespace pdquant {
namespace {

// Ops with weights that quantization is for, in any Paddle.
constexpr std::array<std::string_view, 8> kQuantizable = {
    "conv2d", "depthwise_conv2d", "conv2d_transpose", "depthwise_conv2d_transpose", "fc", "mul", "matmul", "matmul_v2"};

class Summarizer {
 public:
  explicit Summarizer(const Index& index)
      : index_(index),
        program_(index.program()),
        types_(index.names().size(), kNoType),
        written_(program_.var_count()) {}

  ProgramSummary Run() {
    for (const std::string_view type : kQuantizable) {
      const NameId name = index_.names().Find(type);
      if (name != kNoName) quantizable_.push_back(name);
    }
    if (HasFakeOps(index_)) {
      for (QuantizedWalk walk(index_); walk.Next();) AddOp(walk.block(), walk.op(), &walk);
    } else {
      for (size_t b = 0; b < program_.blocks().size(); ++b) {
        const Block& block = program_.block(b);
        for (OpId op = block.first_op; op < block.first_op + block.op_count; ++op) AddOp(b, op, nullptr);
      }
    }
    AddVariables();
    FindPurpose();
    Sort();
    return std::move(summary_);
  }

 private:
  static constexpr uint32_t kNoType = UINT32_MAX;
  static constexpr uint64_t kMostBytes = uint64_t{1} << 60U;

  void AddOp(size_t block, OpId op, const QuantizedWalk* walk) {
    const NameId type = index_.op(op).type;
    if (types_[type] == kNoType) {
      types_[type] = static_cast<uint32_t>(summary_.types.size());
      summary_.types.push_back({.type = index_.name(type)});
    }
    ProgramSummary::TypeCount& count = summary_.types[types_[type]];
    ++count.count;
    const ProgramPart part = PartOfOp(index_, op);
    ++(part == ProgramPart::kForward    ? summary_.forward_ops
       : part == ProgramPart::kBackward ? summary_.backward_ops
                                        : summary_.optimizer_ops);
    NoteReadsAndWrites(block, op);
    if (walk != nullptr && walk->fake() != nullptr) return AddFakeOp(*walk);
    const bool gradient = index_.type(op).ends_with("_grad");
    if (walk != nullptr && part != ProgramPart::kOptimizer && !gradient && walk->ComputesQuantized()) {
      ++count.quantized;
      summary_.quantized.push_back(op);
      NoteIntegers(block, op);
    } else if (std::find(quantizable_.begin(), quantizable_.end(), type) != quantizable_.end()) {
      ++count.quantizable_float;
      summary_.quantizable_float.push_back(op);
    }
  }

  void AddFakeOp(const QuantizedWalk& walk) {
    const FakeOp& fake = *walk.fake();
    const NameId operand = SingleArgument(index_, index_.inputs(walk.op()), "X");
    const VarId var = operand == kNoName ? kNoVar : index_.Lookup(walk.block(), operand);
    const bool stored = var != kNoVar && index_.persistable(var);
    const ValueKind kind = walk.ValueOf(operand).kind;
    summary_.linear |= fake.linear;
    if (fake.role == FakeRole::kDequantize) {
      summary_.frozen |= kind == ValueKind::kProduct || stored;
      summary_.simulated |= kind == ValueKind::kInteger && !fake.linear;
      if (stored) NoteIntegers(walk.block(), walk.op());
      return;
    }
    summary_.simulated |= fake.role == FakeRole::kRound;
    const auto attr = program_.op(walk.op()).attr(kBitLength);
    ++quantizers_[{!stored, fake.type, attr ? attr->AsInt().value_or(0) : 0}];
  }

  void NoteIntegers(size_t block, OpId op) {
    for (const Argument& argument : index_.inputs(op)) {
      const VarId var = index_.Lookup(block, argument.name);
      if (var == kNoVar || !index_.persistable(var)) continue;
      const auto tensor = program_.var(var).lod_tensor();
      summary_.stores_integers |=
          tensor && (tensor->data_type == proto::VarType::INT8 || tensor->data_type == proto::VarType::INT16);
    }
  }

  void NoteReadsAndWrites(size_t block, OpId op) {
    const std::string_view type = index_.type(op);
    for (const Argument& argument : index_.inputs(op)) {
      const VarId var = index_.Lookup(block, argument.name);
      if (var == kNoVar) continue;
      reads_unwritten_ |= !written_[var];
      if (type == kFetch) summary_.outputs.push_back(var);
      if (index_.name(argument.slot) == kParam) trained_.push_back(var);
    }
    for (const Argument& argument : index_.outputs(op)) {
      const VarId var = index_.Lookup(block, argument.name);
      if (var == kNoVar) continue;
      written_[var] = true;
      writes_persistable_ |= index_.persistable(var);
      if (type == kFeed) summary_.inputs.push_back(var);
    }
  }

  void AddVariables() {
    for (VarId var = 0; var < program_.var_count(); ++var) {
      if (!index_.persistable(var)) continue;
      const VarView view = program_.var(var);
      if (view.kind() != proto::VarType::LOD_TENSOR) continue;
      ++summary_.persistable_tensors;
      const auto tensor = view.lod_tensor();
      const auto values = tensor ? ElementCount(tensor->dims) : std::nullopt;
      const auto bytes = tensor ? DataBytes(tensor->data_type, tensor->dims) : std::nullopt;
      if (!values || !bytes || *bytes > kMostBytes - summary_.bytes) {
        ++summary_.unknown_sizes;
      } else {
        summary_.values += *values;
        summary_.bytes += *bytes;
      }
    }
    std::sort(trained_.begin(), trained_.end());
    summary_.trained = static_cast<size_t>(std::unique(trained_.begin(), trained_.end()) - trained_.begin());
  }

  void FindPurpose() {
    if (summary_.backward_ops + summary_.optimizer_ops != 0) {
      summary_.purpose = Purpose::kTraining;
    } else if (program_.op_count() != 0 && !reads_unwritten_ && writes_persistable_) {
      summary_.purpose = Purpose::kStartup;
    } else if (!summary_.outputs.empty()) {
      summary_.purpose = Purpose::kInference;
    } else {
      summary_.purpose = IsTest() ? Purpose::kTest : Purpose::kForward;
    }
  }

  bool IsTest() const {
    for (OpId op = 0; op < program_.op_count(); ++op) {
      const auto attr = program_.op(op).attr("is_test");
      if (attr && attr->AsBool().value_or(false)) return true;
    }
    return false;
  }

  void Sort() {
    std::sort(summary_.types.begin(), summary_.types.end(),
              [](const auto& a, const auto& b) { return a.count != b.count ? a.count > b.count : a.type < b.type; });
    for (const auto& [key, count] : quantizers_) {
      summary_.quantizers.push_back({std::get<1>(key), !std::get<0>(key), std::get<2>(key), count});
    }
  }

  const Index& index_;
  const Program& program_;
  ProgramSummary summary_;
  std::vector<uint32_t> types_;  // by name, the entry in summary_.types
  std::vector<NameId> quantizable_;
  std::vector<bool> written_;  // by variable
  std::vector<VarId> trained_;
  std::map<std::tuple<bool, std::string_view, int32_t>, size_t> quantizers_;  // those of parameters first
  bool reads_unwritten_ = false;
  bool writes_persistable_ = false;
};

}  // namespace

ProgramSummary Summarize(const Index& index) { return Summarizer(index).Run(); }

std::string_view ToString(Purpose purpose) {
  switch (purpose) {
    case Purpose::kTraining:
      return "training program";
    case Purpose::kInference:
      return "inference program";
    case Purpose::kTest:
      return "test program";
    case Purpose::kStartup:
      return "startup program";
    case Purpose::kForward:
      break;
  }
  return "forward program";
}

std::string_view DescribeQuantization(const ProgramSummary& summary) {
  if (summary.frozen && summary.linear)
    return summary.stores_integers ? "frozen (ONNX form), weights stored as integers" : "frozen (ONNX form)";
  if (summary.frozen)
    return summary.stores_integers ? "frozen, weights stored as integers"
                                   : "frozen, weights are integers stored as floats";
  if (summary.simulated) return "simulated quantization";
  if (summary.linear) return "simulated quantization (ONNX form)";
  return "not quantized";
}

std::string VersionOf(const Program& program) {
  if (!program.has_version()) return "unknown";
  const int64_t version = program.version();
  if (version == 0) return "of a development build";
  return std::to_string(version / 1'000'000) + "." + std::to_string(version / 1'000 % 1'000) + "." +
         std::to_string(version % 1'000);
}

}  // namespace pdquant
