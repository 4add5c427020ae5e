#include "show/summary.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "analysis/quantized_walk.h"
#include "base/words.h"
#include "paddle/data_types.h"
#include "paddle/names.h"
#include "paddle/op_role.h"
#include "paddle/quantizable_ops.h"
#include "paddle/quantization_ops.h"
#include "paddle/weight_only.h"
#include "pdquant/framework.pb.h"
#include "text/field_text.h"
#include "text/op_text.h"

namespace pdquant {
namespace {

class Summarizer {
 public:
  explicit Summarizer(const Index& index)
      : index_(index),
        program_(index.program()),
        types_(index.names().size(), kNoType),
        written_(program_.var_count()),
        integer_(program_.var_count()) {}

  ProgramSummary Run() {
    AddVariables();
    for (const std::string_view type : OpsWithWeights()) {
      const NameId name = index_.names().Find(type);
      if (name != kNoName) quantizable_.push_back(name);
    }
    if (HasQuantizationOps(index_) || HasAmbiguousOps(index_)) {
      for (QuantizedWalk walk(index_, true); walk.Next();) AddOp(walk.block(), walk.op(), &walk);
    } else {
      for (size_t b = 0; b < program_.blocks().size(); ++b) {
        const Block& block = program_.block(b);
        for (OpId op = block.first_op; op < block.first_op + block.op_count; ++op) AddOp(b, op, nullptr);
      }
    }
    CountTrained();
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
    const OpPart part = PartForReader(index_, op);
    ++(part == OpPart::kForward    ? summary_.forward_ops
       : part == OpPart::kBackward ? summary_.backward_ops
                                   : summary_.optimizer_ops);
    NoteReadsAndWrites(block, op);
    if (walk != nullptr && walk->quantization() != nullptr) return AddFakeOp(*walk);
    const bool gradient = index_.type(op).ends_with(kGradientOpSuffix);
    if (walk != nullptr && part != OpPart::kOptimizer && !gradient && walk->ComputesQuantized()) {
      ++count.quantized;
      summary_.quantized.push_back(op);
      NoteIntegers(block, op);
    } else if (std::find(quantizable_.begin(), quantizable_.end(), type) != quantizable_.end()) {
      if (WeightOnlyBits(program_.op(op)) != 0) {
        ++summary_.weight_only;
        summary_.stores_integers = true;
        return;
      }
      ++count.quantizable_float;
      summary_.quantizable_float.push_back(op);
    }
  }

  void AddFakeOp(const QuantizedWalk& walk) {
    const QuantizationOp& fake = *walk.quantization();
    const VarId var = index_.InputVar(walk.op(), fake.operand);
    const bool stored = var != kNoVar && index_.persistable(var);
    const ValueKind kind = walk.ValueOf(index_.Input(walk.op(), fake.operand)).kind;
    summary_.linear |= fake.linear();
    summary_.mobile |= fake.form == QuantizationForm::kAmbiguous;
    if (fake.role == QuantizationRole::kDequantize) {
      summary_.frozen |= kind == ValueKind::kProduct || stored;
      summary_.simulated |= kind == ValueKind::kInteger && !fake.linear();
      if (stored) NoteIntegers(walk.block(), walk.op());
      return;
    }
    summary_.simulated |= fake.role == QuantizationRole::kRound;
    const auto attr = program_.op(walk.op()).attr(fake.bits);
    ++quantizers_[{!stored, fake.type, attr ? attr->AsInt().value_or(0) : 0}];
  }

  void NoteIntegers(size_t block, OpId op) {
    for (const Argument& argument : index_.inputs(op)) {
      const VarId var = index_.Lookup(block, argument.name);
      summary_.stores_integers |= var != kNoVar && integer_[var];
    }
  }

  void NoteReadsAndWrites(size_t block, OpId op) {
    const std::string_view type = index_.type(op);
    for (const Argument& argument : index_.inputs(op)) {
      const VarId var = index_.Lookup(block, argument.name);
      if (var == kNoVar) continue;
      reads_unwritten_ |= !written_[var];
      if (IsFetch(type)) summary_.outputs.push_back(var);
      if (index_.name(argument.slot) == slots::kParam) trained_.push_back(var);
    }
    for (const Argument& argument : index_.outputs(op)) {
      const VarId var = index_.Lookup(block, argument.name);
      if (var == kNoVar) continue;
      written_[var] = true;
      writes_persistable_ |= index_.persistable(var);
      if (type == op_types::kFeed) summary_.inputs.push_back(var);
    }
  }

  void AddVariables() {
    for (VarId var = 0; var < program_.var_count(); ++var) {
      if (!index_.persistable(var)) continue;
      const VarView view = program_.var(var);
      if (view.kind() != proto::VarType::LOD_TENSOR) continue;
      ++summary_.persistable_tensors;
      const auto tensor = view.lod_tensor();
      integer_[var] =
          tensor && (tensor->data_type == proto::VarType::INT8 || tensor->data_type == proto::VarType::INT16);
      const auto values = tensor ? ElementCount(tensor->dims) : std::nullopt;
      const auto bytes = tensor ? DataBytes(tensor->data_type, tensor->dims) : std::nullopt;
      if (!values || !bytes || *bytes > kMostBytes - summary_.bytes) {
        ++summary_.unknown_sizes;
      } else {
        summary_.values += *values;
        summary_.bytes += *bytes;
      }
    }
  }

