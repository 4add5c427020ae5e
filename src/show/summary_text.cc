#include "show/summary_text.h"

#include <algorithm>

#include "base/counted.h"
#include "text/field_text.h"
#include "text/op_text.h"

namespace pdquant {
namespace {

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

std::string SummaryText(const Index& index, const ProgramSummary& summary, std::string_view name, size_t list_limit) {
  return SummaryWriter(index, summary, list_limit).Write(name);
}

}  // namespace pdquant
