#include "text/tensor_digest.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "paddle/tensor_type.h"
#include "pdquant/framework.pb.h"
#include "text/field_text.h"
#include "text/half.h"

namespace pdquant {
namespace {

struct Half {
  uint16_t bits;
};
struct Bfloat {
  uint16_t bits;
};

template <typename T>
auto ValueOf(T stored) {
  if constexpr (std::is_same_v<T, Half>) {
    return FromHalf(stored.bits);
  } else if constexpr (std::is_same_v<T, Bfloat>) {
    return FromBfloat(stored.bits);
  } else {
    return stored;
  }
}

class Range {
 public:
  Range() = default;
  Range(const Range&) = delete;
  Range& operator=(const Range&) = delete;
  virtual ~Range() = default;
  virtual void Add(std::string_view elements) = 0;  // whole ones
  virtual void Describe(TensorFacts* facts) const = 0;
};

template <typename Stored>
class RangeOf : public Range {
 public:
  void Add(std::string_view elements) override {
    for (size_t i = 0; i + sizeof(Stored) <= elements.size(); i += sizeof(Stored)) {
      Stored stored;
      std::memcpy(&stored, elements.data() + i, sizeof(Stored));
      AddValue(ValueOf(stored));
    }
  }

  void Describe(TensorFacts* facts) const override {
    facts->nan_count = nan_count_;
    if (!any_) return;
    facts->min = TextOf(min_);
    facts->max = TextOf(max_);
  }

 private:
  using Value = decltype(ValueOf(Stored()));

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
  switch (data_type) {
    case proto::VarType::BOOL:
    case proto::VarType::UINT8:
      return std::make_unique<RangeOf<uint8_t>>();
    case proto::VarType::INT8:
      return std::make_unique<RangeOf<int8_t>>();
    case proto::VarType::INT16:
      return std::make_unique<RangeOf<int16_t>>();
    case proto::VarType::INT32:
      return std::make_unique<RangeOf<int32_t>>();
    case proto::VarType::INT64:
      return std::make_unique<RangeOf<int64_t>>();
    case proto::VarType::SIZE_T:
      return std::make_unique<RangeOf<uint64_t>>();
    case proto::VarType::FP16:
      return std::make_unique<RangeOf<Half>>();
    case proto::VarType::BF16:
      return std::make_unique<RangeOf<Bfloat>>();
    case proto::VarType::FP32:
      return std::make_unique<RangeOf<float>>();
    case proto::VarType::FP64:
      return std::make_unique<RangeOf<double>>();
    default:
      return nullptr;
  }
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

TensorFacts TensorDigest::Finish() const {
  TensorFacts facts;
  const XXH128_hash_t hash = XXH3_128bits_digest(&state_->hash);
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, hash);
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const unsigned char byte : canonical.digest) facts.hash += {kDigits[byte >> 4U], kDigits[byte & 15U]};
  if (state_->range != nullptr) state_->range->Describe(&facts);
  return facts;
}

}  // namespace pdquant