  void CountTrained() {
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
      const auto attr = program_.op(op).attr(attributes::kIsTest);
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
  std::vector<bool> integer_;  // by variable: stored as an integer
  std::vector<VarId> trained_;
  std::map<std::tuple<bool, std::string_view, int32_t>, size_t> quantizers_;  // those of parameters first
  bool reads_unwritten_ = false;
  bool writes_persistable_ = false;
};

class SummaryWriter {
 public:
  SummaryWriter(const Index& index, const ProgramSummary& summary, size_t list_limit)
      : index_(index), summary_(summary), list_limit_(list_limit) {}

  std::string Write(std::string_view name) {
    const Program& program = index_.program();
    out_ = std::string(name) + ": " + std::string(ToString(summary_.purpose)) + ", " +
           std::string(DescribeQuantization(summary_)) + ", Paddle " + VersionOf(program) + "\n";
    Line(Counted(program.bytes().size(), "byte") + ", " + Counted(program.blocks().size(), "block") + ", " + Ops() +
         ", " + Counted(program.var_count(), "variable"));
    Line(Parameters());
    Ports("inputs", summary_.inputs);
    Ports("outputs", summary_.outputs);
    Quantization();
    Types();
    return std::move(out_);
  }

 private:
  void Line(const std::string& text) { out_ += "  " + text + "\n"; }

  std::string Ops() const {
    std::string text = Counted(index_.program().op_count(), "op");
    if (summary_.backward_ops + summary_.optimizer_ops == 0) return text;
    return text + " (" + std::to_string(summary_.forward_ops) + " forward, " + std::to_string(summary_.backward_ops) +
           " backward, " + std::to_string(summary_.optimizer_ops) + " optimizer)";
  }

  std::string Parameters() const {
    std::string text = Counted(summary_.persistable_tensors, "persistable tensor");
    if (summary_.persistable_tensors == 0) return text;
    text += ": " + Counted(summary_.values, "value") + ", " + Counted(summary_.bytes, "byte");
    if (summary_.unknown_sizes != 0) text += ", and " + std::to_string(summary_.unknown_sizes) + " of unknown size";
    if (summary_.trained != 0) text += "; " + std::to_string(summary_.trained) + " are trained";
    return text;
  }

  template <typename T, typename F>
  void List(const std::vector<T>& items, F&& append) {
    const size_t shown = std::min(items.size(), list_limit_);
    for (size_t i = 0; i < shown; ++i) {
      out_ += "    ";
      append(items[i]);
      out_ += '\n';
    }
    if (shown < items.size()) Line("  and " + std::to_string(items.size() - shown) + " more; --all shows them");
  }

  void Ports(const std::string& word, const std::vector<VarId>& vars) {
    if (vars.empty()) return;
    Line(word + ":");
    List(vars, [this](VarId var) { AppendVarLine(index_, var, &out_); });
  }

  void Quantization() {
    for (const ProgramSummary::Quantizer& quantizer : summary_.quantizers) {
      Line(Counted(quantizer.count, "quantize op") + " for " +
           (quantizer.of_parameters ? "parameters" : "activations") + ": " + std::string(quantizer.type) +
           (quantizer.bits == 0 ? "" : ", " + std::to_string(quantizer.bits) + " bits"));
    }
    if (summary_.weight_only != 0) {
      Line(Counted(summary_.weight_only, "op") +
           (summary_.weight_only == 1 ? " has its weight" : " have their weights") +
           " stored as integers (weight-only)");
    }
    const auto append = [this](OpId op) { AppendOpLine(index_, op, &out_); };
    if (!summary_.quantized.empty()) {
      Line(Counted(summary_.quantized.size(), "op") + (summary_.quantized.size() == 1 ? " computes" : " compute") +
           " with quantized values:");
      List(summary_.quantized, append);
    }
    if (!summary_.quantizable_float.empty()) {
      Line(Counted(summary_.quantizable_float.size(), "op") + " that could be quantized " +
           (summary_.quantizable_float.size() == 1 ? "computes" : "compute") + " with floats:");
      List(summary_.quantizable_float, append);
    }
  }

  void Types() {
    if (summary_.types.empty()) return;
    Line("ops by type:");
    const size_t width = std::to_string(summary_.types[0].count).size();
    List(summary_.types, [&](const ProgramSummary::TypeCount& type) {
      const std::string count = std::to_string(type.count);
      out_ += std::string(width - count.size(), ' ') + count + ' ';
      AppendName(type.type, &out_);
      if (type.quantized != 0) out_ += " (" + std::to_string(type.quantized) + " quantized)";
    });
  }

  const Index& index_;
  const ProgramSummary& summary_;
  size_t list_limit_;
  std::string out_;
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
  if (summary.frozen && summary.mobile)
    return summary.stores_integers ? "frozen, weights stored as integers, Paddle-Lite's form"
                                   : "frozen, weights are integers stored as floats, Paddle-Lite's form";
  if (summary.frozen)
    return summary.stores_integers ? "frozen, weights stored as integers"
                                   : "frozen, weights are integers stored as floats";
  if (summary.simulated) return "simulated quantization";
  if (summary.linear) return "simulated quantization (ONNX form)";
  if (summary.weight_only != 0) return "weights stored as integers for ops on floats (weight-only), Paddle-Lite's form";
  return "not quantized";
}

std::string VersionOf(const Program& program) {
  if (!program.has_version()) return "unknown";
  return program.version() == 0 ? "of a development build" : PaddleVersion(program.version());
}

std::string PaddleVersion(int64_t version) {
  return std::to_string(version / 1'000'000) + "." + std::to_string(version / 1'000 % 1'000) + "." +
         std::to_string(version % 1'000);
}

std::string SummaryText(const Index& index, const ProgramSummary& summary, std::string_view name, size_t list_limit) {
  return SummaryWriter(index, summary, list_limit).Write(name);
}

}  // namespace pdquant
