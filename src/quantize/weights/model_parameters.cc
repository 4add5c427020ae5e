#include "quantize/weights/model_parameters.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <utility>

#include "base/escape.h"
#include "model/parameter_list.h"
#include "paddle/data_types.h"
#include "pdquant/framework.pb.h"
#include "quantize/weights/overlap.h"
#include "quantize/weights/rounding.h"

namespace pdquant {
namespace {

using How = ParameterPlan::How;

// Rounding a weight takes about as long as writing it.
constexpr uint64_t kWorthAThread = uint64_t{16} << 20U;

// The chunks that a reader hands over begin at an element and are aligned.
template <typename T>
std::span<const T> As(std::string_view bytes) {
  return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
}

template <typename T>
std::string_view BytesOf(const std::vector<T>& values, size_t count) {
  return {reinterpret_cast<const char*>(values.data()), count * sizeof(T)};
}

template <typename T>
void Widen(std::string_view bytes, std::vector<float>* out) {
  const std::span<const T> values = As<T>(bytes);
  std::copy(values.begin(), values.end(), out->begin());
}

// Makes one parameter from an old one, chunk by chunk.
class Maker {
 public:
  Maker(const ParameterPlan& plan, ParameterReader* reader, size_t source, std::vector<WeightLine>* lines,
        std::optional<size_t> line)
      : plan_(plan),
        reader_(reader),
        source_(source),
        layout_(ChannelLayout::Of(reader->parameters()[source].header.dims, plan.scales.axis)),
        factors_(ChannelLayout::Of(reader->parameters()[source].header.dims, plan.factors.axis)),
        lines_(lines),
        line_(line) {}

  Status operator()(const ByteSink& sink) {
    position_ = 0;
    const auto produce = [&](const ByteSink& to) {
      return reader_->ReadData(source_, [&](std::string_view bytes) { return Make(bytes, to); });
    };
    const bool large = reader_->parameters()[source_].header.data_bytes >= kWorthAThread;
    Status made = large ? Overlap(produce, sink) : produce(sink);
    if (made.ok() && line_ && plan_.how != How::kQuantize) DescribeIntegers(&(*lines_)[*line_]);
    if (line_) FindWorstChannel(&(*lines_)[*line_]);
    // All parameters have a maker; only the one at work needs room for a chunk.
    std::vector<float>().swap(values_);
    std::vector<int8_t>().swap(int8_);
    std::vector<int16_t>().swap(int16_);
    return made;
  }

 private:
  Status Make(std::string_view bytes, const ByteSink& sink) {
    RoundingError unsaid;
    RoundingError& error = line_ ? (*lines_)[*line_].error : unsaid;
    const size_t count = Load(bytes);
    const std::span<float> values(values_.data(), count);
    const uint64_t position = std::exchange(position_, position_ + count);
    switch (plan_.how) {
      case How::kQuantize:
        Quantize(Multiplied(As<float>(bytes), position, values), position, layout_, plan_.scales.values,
                 MaxInteger(plan_.bits), values, &error,
                 plan_.as_integers ? IntegerRange::kFull : IntegerRange::kSymmetric);
        return plan_.as_integers ? Store(values, sink) : sink(BytesOf(values_, count));
      case How::kMultiply:
        Multiplied(As<float>(bytes), position, values);
        return sink(BytesOf(values_, count));
      case How::kToFloat:
        CountIntegers(values, &error);
        Dequantize(values, position, layout_, plan_.scales.values, plan_.max_range, values);
        return sink(BytesOf(values_, count));
      case How::kToInteger:
        CountIntegers(values, &error);
        return Store(values, sink);
      case How::kAsFloat:
        CountIntegers(values, &error);
        return sink(BytesOf(values_, count));
      case How::kCopy:
      case How::kConstant:
        break;
    }
    return InternalError("nothing is made of a copy or a constant");
  }

  // `x`, or its products with the factors, which are put into `into`.
  std::span<const float> Multiplied(std::span<const float> x, uint64_t position, std::span<float> into) const {
    if (plan_.factors.values.empty()) return x;
    Multiply(x, position, factors_, plan_.factors.values, into);
    return into;
  }

  // Puts the chunk into values_ as float32; returns their number.
  size_t Load(std::string_view bytes) {
    const int32_t type = reader_->parameters()[source_].header.data_type;
    const size_t size = type == proto::VarType::INT8 ? 1 : type == proto::VarType::INT16 ? 2 : 4;
    const size_t count = bytes.size() / size;
    if (values_.size() < count) values_.resize(count);
    if (plan_.how == How::kQuantize || plan_.how == How::kMultiply) return count;  // it writes them all
    if (size == 1) {
      Widen<int8_t>(bytes, &values_);
    } else if (size == 2) {
      Widen<int16_t>(bytes, &values_);
    } else {
      Widen<float>(bytes, &values_);
    }
    return count;
  }

