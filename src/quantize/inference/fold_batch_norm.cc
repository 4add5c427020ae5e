#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "check/rules.h"
#include "ir/edit/builder.h"
#include "paddle/batch_norm.h"
#include "paddle/names.h"
#include "paddle/quantizable_ops.h"
#include "paddle/tensor_ops.h"
#include "quantize/forms/op_templates.h"
#include "quantize/freeze/frozen_products.h"
#include "quantize/inference/inference_passes.h"
#include "quantize/model_writer.h"
#include "quantize/pass_run.h"
#include "quantize/weights/rounding.h"

namespace pdquant {
namespace {

// A convolution with a batch_norm behind it, and perhaps a bias between them.
struct Site {
  OpId conv = 0;
  OpId norm_op = 0;
  BatchNorm norm;
  VarId weight = kNoVar;
  int32_t axis = 0;  // of the weight, along which the channels of the output lie
  // Of a transposed convolution in groups: each has its own channels along the axis.
  int64_t groups = 1;
  std::vector<int64_t> dims = {};  // of the weight, as it is stored
  size_t channels = 0;             // of the output
  VarId product = kNoVar;
  std::optional<OpId> add = {};
  VarId bias = kNoVar;  // what it adds: a parameter
};

}  // namespace

class FoldBatchNormPass::Rewriter : private PassRun<FoldBatchNormPass> {
 public:
  Rewriter(const PassContext& context, FoldBatchNormPass* pass)
      : PassRun(context, pass), writer_(index_, &context.main->edits, &rewrites_, &pass->plans_) {}

  void Run() {
    for (OpId op = 0; op < index_.program().op_count(); ++op) {
      if (const auto norm = ReadBatchNorm(index_, op)) {
        if (const auto site = SiteOf(op, *norm)) Fold(*site);
      }
    }
    if (context_.findings->has_errors()) return;
    RemoveUnread();
    rewrites_.Queue(&context_.main->edits);
  }

 private:
  size_t BlockOf(OpId op) const { return index_.program().BlockOfOp(op); }

  // A parameter that nothing changes. In test form a batch_norm writes its mean as it read it.
  bool IsConstant(VarId var) const {
    const auto writers = uses_.writers(var);
    const auto tensor = index_.program().var(var).lod_tensor();
    return index_.persistable(var) && tensor && tensor->data_type == proto::VarType::FP32 &&
           std::all_of(writers.begin(), writers.end(), [&](OpId op) { return ReadBatchNorm(index_, op).has_value(); });
  }

  // Whether `reader` alone reads what `writer` wrote: both stand in one block, and no reader comes in between, nor
  // behind, unless `reader` itself writes the variable anew.
  bool ReadsAlone(VarId var, OpId writer, OpId reader, VarId written) const {
    if (index_.persistable(var) || uses_.named_by_attribute(var) || BlockOf(writer) != BlockOf(reader) ||
        index_.program().BlockOfVar(var) != BlockOf(writer) || writer >= reader)
      return false;
    const bool renewed = written == var;
    const auto readers = uses_.readers(var);
    const auto writers = uses_.writers(var);
    const bool alone = std::all_of(readers.begin(), readers.end(), [&](OpId op) {
      return op == reader || (renewed && op > reader && BlockOf(op) == BlockOf(reader));
    });
    return alone && std::all_of(writers.begin(), writers.end(),
                                [&](OpId op) { return op == writer || (renewed && op >= reader); });
  }

  // The op that wrote what stands in the variable in front of `op`.
  std::optional<OpId> WriterBefore(VarId var, OpId op) const {
    const auto writers = uses_.writers(var);
    const auto behind = std::lower_bound(writers.begin(), writers.end(), op);
    if (behind == writers.begin()) return std::nullopt;
    return *std::prev(behind);
  }

  std::optional<VarId> BiasParameter(VarId var) const {
    if (IsConstant(var)) return var;
    const auto writers = uses_.writers(var);
    if (writers.size() != 1 || !KeepsElements(index_.type(writers[0]))) return std::nullopt;
    const VarId source = index_.InputVar(writers[0], slots::kX);
    return source != kNoVar && IsConstant(source) ? std::optional(source) : std::nullopt;
  }

  std::optional<Site> SiteOf(OpId op, const BatchNorm& norm) const {
    Site site;
    site.norm_op = op;
    site.norm = norm;
    for (const VarId var : {norm.scale, norm.bias, norm.mean, norm.variance}) {
      if (!IsConstant(var)) return std::nullopt;
    }
    auto writer = WriterBefore(norm.x, op);
    if (!writer || !ReadsAlone(norm.x, *writer, op, norm.y)) return std::nullopt;
    site.product = norm.x;
    if (const auto bias = ReadChannelBias(index_, *writer, norm.channel_axis)) {
      const auto parameter = BiasParameter(bias->y);
      const auto conv = WriterBefore(bias->x, *writer);
      if (!parameter || !conv || !ReadsAlone(bias->x, *conv, *writer, bias->out)) return std::nullopt;
      site.add = *writer;
      site.bias = *parameter;
      site.product = bias->x;
      writer = conv;
    }
    site.conv = *writer;
    return IsFoldable(&site) ? std::optional(site) : std::nullopt;
  }

