#include "show/value_facts.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "base/shortest_text.h"
#include "pdquant/framework.pb.h"
#include "quantize/weights/rounding.h"
#include "text/tensor_text.h"

namespace pdquant {
namespace {

using Json = JsonDocument::Json;

constexpr size_t kMostRanges = 64;
constexpr size_t kMostScales = size_t{1} << 20U;

std::string_view FormOf(const QuantizationOp& kind) {
  switch (kind.form) {
    case QuantizationForm::kLegacy:
      return "pair";
    case QuantizationForm::kFused:
      return "one op for both";
    case QuantizationForm::kLinear:
      return "linear";
    case QuantizationForm::kAmbiguous:
      break;
  }
  return "mobile";
}

Json ScaleJson(const std::vector<float>& thresholds) {
  const auto [least, largest] = std::minmax_element(thresholds.begin(), thresholds.end());
  return {{"count", thresholds.size()}, {"min", ShortestDouble(*least)}, {"max", ShortestDouble(*largest)}};
}

// Counts integers by their magnitude; one beyond 16 bits counts as the largest.
class Histogram {
 public:
  void Add(double integer) {
    const double magnitude = std::fabs(integer);
    if (std::isnan(magnitude)) return;
    ++counts_[static_cast<size_t>(std::min(magnitude, static_cast<double>(counts_.size() - 1)))];
  }

  // What the largest of them needs: at least 2.
  int32_t Bits() const {
    size_t largest = counts_.size() - 1;
    while (largest > 0 && counts_[largest] == 0) --largest;
    int32_t bits = 2;
    while (static_cast<size_t>(MaxInteger(bits)) < largest) ++bits;
    return bits;
  }

  void Write(int32_t bits, Json* json) const {
    const size_t values = static_cast<size_t>(MaxInteger(bits)) + 1;
    std::vector<uint64_t> ranges(std::min(kMostRanges, values));
    uint64_t total = 0;
    uint64_t saturated = 0;
    for (size_t q = 0; q < counts_.size(); ++q) {
      ranges[std::min(q, values - 1) * ranges.size() / values] += counts_[q];
      total += counts_[q];
      if (q >= values - 1) saturated += counts_[q];
    }
    (*json)["histogram"] = ranges;
    (*json)["values"] = total;
    (*json)["zeros"] = counts_[0];
    (*json)["saturated"] = saturated;
  }