  // Integers, in the type that has room for them.
  Status Store(std::span<const float> values, const ByteSink& sink) {
    return plan_.bits <= 8 ? Narrow(values, &int8_, sink) : Narrow(values, &int16_, sink);
  }

  template <typename T>
  static Status Narrow(std::span<const float> values, std::vector<T>* narrow, const ByteSink& sink) {
    if (narrow->size() < values.size()) narrow->resize(values.size());
    std::transform(values.begin(), values.end(), narrow->begin(), [](float v) { return static_cast<T>(v); });
    return sink(BytesOf(*narrow, values.size()));
  }

  void CountIntegers(std::span<const float> values, RoundingError* error) {
    error->count += values.size();
    error->zeros += static_cast<uint64_t>(std::count(values.begin(), values.end(), 0.0F));
    const float largest = pdquant::MaxAbs(values);
    if (largest > largest_integer_) error->saturated = 0;
    largest_integer_ = std::max(largest_integer_, largest);
    error->saturated += static_cast<uint64_t>(std::count(values.begin(), values.end(), largest_integer_)) +
                        static_cast<uint64_t>(std::count(values.begin(), values.end(), -largest_integer_));
  }

  // The model says only s / R. A weight's largest value is R where s is its largest magnitude, so the integers tell the
  // bits, and the bits tell s.
  void DescribeIntegers(WeightLine* line) const {
    line->bits = 2;
    while (line->bits < 16 && static_cast<float>(MaxInteger(line->bits)) < largest_integer_) ++line->bits;
    const int32_t r = MaxInteger(line->bits);
    if (largest_integer_ != static_cast<float>(r)) line->error.saturated = 0;
    if (largest_integer_ == 0) line->bits = 0;
    if (line->bits == 0) return;
    for (const double step : line->steps) line->scales.values.push_back(static_cast<float>(step * r));
  }

  // The sums of all channels are kept of the parameter at work alone.
  static void FindWorstChannel(WeightLine* line) {
    line->worst_channel = line->error.Worst();
    std::vector<double>().swap(line->error.channel_signal);
    std::vector<double>().swap(line->error.channel_noise);
  }