  // What is added or computed inside the convolution would have to be scaled, too.
  bool IsFoldable(Site* site) const {
    const QuantizableOp* row = FindQuantizable(index_.type(site->conv));
    if (row == nullptr || !IsConvolution(row->type) || index_.OutputVar(site->conv, row->output) != site->product)
      return false;
    for (const Argument& argument : index_.inputs(site->conv)) {
      if (!row->OperandIn(index_.name(argument.slot)) && index_.name(argument.name) != kEmptyVariable) return false;
    }
    site->weight = index_.InputVar(site->conv, slots::kFilter);
    if (site->weight == kNoVar || !IsConstant(site->weight) || HasFusedActivation(index_.program().op(site->conv)))
      return false;
    const QuantizableOperand& operand = row->operands()[*row->OperandIn(slots::kFilter)];
    // As they are stored: what is declared may be -1.
    const Result<std::vector<int64_t>> stored = pass_->values_->StoredDims(index_.NameOf(site->weight));
    const Result<size_t> scales = pass_->values_->CountAlong(index_.NameOf(site->norm.scale), kWholeTensor);
    if (!stored.ok() || !scales.ok()) return false;
    const std::vector<int64_t>& dims = *stored;
    const auto axis = ChannelAxis(operand, index_.program().op(site->conv), dims.size());
    if (!axis || index_.DimsOf(site->norm.scale).size() != 1) return false;
    site->axis = *axis;
    site->dims = dims;
    site->channels = *scales;
    const auto channels = static_cast<int64_t>(*scales);
    // The filter of another convolution has all channels along its first axis, whatever the groups.
    if (*axis == 1) site->groups = GroupsOf(index_, site->conv);
    const int64_t of_group = dims[static_cast<size_t>(*axis)];
    if (channels % site->groups != 0 || channels / site->groups != of_group) return false;
    return site->groups == 1 || (dims[0] > 0 && of_group > 0 && dims[0] % site->groups == 0 &&
                                 dims[0] <= static_cast<int64_t>(kMostChannels) / of_group);
  }

  std::vector<float> Read(VarId var, size_t count) {
    Result<std::vector<float>> values = pass_->values_->Read(index_.NameOf(var), kMostChannels);
    if (values.ok() && values->size() == count) return std::move(*values);
    context_.findings->Error(
        "parameter", PlaceOfVariable(index_.NameOf(var)),
        values.ok() ? "it has " + std::to_string(values->size()) + " values for " + std::to_string(count) + " channels"
                    : values.status().message());
    return std::vector<float>(count);
  }

  void Fold(const Site& site) {
    const size_t count = site.channels;
    const std::vector<float> scale = Read(site.norm.scale, count);
    const std::vector<float> bias = Read(site.norm.bias, count);
    const std::vector<float> mean = Read(site.norm.mean, count);
    const std::vector<float> variance = Read(site.norm.variance, count);
    const std::vector<float> before = site.add ? Read(site.bias, count) : std::vector<float>(count);
    std::vector<float> factors;
    std::vector<float> added;
    for (size_t i = 0; i < count; ++i) {
      const double factor = static_cast<double>(scale[i]) /
                            std::sqrt(static_cast<double>(variance[i]) + static_cast<double>(site.norm.epsilon));
      factors.push_back(static_cast<float>(factor));
      added.push_back(static_cast<float>((static_cast<double>(before[i]) - static_cast<double>(mean[i])) * factor +
                                         static_cast<double>(bias[i])));
      if (std::isfinite(factors.back()) && std::isfinite(added.back())) continue;
      return context_.findings->Error("parameter", PlaceOfOp(index_, site.norm_op),
                                      "its factor for channel " + std::to_string(i) + " is no finite number");
    }
    PlanWeight(site, std::move(factors));
    Replace(site, writer_.NewConstant(index_.NameOf(site.weight) + ".bias", std::move(added)));
    ++pass_->folded_;
  }

  // The filter of a transposed convolution is [in, out / groups, height, width]: what is made of input c is channel i
  // of the group of c.
  static Scales FactorsOfWeight(const Site& site, std::vector<float> of_channels) {
    if (site.groups == 1) return {std::move(of_channels), site.axis};
    Scales factors = {{}, kFirstTwoAxes};
    const int64_t inputs = site.dims[0] / site.groups;
    for (int64_t c = 0; c < site.dims[0]; ++c) {
      const auto first = of_channels.begin() + c / inputs * site.dims[1];
      factors.values.insert(factors.values.end(), first, first + site.dims[1]);
    }
    return factors;
  }