 private:
  std::vector<uint64_t> counts_ = std::vector<uint64_t>(static_cast<size_t>(MaxInteger(16)) + 1);
};

bool AreFinite(const std::vector<float>& values) {
  return !values.empty() && std::all_of(values.begin(), values.end(), [](float x) { return std::isfinite(x); });
}

}  // namespace

ValueFacts::ValueFacts(const Index& index, ParameterReader* reader) : index_(index), reader_(reader) {
  if (reader != nullptr) values_.emplace(reader);
}

std::optional<std::vector<float>> ValueFacts::Read(VarId var) {
  if (var == kNoVar || !index_.persistable(var)) return std::nullopt;
  Result<std::vector<float>> read = values_->Read(NameOf(var), kMostScales);
  if (!read.ok() || !AreFinite(*read)) return std::nullopt;
  return std::move(*read);
}

// A scale that is stored is what the op reads; one of a weight that isn't comes from its values.
std::optional<std::vector<float>> ValueFacts::Thresholds(const QuantizedValue& value) {
  if (value.scale_is_stored || value.is_stored()) return Read(value.scale);
  if (!value.is_weight) return std::nullopt;
  Result<std::vector<float>> largest = values_->MaxAbs(NameOf(value.source), value.axis);
  if (!largest.ok()) return std::nullopt;
  return std::move(*largest);
}

Result<Json> ValueFacts::Describe(const QuantizedValue& value) {
  Json json = {{"bits", value.bits},
               {"axis", value.axis},
               {"form", FormOf(*value.kind)},
               {"dynamic", !value.scale_is_stored && !value.is_stored()},
               {"weight", value.is_weight || value.is_stored()}};
  if (reader_ == nullptr) return json;
  const std::optional<std::vector<float>> thresholds = Thresholds(value);
  if (thresholds) json["scale"] = ScaleJson(*thresholds);
  Status status;
  if (value.is_stored()) {
    status = AddIntegers(value.source, value.bits, &json);
  } else if (value.is_weight && thresholds) {
    const IntegerRange range = value.kind->linear() ? IntegerRange::kFull : IntegerRange::kSymmetric;
    status = AddRounding(value.source, value.bits, {*thresholds, value.axis}, range, &json);
  }
  if (!status.ok()) return status;
  return json;
}

// How many bits the integers have that the product multiplies the weight's with; nothing where it doesn't say.
std::optional<int32_t> ValueFacts::OtherBits(const IntegerProduct& product) const {
  for (const IntegerProduct::Operand& operand : product.operands) {
    if (operand.quantize == kNoOp) continue;
    const QuantizationOp* kind = FindQuantizationOp(index_.type(operand.quantize));
    const auto attr = kind == nullptr ? std::nullopt : index_.program().op(operand.quantize).attr(kind->bits);
    if (attr) return attr->AsInt();
  }
  return std::nullopt;
}

Result<Json> ValueFacts::DescribeIntegers(const IntegerProduct& product, const IntegerProduct::Operand& operand) {
  const IntegerProduct::Scaling& scaling = product.scalings.front();
  const bool per_channel = scaling.kind->per_channel;
  Json json = {{"bits", per_channel ? scaling.weight_bits : 0},
               {"axis", per_channel ? scaling.axis : kWholeTensor},
               {"form", "stored integers"},
               {"dynamic", false},
               {"weight", true},
               {"ops", Json::array()}};
  if (reader_ == nullptr) return json;
  if (Status status = AddIntegers(operand.var, per_channel ? scaling.weight_bits : 0, &json); !status.ok())
    return status;
  if (per_channel) {  // of two scales the first is the weight's
    if (const auto thresholds = Read(scaling.scales.front())) json["scale"] = ScaleJson(*thresholds);
  } else if (const auto other = OtherBits(product); other && *other >= 2 && *other <= 16 && scaling.max_range > 0) {
    // max_range is R of the other operand · R / s, as freezing writes it.
    const float r =
        static_cast<float>(MaxInteger(*other)) * static_cast<float>(MaxInteger(json["bits"].get<int32_t>()));
    if (std::isfinite(r / scaling.max_range)) json["scale"] = ScaleJson({r / scaling.max_range});
  }
  return json;
}

// Reads the weight once more, piece by piece.
Status ValueFacts::AddRounding(VarId source, int32_t bits, const Scales& scales, IntegerRange range, Json* json) {
  const std::optional<size_t> parameter = reader_->Find(NameOf(source));
  if (!parameter || bits < 2 || bits > 16) return {};
  const RecordHeader& header = reader_->parameters()[*parameter].header;
  if (header.data_type != proto::VarType::FP32 ||
      (scales.axis != kWholeTensor && static_cast<size_t>(scales.axis) >= header.dims.size()))
    return {};
  const ChannelLayout layout = ChannelLayout::Of(header.dims, scales.axis);
  if (scales.values.size() != layout.channels) return {};
  std::vector<float> used = scales.values;
  std::replace_if(
      used.begin(), used.end(), [](float s) { return s <= kTinyScale; }, kTinyScale);
  Histogram histogram;
  RoundingError error;
  std::vector<float> q;
  Status status = reader_->ReadData(*parameter, [&](std::string_view bytes) -> Status {
    const std::span<const float> x(reinterpret_cast<const float*>(bytes.data()), bytes.size() / sizeof(float));
    q.resize(x.size());
    Quantize(x, error.count, layout, used, MaxInteger(bits), q, &error, range);
    for (const float integer : q) histogram.Add(static_cast<double>(integer));
    return {};
  });
  if (!status.ok()) return status;
  histogram.Write(bits, json);
  const std::optional<double> sqnr = error.SqnrDb();
  (*json)["sqnr_db"] = sqnr && std::isfinite(*sqnr) ? Json(*sqnr) : Json();
  if (std::isfinite(error.largest)) (*json)["largest_error"] = ShortestDouble(error.largest);
  return {};
}

Status ValueFacts::AddIntegers(VarId source, int32_t bits, Json* json) {
  const std::optional<size_t> parameter = reader_->Find(NameOf(source));
  Histogram histogram;
  Status status;
  if (parameter) {
    VisitElementType(reader_->parameters()[*parameter].header.data_type, [&](auto element) {
      using Element = decltype(element);
      status = reader_->ReadData(*parameter, [&](std::string_view bytes) -> Status {
        for (size_t at = 0; at + sizeof(Element) <= bytes.size(); at += sizeof(Element)) {
          std::memcpy(&element, bytes.data() + at, sizeof(Element));
          histogram.Add(static_cast<double>(NumberOf(element)));
        }
        return {};
      });
    });
  }
  if (!status.ok()) return status;
  const int32_t known = bits >= 2 && bits <= 16 ? bits : histogram.Bits();
  (*json)["bits"] = known;
  if (parameter) histogram.Write(known, json);
  return {};
}

}  // namespace pdquant
