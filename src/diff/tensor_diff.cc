#include "diff/tensor_diff.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/escape.h"
#include "base/words.h"
#include "paddle/data_types.h"
#include "pdquant/framework.pb.h"
#include "text/field_text.h"
#include "text/tensor_text.h"

namespace pdquant {
namespace {

constexpr size_t kPiece = size_t{1} << 20U;  // a multiple of every element's size

// What has been found up to now.
struct Tally {
  double tolerance;
  uint64_t differing = 0;
  uint64_t one_nan = 0;
  bool any = false;
  double largest = 0;
  double sum = 0;
  uint64_t where = 0;
  double value_a = 0;
  double value_b = 0;

  void Add(double a, double b, uint64_t position) {
    const bool nan_a = std::isnan(a);
    const bool nan_b = std::isnan(b);
    if (nan_a || nan_b) {
      if (nan_a && nan_b && tolerance > 0) return;
      ++differing;
      one_nan += nan_a != nan_b ? 1U : 0U;
      return;
    }
    const double distance = std::abs(a - b);
    sum += distance;
    if (tolerance > 0 && distance <= tolerance) return;
    ++differing;
    if (any && distance <= largest) return;
    any = true;
    largest = distance;
    where = position;
    value_a = a;
    value_b = b;
  }
};

using CompareElements = void (*)(std::span<const char> a, std::span<const char> b, uint64_t first, Tally* tally);

template <typename Stored>
void Compare(std::span<const char> a, std::span<const char> b, uint64_t first, Tally* tally) {
  for (size_t i = 0; i + sizeof(Stored) <= a.size(); i += sizeof(Stored)) {
    if (std::memcmp(a.data() + i, b.data() + i, sizeof(Stored)) == 0) continue;
    Stored x;
    Stored y;
    std::memcpy(&x, a.data() + i, sizeof(Stored));
    std::memcpy(&y, b.data() + i, sizeof(Stored));
    tally->Add(static_cast<double>(NumberOf(x)), static_cast<double>(NumberOf(y)), first + i / sizeof(Stored));
  }
}

// Null for what isn't a number.
CompareElements ComparerOf(int32_t data_type) {
  CompareElements compare = nullptr;
  VisitElementType(data_type, [&]<typename Stored>(Stored) { compare = Compare<Stored>; });
  return compare;
}

// The index of an element by its position.
std::vector<int64_t> Unravel(uint64_t position, const std::vector<int64_t>& dims) {
  std::vector<int64_t> index(dims.size());
  for (size_t i = dims.size(); i-- > 0;) {
    const auto size = static_cast<uint64_t>(std::max<int64_t>(dims[i], 1));
    index[i] = static_cast<int64_t>(position % size);
    position /= size;
  }
  return index;
}

// A 32-bit or shorter number is written as one.
std::string ValueText(double value, int32_t data_type) {
  std::string text;
  if (data_type == proto::VarType::FP64) {
    AppendNumber(value, &text);
  } else if (std::isfinite(value) && value == std::trunc(value) && std::abs(value) < 1e15) {
    text = std::to_string(static_cast<int64_t>(value));
  } else {
    AppendNumber(static_cast<float>(value), &text);
  }
  return text;
}

// Of two tensors of one type and shape.
Status CompareData(const ComparedTensor& a, const ComparedTensor& b, Tally* tally) {
  const uint64_t bytes = a.header->data_bytes;
  const uint32_t size = ElementSize(a.header->data_type).value_or(1);
  const CompareElements compare = ComparerOf(a.header->data_type);
  std::vector<char> piece_a(std::min<uint64_t>(kPiece, bytes));
  std::vector<char> piece_b(piece_a.size());
  for (uint64_t begin = 0; begin < bytes; begin += kPiece) {
    const size_t length = std::min<uint64_t>(kPiece, bytes - begin);
    const std::span<char> part_a(piece_a.data(), length);
    const std::span<char> part_b(piece_b.data(), length);
    if (Status status = a.read(begin, part_a); !status.ok()) return status;
    if (Status status = b.read(begin, part_b); !status.ok()) return status;
    if (std::memcmp(part_a.data(), part_b.data(), length) == 0) continue;
    if (compare != nullptr) {
      compare(part_a, part_b, begin / size, tally);
    } else {
      for (size_t i = 0; i < length; i += size) {
        if (std::memcmp(part_a.data() + i, part_b.data() + i, size) != 0) ++tally->differing;
      }
    }
  }
  return {};
}

std::string Short(double value) {
  std::string text;
  AppendNumber(static_cast<float>(value), &text);
  return text;
}

}  // namespace

Result<std::optional<TensorChange>> CompareTensors(const ComparedTensor& a, const ComparedTensor& b, double tolerance) {
  TensorChange change;
  change.name_a = a.name;
  change.name_b = b.name;
  change.number = a.header != nullptr ? a.number : b.number;
  if (a.header != nullptr) change.type_a = TensorTypeText(a.header->data_type, a.header->dims);
  if (b.header != nullptr) change.type_b = TensorTypeText(b.header->data_type, b.header->dims);
  if (a.header == nullptr || b.header == nullptr) return std::optional(std::move(change));
  change.type_differs = change.type_a != change.type_b;
  change.lod_differs = a.header->lod != b.header->lod || a.header->lod_levels != b.header->lod_levels;
  if (change.type_differs) return std::optional(std::move(change));
  change.values = a.header->data_bytes / ElementSize(a.header->data_type).value_or(1);
  Tally tally = {tolerance};
  if (Status status = CompareData(a, b, &tally); !status.ok()) return status;
  if (tally.differing == 0 && !change.lod_differs) return std::optional<TensorChange>();
  change.differing = tally.differing;
  change.one_nan = tally.one_nan;
  change.has_largest = tally.any;
  change.largest = tally.largest;
  change.mean = change.values == 0 ? 0 : tally.sum / static_cast<double>(change.values);
  if (tally.any) {
    change.where = Unravel(tally.where, a.header->dims);
    change.value_a = ValueText(tally.value_a, a.header->data_type);
    change.value_b = ValueText(tally.value_b, a.header->data_type);
  }
  return std::optional(std::move(change));
}

std::string DescribeTensorChange(const TensorChange& change) {
  if (!change.type_a) return change.type_b.value_or("");
  if (!change.type_b) return *change.type_a;
  if (change.type_differs) return "type: " + *change.type_a + " -> " + *change.type_b;
  std::string text;
  if (change.differing != 0) {
    text = std::to_string(change.differing) + " of " + Counted(change.values, "value") + " differ";
    if (change.differing == 1) text += "s";
  }
  if (change.has_largest) {
    std::string index;
    for (const int64_t i : change.where) index += (index.empty() ? "" : ", ") + std::to_string(i);
    text += ", by " + Short(change.largest) + " at most at [" + index + "] (" + change.value_a + " -> " +
            change.value_b + "), by " + Short(change.mean) + " on average";
  }
  if (change.one_nan != 0) text += ", " + std::to_string(change.one_nan) + " of them NaN on one side only";
  if (change.lod_differs) text += text.empty() ? "LoD differs" : ", LoD differs";
  return text;
}

std::string NameTensorChange(const TensorChange& change) {
  const std::string& name = change.name_a.empty() ? change.name_b : change.name_a;
  std::string text = "tensor ";
  if (name.empty()) return text + std::to_string(change.number);
  AppendName(name, &text);
  if (!change.name_a.empty() && !change.name_b.empty() && change.name_a != change.name_b) {
    text += " -> ";
    AppendName(change.name_b, &text);
  }
  return text;
}

}  // namespace pdquant