  // The weight of another op stays as it is.
  void PlanWeight(const Site& site, std::vector<float> factors) {
    const std::string source = index_.NameOf(site.weight);
    const auto readers = uses_.readers(site.weight);
    const bool shared = std::any_of(readers.begin(), readers.end(),
                                    [&](OpId op) { return op != site.conv && !uses_.OnlyLists(op, site.weight); });
    const std::string name = shared ? writer_.names()->New(source + ".folded") : source;
    if (shared) {
      context_.main->edits.AddVar(0, EncodeVarOfType(name, index_.program().var(site.weight).type_fields(), true));
      rewrites_.ReplaceInput(site.conv, slots::kFilter, source, {name});
      writer_.List(name, site.conv);
    }
    ParameterPlan plan;
    plan.how = ParameterPlan::How::kMultiply;
    plan.source = source;
    plan.dims = site.dims;
    plan.factors = FactorsOfWeight(site, std::move(factors));
    plan.is_weight = false;
    pass_->plans_[name] = std::move(plan);
  }

  void Replace(const Site& site, const std::string& bias) {
    op_.Clear();
    BuildChannelBias(index_.NameOf(site.product), bias, index_.NameOf(site.norm.y), site.norm.channel_axis, &op_);
    AddCommonAttrs(Serving(index_, site.norm_op), &op_);
    context_.main->edits.InsertOpBefore(site.norm_op, op_.message());
    writer_.List(bias, site.norm_op);
    Remove(site.norm_op);
    kept_.insert({site.product, site.norm.y});
    if (!site.add) return;
    Remove(*site.add);
    pass_->removed_.push_back({static_cast<int32_t>(BlockOf(*site.add)), PlaceOfOp(index_, *site.add).op});
  }

  void Remove(OpId op) {
    context_.main->edits.RemoveOp(op);
    removed_.insert(op);
  }

  // Whether all that reads the variable goes; what lists it for a body goes with that.
  bool LosesReaders(VarId var) const {
    const auto readers = uses_.readers(var);
    return std::all_of(readers.begin(), readers.end(),
                       [&](OpId op) { return removed_.contains(op) || uses_.OnlyLists(op, var); });
  }

  // What only removed ops named goes, and the op that gave an old bias its shape.
  void RemoveUnread() {
    std::set<VarId> named;
    for (const OpId op : std::set<OpId>(removed_)) {
      for (const Argument& argument : index_.arguments(op)) {
        const VarId var = index_.Lookup(BlockOf(op), argument.name);
        if (var == kNoVar) continue;
        named.insert(var);
        NoteReshape(var, &named);
      }
    }
    std::erase_if(named, [&](VarId var) {
      const auto writers = uses_.writers(var);
      return !LosesReaders(var) || kept_.contains(var) || uses_.named_by_attribute(var) ||
             !std::all_of(writers.begin(), writers.end(), [&](OpId op) { return removed_.contains(op); });
    });
    for (const VarId var : named) context_.main->edits.RemoveVar(var);
    CleanControlLists(
        index_, [&](VarId var) { return named.contains(var); }, &rewrites_);
  }

  // The op that made a removed op's bias of a parameter goes where nothing else reads what it writes.
  void NoteReshape(VarId var, std::set<VarId>* named) {
    const auto writers = uses_.writers(var);
    if (writers.size() != 1 || removed_.contains(writers[0]) || !KeepsElements(index_.type(writers[0]))) return;
    const VarId source = index_.InputVar(writers[0], slots::kX);
    if (source == kNoVar || !index_.persistable(source)) return;
    for (const Argument& argument : index_.outputs(writers[0])) {
      const VarId output = index_.Lookup(BlockOf(writers[0]), argument.name);
      if (output == kNoVar) continue;
      if (!LosesReaders(output)) return;
    }
    for (const Argument& argument : index_.arguments(writers[0])) {
      const VarId other = index_.Lookup(BlockOf(writers[0]), argument.name);
      if (other != kNoVar) named->insert(other);
    }
    pass_->removed_.push_back({static_cast<int32_t>(BlockOf(writers[0])), PlaceOfOp(index_, writers[0]).op});
    Remove(writers[0]);
  }

  ModelWriter writer_;
  OpBuilder op_;
  std::set<OpId> removed_;
  std::set<VarId> kept_;  // what ops that were inserted name
};

Result<Outcome> FoldBatchNormPass::Run(const PassContext& context) {
  plans_.clear();
  removed_.clear();
  folded_ = 0;
  Rewriter(context, this).Run();
  if (context.findings->has_errors()) return BadInput("a batch_norm can't be folded");
  return folded_ == 0 ? Outcome::kUnchanged : Outcome::kChanged;
}

}  // namespace pdquant
