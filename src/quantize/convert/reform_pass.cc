#include <utility>
#include <vector>

#include "analysis/quantized_values.h"
#include "analysis/weights.h"
#include "base/escape.h"
#include "base/words.h"
#include "check/rules.h"
#include "paddle/names.h"
#include "paddle/scale_kinds.h"
#include "quantize/convert/convert_passes.h"
#include "quantize/forms/form.h"
#include "quantize/model_writer.h"
#include "quantize/pass_run.h"
#include "quantize/refusals.h"
#include "quantize/weights/rounding.h"

namespace pdquant {

class ReformPass::Rewriter : private PassRun<ReformPass> {
 public:
  Rewriter(const PassContext& context, ReformPass* pass)
      : PassRun(context, pass),
        values_(index_, uses_),
        parameters_(index_, nullptr),
        writer_(index_, &context.main->edits, &rewrites_, &pass->plans_) {}

  bool Run() {
    ReportOtherForm(index_, values_.unpaired(), "foreign-quantization", "convert", context_.findings);
    RefuseTraining(index_, "a training program keeps its form: what it trains would change with it",
                   "transpile the float program with --form", context_.findings);
    if (context_.findings->has_errors()) return false;
    for (const QuantizedValue& value : values_.values()) {
      if (value.kind->form != pass_->form_) Reform(value);
    }
    rewrites_.Queue(&context_.main->edits);
    return !context_.findings->has_errors();
  }

 private:
  void Reform(const QuantizedValue& value) {
    for (const OpId op : values_.OtherReaders(value)) {
      return Fail(
          "foreign-quantization", value,
          ToString(PlaceOfOp(index_, op)) + " reads its integers or its scale, which another form doesn't have");
    }
    const size_t block = index_.program().BlockOfOp(value.quantize);
    ModelWriter::Pair pair;
    pair.source = index_.NameOf(value.source);
    pair.rounded = index_.NameOf(value.rounded);
    pair.quantized = value.integers != kNoVar && value.integers != value.rounded
                         ? index_.NameOf(value.integers)
                         : writer_.NewVar(block, pair.source + ".quantized", value.source);
    pair.bits = value.bits;
    pair.axis = value.axis;
    if (pass_->form_ == QuantizationForm::kLinear) {
      if (!SetLinearScale(value, &pair)) return;
      writer_.Write(pair, value.quantize);
    } else {
      WriteLegacy(value, pair);
    }
    Remove(value);
  }

  // A scale that is stored, or that of a weight, which is computed.
  bool SetLinearScale(const QuantizedValue& value, ModelWriter::Pair* pair) {
    if (value.bits > kLinearBits) {
      Fail("linear-form", value, "the value has " + std::to_string(value.bits) + " bits; the linear form stores 8");
      return false;
    }
    const VarId root = parameters_.RootOf(value.source);
    if (value.scale_is_stored) {
      if (value.axis != kWholeTensor && !CountScales(value, root, pair)) return false;
      pair->scale = index_.NameOf(value.scale);
      return true;
    }
    if (root == kNoVar) {
      Fail("linear-form", value,
           "the scale of the activation is found anew at each run; the linear form needs a static one");
      return false;
    }
    // What keeps the elements of a parameter keeps its largest; the channels are those of the parameter itself.
    if (root != value.source && value.axis != kWholeTensor) {
      Fail("linear-form", value, "the weight reaches it through other ops, which change its shape");
      return false;
    }
    Result<std::vector<float>> largest = pass_->values_->MaxAbs(index_.NameOf(root), value.axis);
    if (!largest.ok()) {
      Fail("parameter", value, largest.status().message());
      return false;
    }
    Scales scales = {std::move(*largest), value.axis};
    ReplaceTinyScales(&scales);
    pair->channels = scales.values.size();
    pair->scale = writer_.NewConstant(index_.NameOf(root) + std::string(kLinearScaleSuffix), std::move(scales.values));
    writer_.List(pair->scale, value.quantize);
    return true;
  }

  // One scale for each channel of the weight, as they are stored: what is declared may be another number, or none.
  bool CountScales(const QuantizedValue& value, VarId root, ModelWriter::Pair* pair) {
    const Result<size_t> scales = pass_->values_->CountAlong(index_.NameOf(value.scale), kWholeTensor);
    // What ops make of a parameter may have its channels along another axis.
    const Result<size_t> channels =
        root == value.source ? pass_->values_->CountAlong(index_.NameOf(root), value.axis) : scales;
    if (!scales.ok() || !channels.ok()) {
      Fail("parameter", value, (scales.ok() ? channels : scales).status().message());
      return false;
    }
    if (*scales != *channels) {
      Fail("scale-shape", value,
           "its scale " + Quote(index_.NameOf(value.scale)) + " has " + Counted(*scales, "value") + " for " +
               Counted(*channels, "channel"));
      return false;
    }
    pair->channels = *scales;
    return true;
  }

  void WriteLegacy(const QuantizedValue& value, const ModelWriter::Pair& pair) {
    FormValue form;
    if (value.axis != kWholeTensor) {
      form.scale_kind = &ScaleOfStep(QuantizationForm::kLegacy, true);
    } else {
      form.scale_kind = value.kind->dynamic() ? &DynamicScale() : FindScaleKindOfOp(op_types::kQuantizeMovingAverage);
    }
    form.source = pair.source;
    form.names.quantized = pair.quantized;
    form.names.dequantized = pair.rounded;
    form.bits = value.bits;
    form.axis = value.axis;
    form.scale_variables.assign(form.scale_kind->variables.size(), index_.NameOf(value.scale));
    writer_.Write(form, value.quantize);
  }

  void Remove(const QuantizedValue& value) {
    std::vector<OpId> ops = value.estimators;
    ops.push_back(value.quantize);
    if (value.dequantize != value.quantize) ops.push_back(value.dequantize);
    for (const OpId op : ops) {
      for (const Argument& argument : index_.arguments(op)) {
        const std::string_view slot = index_.name(argument.slot);
        if (slot != value.kind->operand && slot != value.kind->output)
          pass_->state_.emplace(index_.name(argument.name));
      }
      RemoveOp(op);
    }
  }

  void Fail(std::string_view code, const QuantizedValue& value, const std::string& text) {
    context_.findings->Error(code, PlaceOfOp(index_, value.quantize, "", index_.NameOf(value.source)), text);
  }

  QuantizedValues values_;
  Parameters parameters_;
  ModelWriter writer_;
};

Result<Outcome> ReformPass::Run(const PassContext& context) {
  plans_.clear();
  state_.clear();
  Rewriter rewriter(context, this);
  if (!rewriter.Run()) return BadInput("the program can't be converted");
  return context.main->edits.empty() ? Outcome::kUnchanged : Outcome::kChanged;
}

}  // namespace pdquant