  ParameterPlan plan_;
  ParameterReader* reader_;
  size_t source_;
  ChannelLayout layout_;
  ChannelLayout factors_;
  std::vector<WeightLine>* lines_;
  std::optional<size_t> line_;  // nothing for what is no weight
  uint64_t position_ = 0;       // of the chunk that comes next, in elements
  float largest_integer_ = 0;
  std::vector<float> values_;
  std::vector<int8_t> int8_;
  std::vector<int16_t> int16_;
};

int32_t TypeAfter(const ParameterPlan& plan) {
  const bool integers = plan.how == How::kToInteger || (plan.how == How::kQuantize && plan.as_integers);
  if (!integers) return proto::VarType::FP32;
  return plan.bits <= 8 ? proto::VarType::INT8 : proto::VarType::INT16;
}

WeightLine LineFor(const std::string& name, const ParameterPlan& plan, const RecordHeader& from,
                   const RecordHeader& to) {
  WeightLine line;
  line.name = name;
  line.source = plan.source;
  line.dims = from.dims;
  line.from_type = DataTypeName(from.data_type);
  line.to_type = DataTypeName(to.data_type);
  line.from_bytes = from.data_bytes;
  line.to_bytes = DataBytes(to.data_type, to.dims).value_or(0);
  line.has_float_weight = plan.how == How::kQuantize;
  line.scales.axis = plan.scales.axis;
  const bool quantizes = plan.how == How::kQuantize;
  if (quantizes) {
    line.bits = plan.bits;
    line.scales = plan.scales;
  }
  const double range = quantizes ? MaxInteger(plan.bits) : static_cast<double>(plan.max_range);
  if (range == 0) return line;
  for (const float scale : plan.scales.values) line.steps.push_back(static_cast<double>(scale) / range);
  return line;
}

template <typename T>
OutputParameter ConstantOf(const std::string& name, int32_t type, const std::vector<int64_t>& dims,
                           const std::vector<T>& values) {
  OutputParameter output;
  output.name = name;
  output.header.data_type = type;
  output.header.dims = dims;
  if (dims.empty()) output.header.dims = {static_cast<int64_t>(values.size())};
  output.produce = [values](const ByteSink& sink) { return sink(BytesOf(values, values.size())); };
  return output;
}

OutputParameter Constant(const std::string& name, const ParameterPlan& plan) {
  const std::vector<float>& values = plan.scales.values;
  if (!plan.as_integers) return ConstantOf(name, proto::VarType::FP32, plan.dims, values);
  return ConstantOf(name, proto::VarType::INT32, plan.dims, std::vector<int32_t>(values.begin(), values.end()));
}

bool HasAxis(const std::vector<int64_t>& dims, int32_t axis) {
  if (axis == kFirstTwoAxes) return dims.size() >= 2;
  return axis == kWholeTensor || (axis >= 0 && static_cast<size_t>(axis) < dims.size());
}

// Whether there is a scale for each channel of a tensor of that shape; a plan that makes integers needs none.
bool FitsScales(const ParameterPlan& plan, const std::vector<int64_t>& dims) {
  if (!HasAxis(dims, plan.scales.axis) || !HasAxis(dims, plan.factors.axis)) return false;
  const size_t factors = plan.factors.values.size();
  if (factors != 0 && factors != ChannelLayout::Of(dims, plan.factors.axis).channels) return false;
  if (plan.how == How::kMultiply) return factors != 0;
  return plan.how == How::kToInteger || plan.how == How::kAsFloat ||
         plan.scales.values.size() == ChannelLayout::Of(dims, plan.scales.axis).channels;
}

// Whether numbers of that type are what the plan is made of.
bool TakesType(const ParameterPlan& plan, int32_t type) {
  if (type == proto::VarType::FP32) return true;
  const bool from_float = plan.how == How::kQuantize || plan.how == How::kMultiply;
  return !from_float && (type == proto::VarType::INT8 || type == proto::VarType::INT16);
}

// Whether a record has other dimensions than its variable, which was a scale in the old program and is none in the new
// one: only of scales may they differ.
bool HasToBeReshaped(const ParameterVariable& variable, const RecordHeader& from) {
  if (!variable.type || variable.may_be_reshaped || variable.type->dims == from.dims) return false;
  const auto declared = ElementCount(variable.type->dims);
  return declared && variable.type->data_type == from.data_type && declared == ElementCount(from.dims);
}

double SortKey(const WeightLine& line) {
  const auto sqnr = line.has_float_weight ? line.error.SqnrDb() : std::nullopt;
  return sqnr.value_or(std::numeric_limits<double>::infinity());
}

}  // namespace

Result<size_t> FileParameterValues::Find(std::string_view name) const {
  const auto found = reader_->Find(name);
  if (!found) return BadInput("the model has no parameter " + Quote(name));
  return *found;
}

Result<const FileParameterValues::Scanned*> FileParameterValues::Scan(std::string_view name, int32_t axis) {
  const auto key = std::make_pair(std::string(name), axis);
  if (const auto known = scanned_.find(key); known != scanned_.end()) return &known->second;
  const Result<size_t> index = Find(name);
  if (!index.ok()) return index.status();
  const RecordHeader& header = reader_->parameters()[*index].header;
  if (header.data_type != proto::VarType::FP32)
    return BadInput(Quote(name) + " is " + DescribeTensor(header.data_type, header.dims) + ", not FP32");
  if (!HasAxis(header.dims, axis))
    return BadInput(Quote(name) + " is " + DescribeTensor(header.data_type, header.dims) + ", without an axis " +
                    std::to_string(axis));
  const ChannelLayout layout = ChannelLayout::Of(header.dims, axis);
  // Without elements it may claim any number of channels.
  if (axis != kWholeTensor && header.data_bytes == 0)
    return BadInput(Quote(name) + " has no elements, and so no channels");
  Scanned scanned;
  scanned.max_abs.resize(layout.channels);
  uint64_t before = 0;  // values in the chunks before
  const Status read = reader_->ReadData(*index, [&](std::string_view bytes) -> Status {
    const std::span<const float> values = As<float>(bytes);
    RaiseMaxAbs(values, before, layout, scanned.max_abs);
    if (const auto bad = FindNonFinite(scanned.max_abs) ? FindNonFinite(values) : std::nullopt) {
      return BadInput(Quote(name) + " holds " + (std::isnan(values[*bad]) ? "NaN" : "an infinity") + " at index " +
                      std::to_string(before + *bad));
    }
    scanned.all_integers = scanned.all_integers && pdquant::AllIntegers(values);
    before += values.size();
    return {};
  });
  if (!read.ok()) return read;
  return &scanned_.emplace(key, std::move(scanned)).first->second;
}

Result<std::vector<float>> FileParameterValues::MaxAbs(std::string_view name, int32_t axis) {
  const Result<const Scanned*> scanned = Scan(name, axis);
  if (!scanned.ok()) return scanned.status();
  return (*scanned)->max_abs;
}

Result<bool> FileParameterValues::AllIntegers(std::string_view name) {
  // A scan along any axis has seen all values.
  const auto known = scanned_.lower_bound({std::string(name), std::numeric_limits<int32_t>::min()});
  if (known != scanned_.end() && known->first.first == name) return known->second.all_integers;
  const Result<const Scanned*> scanned = Scan(name, kWholeTensor);
  if (!scanned.ok()) return scanned.status();
  return (*scanned)->all_integers;
}

Result<std::vector<float>> FileParameterValues::Read(std::string_view name, size_t limit) {
  const Result<size_t> index = Find(name);
  if (!index.ok()) return index.status();
  const RecordHeader& header = reader_->parameters()[*index].header;
  const auto count = ElementCount(header.dims);
  if (header.data_type != proto::VarType::FP32 || !count || *count > limit) {
    return BadInput(Quote(name) + " is " + DescribeTensor(header.data_type, header.dims) + ", not FP32 of at most " +
                    std::to_string(limit) + " values");
  }
  std::vector<float> out;
  const Status read = reader_->ReadData(*index, [&](std::string_view bytes) -> Status {
    const std::span<const float> values = As<float>(bytes);
    out.insert(out.end(), values.begin(), values.end());
    return {};
  });
  if (!read.ok()) return read;
  return out;
}

Result<int32_t> FileParameterValues::StoredType(std::string_view name) {
  const Result<size_t> index = Find(name);
  if (!index.ok()) return index.status();
  return reader_->parameters()[*index].header.data_type;
}

Result<std::vector<int64_t>> FileParameterValues::StoredDims(std::string_view name) {
  const Result<size_t> index = Find(name);
  if (!index.ok()) return index.status();
  return reader_->parameters()[*index].header.dims;
}

void SortWorstFirst(std::vector<WeightLine>* lines) {
  std::sort(lines->begin(), lines->end(), [](const WeightLine& a, const WeightLine& b) {
    const double key_a = SortKey(a);
    const double key_b = SortKey(b);
    return key_a != key_b ? key_a < key_b : a.name < b.name;
  });
}

Result<std::vector<OutputParameter>> MakeParameters(const Program& program, const ParameterPlans& plans,
                                                    ParameterReader* reader, std::vector<WeightLine>* lines,
                                                    Findings* findings) {
  std::vector<OutputParameter> outputs;
  for (const ParameterVariable& variable : ListParameters(program, findings)) {
    const auto plan = plans.find(variable.name);
    if (plan != plans.end() && plan->second.how == How::kConstant) {
      outputs.push_back(Constant(variable.name, plan->second));
      continue;
    }
    const auto source = reader->Find(plan == plans.end() ? variable.name : plan->second.source);
    if (!source)
      return InternalError("the new parameter " + Quote(variable.name) +
                           " comes from nowhere; please report it with the program");
    OutputParameter& output = outputs.emplace_back();
    output.name = variable.name;
    const RecordHeader& from = reader->parameters()[*source].header;
    if (plan == plans.end() || plan->second.how == How::kCopy) {
      if (HasToBeReshaped(variable, from)) {
        output.header = from;
        output.header.dims = variable.type->dims;
        output.produce = [reader, number = *source](const ByteSink& sink) { return reader->ReadData(number, sink); };
      } else {
        output.copied = reader;
        output.copied_parameter = *source;
      }
      continue;
    }
    if (!TakesType(plan->second, from.data_type))
      return BadInput("the parameter " + Quote(plan->second.source) + " is stored as " +
                      DescribeTensor(from.data_type, from.dims) + ", which holds no weight; export the model again");
    if (!FitsScales(plan->second, from.dims))
      return InternalError("the new parameter " + Quote(variable.name) +
                           " has scales of another shape; please report it with the program");
    output.header = from;
    output.header.data_type = TypeAfter(plan->second);
    if (plan->second.is_weight) lines->push_back(LineFor(variable.name, plan->second, from, output.header));
    const auto line = plan->second.is_weight ? std::optional(lines->size() - 1) : std::nullopt;
    output.produce = Maker(plan->second, reader, *source, lines, line);
  }
  return outputs;
}

}  // namespace pdquant
