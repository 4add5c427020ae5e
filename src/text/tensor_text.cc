#define XXH_INLINE_ALL
#include "text/tensor_text.h"

#include <xxhash.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <utility>

#include "base/escape.h"
#include "base/number_text.h"
#include "base/words.h"
#include "paddle/data_types.h"
#include "text/field_text.h"

namespace pdquant {
namespace {

class Range {
 public:
  Range() = default;
  Range(const Range&) = delete;
  Range& operator=(const Range&) = delete;
  virtual ~Range() = default;
  virtual void Add(std::string_view elements) = 0;  // whole ones
  virtual void Describe(TensorSummary* summary) const = 0;
};

template <typename Stored>
class RangeOf : public Range {
 public:
  void Add(std::string_view elements) override {
    for (size_t i = 0; i + sizeof(Stored) <= elements.size(); i += sizeof(Stored)) {
      Stored stored;
      std::memcpy(&stored, elements.data() + i, sizeof(Stored));
      AddValue(NumberOf(stored));
    }
  }

  void Describe(TensorSummary* summary) const override {
    summary->nan_count = nan_count_;
    if (!any_) return;
    summary->min = TextOf(min_);
    summary->max = TextOf(max_);
  }

 private:
  using Value = decltype(NumberOf(Stored()));

  void AddValue(Value value) {
    if constexpr (std::is_floating_point_v<Value>) {
      if (std::isnan(value)) {
        ++nan_count_;
        return;
      }
    }
    min_ = any_ ? std::min(min_, value) : value;
    max_ = any_ ? std::max(max_, value) : value;
    any_ = true;
  }

  static std::string TextOf(Value value) {
    std::string text;
    if constexpr (std::is_floating_point_v<Value>) {
      AppendNumber(value, &text);
    } else {
      text = std::to_string(value);
    }
    return text;
  }

