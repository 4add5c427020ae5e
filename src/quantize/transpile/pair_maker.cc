#include "quantize/transpile/pair_maker.h"

#include <utility>

#include "paddle/op_table.h"
#include "pdquant/framework.pb.h"
#include "quantize/forms/op_templates.h"
#include "quantize/weights/rounding.h"

namespace pdquant {
namespace {

// The places of `state` in a MadePair.
constexpr size_t kScale = 0;
constexpr size_t kWindow = 1;  // of range_abs_max
constexpr size_t kCounter = 2;
constexpr size_t kState = 1;  // of moving_average_abs_max
constexpr size_t kAccum = 2;

std::string_view QuantizeType(ScaleType type) {
  switch (type) {
    case ScaleType::kRangeAbsMax:
      return kQuantizeRange;
    case ScaleType::kMovingAverageAbsMax:
      return kQuantizeMovingAverage;
    case ScaleType::kAbsMax:
      break;
  }
  return kQuantizeAbsMax;
}

}  // namespace

PairMaker::PairMaker(const PassContext& context, const TranspileOptions& options, TranspileReport* report)
    : context_(context), options_(options), report_(report) {
  const NameId counter = context.main->index.names().Find(kStepCounter);
  has_step_counter_ = counter != kNoName && context.main->index.DeclaredIn(0, counter) != kNoVar;
}

bool PairMaker::IsTaken(std::string_view name) const {
  return context_.main->index.names().Find(name) != kNoName ||
         (context_.startup != nullptr && context_.startup->index.names().Find(name) != kNoName) || made_.contains(name);
}

std::string PairMaker::NewName(std::string name) {
  made_.insert(name);
  return name;
}

ValueNames PairMaker::NewValueNames(NameId id, bool backward) {
  const std::string_view variable = context_.main->index.name(id);
  uint32_t& number = next_number_[backward ? 1 : 0][id];
  ValueNames names = NamesOfValue(variable, number, backward);
  while (IsTaken(names.quantized) || IsTaken(names.dequantized) || IsTaken(names.scale))
    names = NamesOfValue(variable, ++number, backward);
  NewName(names.quantized);
  NewName(names.dequantized);
  NewName(names.scale);
  ++number;
  return names;
}

bool PairMaker::DeclaredInStartup(std::string_view name) const {
  const Index& index = context_.startup->index;
  const NameId id = index.names().Find(name);
  return id != kNoName && index.DeclaredIn(0, id) != kNoVar;
}

// A persistable variable of block 0, with the value that it starts with.
std::string PairMaker::AddState(std::string name, int64_t size, float value, bool counter) {
  const std::string var = EncodeTensorVar(name, counter ? proto::VarType::INT64 : proto::VarType::FP32, size, true);
  context_.main->edits.AddVar(0, var);
  if (context_.startup != nullptr && !DeclaredInStartup(name)) context_.startup->edits.AddVar(0, var);
  report_->initializations.push_back({name, counter, size, value});
  return NewName(std::move(name));
}

void PairMaker::MakeStepCounter() {
  if (has_step_counter_) return;
  AddState(std::string(kStepCounter), 1, 0, true);
  has_step_counter_ = true;
  makes_step_counter_ = true;
}

MadePair PairMaker::Make(const PairRequest& request) {
  const Index& index = context_.main->index;
  if (request.scale_type == ScaleType::kRangeAbsMax && !request.in_loop && !options_.for_test) MakeStepCounter();
  MadePair pair;
  pair.names = NewValueNames(index.var_name(request.source), request.backward);
  const std::string type = index.program().var(request.source).type_fields();
  Edits& edits = context_.main->edits;
  edits.AddVar(request.block, EncodeVarOfType(pair.names.quantized, type, false));
  edits.AddVar(request.block, EncodeVarOfType(pair.names.dequantized, type, false));
  const auto add_scale = [&] { AddState(pair.names.scale, 1, kScaleStart, false); };
  switch (request.scale_type) {
    case ScaleType::kAbsMax:
      edits.AddVar(request.block, EncodeTensorVar(pair.names.scale, proto::VarType::FP32, 1, false));
      break;
    case ScaleType::kRangeAbsMax: {
      add_scale();
      pair.state = {pair.names.scale};
      if (options_.for_test) break;
      while (IsTaken(WindowName(next_window_))) ++next_window_;
      pair.state.push_back(AddState(WindowName(next_window_++), options_.window_size, 0, false));
      pair.state.push_back(request.in_loop ? AddCounter() : std::string(kStepCounter));
      break;
    }
    case ScaleType::kMovingAverageAbsMax: {
      if (options_.for_test) {
        add_scale();
        pair.state = {pair.names.scale};
        break;
      }
      while (IsTaken(StateName(next_running_sum_)) || IsTaken(AccumName(next_running_sum_))) ++next_running_sum_;
      const std::string state = AddState(StateName(next_running_sum_), 1, kRunningSumStart, false);
      const std::string accum = AddState(AccumName(next_running_sum_++), 1, kRunningSumStart, false);
      add_scale();
      pair.state = {pair.names.scale, state, accum};
      break;
    }
  }
  return pair;
}

std::string PairMaker::AddCounter() {
  while (IsTaken(LoopCounterName(next_counter_))) ++next_counter_;
  return AddState(LoopCounterName(next_counter_++), 1, 0, true);
}

void PairMaker::BuildIncrement(std::string_view counter, const ServedOp& served) {
  op_.Clear();
  op_.Input("X", counter);
  op_.Output("Out", counter);
  op_.Type(kIncrement);
  AddCommonAttrs(served, &op_);
  op_.Float("step", 1.0F);
}

void PairMaker::AddQuantizeInputs(const PairRequest& request, const MadePair& pair) {
  const Index& index = context_.main->index;
  const bool training = !options_.for_test;
  if (request.scale_type == ScaleType::kMovingAverageAbsMax && training) op_.Input("InAccum", pair.state[kAccum]);
  if (request.scale_type != ScaleType::kAbsMax) op_.Input("InScale", pair.state[kScale]);
  if (request.scale_type == ScaleType::kMovingAverageAbsMax && training) op_.Input("InState", pair.state[kState]);
  if (request.scale_type == ScaleType::kRangeAbsMax && training) op_.Input("Iter", pair.state[kCounter]);
  op_.Input("X", index.name(index.var_name(request.source)));
}

void PairMaker::AddQuantizeOutputs(const PairRequest& request, const MadePair& pair) {
  const bool training = !options_.for_test;
  op_.Output("Out", pair.names.quantized);
  if (request.scale_type == ScaleType::kMovingAverageAbsMax && training) op_.Output("OutAccum", pair.state[kAccum]);
  op_.Output("OutScale", pair.names.scale);
  if (request.scale_type == ScaleType::kRangeAbsMax && training) op_.Output("OutScales", pair.state[kWindow]);
  if (request.scale_type == ScaleType::kMovingAverageAbsMax && training) op_.Output("OutState", pair.state[kState]);
}

void PairMaker::Insert(const PairRequest& request, const MadePair& pair) {
  const Index& index = context_.main->index;
  Edits& edits = context_.main->edits;
  if (served_op_ != request.served) {
    served_op_ = request.served;
    served_ = Serving(index, request.served);
  }
  const ServedOp& served = served_;
  if (request.scale_type == ScaleType::kRangeAbsMax && request.in_loop && !options_.for_test) {
    BuildIncrement(pair.state[kCounter], served);
    edits.InsertOpBefore(request.before, op_.message());
  }
  op_.Clear();
  AddQuantizeInputs(request, pair);
  AddQuantizeOutputs(request, pair);
  op_.Type(QuantizeType(request.scale_type));
  AddCommonAttrs(served, &op_);
  op_.Int(kBitLength, request.bits);
  if (request.scale_type != ScaleType::kAbsMax) op_.Bool("is_test", options_.for_test);
  if (request.scale_type == ScaleType::kRangeAbsMax) op_.Int("window_size", options_.window_size);
  if (request.scale_type == ScaleType::kMovingAverageAbsMax) op_.Float("moving_rate", options_.moving_rate);
  edits.InsertOpBefore(request.before, op_.message());

  BuildDequantize(pair.names.quantized, pair.names.scale, pair.names.dequantized,
                  static_cast<float>(MaxInteger(request.bits)), served, &op_);
  edits.InsertOpBefore(request.before, op_.message());
}

void PairMaker::InsertInitializer(const TranspileReport::Initialization& initialization) {
  if (DeclaredInStartup(initialization.variable)) return;  // a step counter that only the startup program had
  op_.Clear();
  op_.Output("Out", initialization.variable);
  op_.Type("fill_constant");
  AddCommonAttrs({}, &op_);
  op_.Bool("force_cpu", initialization.is_counter);
  op_.String("str_value", "");
  op_.Float("value", initialization.value);
  op_.Longs("shape", initialization.size);
  op_.Int("dtype", initialization.is_counter ? proto::VarType::INT64 : proto::VarType::FP32);
  const Block& block = context_.startup->index.program().block(0);
  if (block.op_count != 0) {
    context_.startup->edits.InsertOpBefore(block.first_op, op_.message());
  } else {
    context_.startup->edits.AppendOp(0, op_.message());
  }
}

void PairMaker::Finish() {
  if (makes_step_counter_) {
    BuildIncrement(kStepCounter, {});
    context_.main->edits.PrependOp(0, op_.message());
  }
  if (context_.startup == nullptr) return;
  // Each initializer is put before all others: they stand in the reverse order of making.
  const auto& all = report_->initializations;
  for (auto i = all.rbegin(); i != all.rend(); ++i) InsertInitializer(*i);
}

}  // namespace pdquant