  Value min_{};
  Value max_{};
  bool any_ = false;
  uint64_t nan_count_ = 0;
};

std::unique_ptr<Range> MakeRange(int32_t data_type) {
  std::unique_ptr<Range> range;
  VisitElementType(data_type, [&]<typename Stored>(Stored) { range = std::make_unique<RangeOf<Stored>>(); });
  return range;
}

constexpr size_t kChunk = size_t{1} << 20U;

std::string LodText(const RecordHeader& header) {
  return header.lod_levels == 0 ? "" : Counted(header.lod_levels, "LoD level");
}

}  // namespace

struct TensorDigest::State {
  XXH3_state_t hash;
  std::unique_ptr<Range> range;
  size_t element = 1;
  std::string rest;  // the beginning of an element
};

TensorDigest::TensorDigest(int32_t data_type) : state_(std::make_unique<State>()) {
  XXH3_128bits_reset(&state_->hash);
  state_->range = MakeRange(data_type);
  state_->element = ElementSize(data_type).value_or(1);
}

TensorDigest::~TensorDigest() = default;

void TensorDigest::Add(std::string_view bytes) {
  XXH3_128bits_update(&state_->hash, bytes.data(), bytes.size());
  if (state_->range == nullptr) return;
  std::string& rest = state_->rest;
  if (!rest.empty()) {
    const size_t taken = std::min(state_->element - rest.size(), bytes.size());
    rest += bytes.substr(0, taken);
    bytes.remove_prefix(taken);
    if (rest.size() < state_->element) return;
    state_->range->Add(rest);
    rest.clear();
  }
  const size_t whole = bytes.size() - bytes.size() % state_->element;
  state_->range->Add(bytes.substr(0, whole));
  rest = bytes.substr(whole);
}

TensorSummary TensorDigest::Finish() const {
  TensorSummary summary;
  const XXH128_hash_t hash = XXH3_128bits_digest(&state_->hash);
  summary.hash = HexDigits(hash.high64, 16) + HexDigits(hash.low64, 16);
  if (state_->range != nullptr) state_->range->Describe(&summary);
  return summary;
}

Status ForEachRecord(const ByteSource& source, const TensorSink& take) {
  std::vector<char> chunk(kChunk);
  StoredTensor tensor;
  for (uint64_t offset = 0; offset < source.size(); offset = tensor.header.end(), ++tensor.number) {
    Result<RecordHeader> header = ReadRecordHeader(source, offset);
    if (!header.ok()) {
      const Status& status = header.status();
      return status.WithMessage("record " + std::to_string(tensor.number) + ": " + status.message());
    }
    tensor.header = std::move(*header);
    TensorDigest digest(tensor.header.data_type);
    for (uint64_t begin = tensor.header.data_offset; begin < tensor.header.end();) {
      const std::span<char> part(chunk.data(), std::min<uint64_t>(chunk.size(), tensor.header.end() - begin));
      if (Status status = source.Read(begin, part); !status.ok()) return status;
      digest.Add({part.data(), part.size()});
      begin += part.size();
    }
    tensor.summary = digest.Finish();
    if (!take(tensor)) return {};
  }
  return {};
}

Status ForEachParameter(ParameterReader* reader, const TensorSink& take) {
  for (size_t i = 0; i < reader->parameters().size(); ++i) {
    const Parameter& parameter = reader->parameters()[i];
    TensorDigest digest(parameter.header.data_type);
    Status status = reader->ReadData(i, [&](std::string_view bytes) {
      digest.Add(bytes);
      return Status();
    });
    if (!status.ok()) return status;
    if (!take({i, parameter.name, parameter.header, digest.Finish()})) return {};
  }
  return {};
}

void AppendTensor(const StoredTensor& tensor, std::string* out) {
  const RecordHeader& header = tensor.header;
  *out += "record " + std::to_string(tensor.number);
  if (!tensor.name.empty()) {
    *out += ' ';
    AppendName(tensor.name, out);
  }
  *out += "\n  offset: " + HexOffset(header.offset);
  *out += "\n  type: " + TensorTypeText(header.data_type, header.dims);
  if (header.lod_levels != 0) {
    TensorDigest lod(-1);
    lod.Add(header.lod);
    *out += "\n  lod: " + LodText(header) + ", hash " + lod.Finish().hash;
  }
  *out += "\n  hash: " + tensor.summary.hash;
  if (!tensor.summary.min.empty()) *out += "\n  min: " + tensor.summary.min + "\n  max: " + tensor.summary.max;
  if (tensor.summary.nan_count != 0) *out += "\n  nan: " + std::to_string(tensor.summary.nan_count);
  *out += '\n';
}

void AppendTensorLine(const StoredTensor& tensor, std::string* out) {
  const RecordHeader& header = tensor.header;
  *out += std::to_string(tensor.number) + ' ';
  if (!tensor.name.empty()) {
    AppendName(tensor.name, out);
    *out += ' ';
  }
  *out += TensorTypeText(header.data_type, header.dims) + " at " + HexOffset(header.offset) + ", " +
          Counted(header.data_bytes, "byte");
  if (header.lod_levels != 0) *out += ", " + LodText(header);
  if (!tensor.summary.min.empty()) *out += ", " + tensor.summary.min + " to " + tensor.summary.max;
  if (tensor.summary.nan_count != 0) *out += ", " + std::to_string(tensor.summary.nan_count) + " NaN";
  *out += ", hash " + tensor.summary.hash + '\n';
}

void AppendDeclaredParameter(const ParameterVariable& variable, std::string* out) {
  AppendName(variable.name, out);
  if (variable.type) {
    *out += ' ' + TensorTypeText(variable.type->data_type, variable.type->dims);
    const auto bytes = DataBytes(variable.type->data_type, variable.type->dims);
    if (bytes) *out += ", " + Counted(*bytes, "byte");
  }
  *out += '\n';
}

std::string TensorTypeText(int32_t data_type, const std::vector<int64_t>& dims) {
  return DataTypeName(data_type) + " [" + Join(dims, ", ") + "]";
}

}  // namespace pdquant
