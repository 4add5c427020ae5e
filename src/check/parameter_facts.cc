#include "check/parameter_facts.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/find_row.h"
#include "pdquant/framework.pb.h"

namespace pdquant {
namespace {

void Note(FirstValue* first, bool holds, uint64_t index, double value) {
  if (holds && !first->found()) *first = {index, value};
}

// Which columns of a matrix have something but zeros, as far as it was read.
struct Columns {
  std::vector<uint8_t> used;
  size_t next = 0;

  void Note(bool is_zero) {
    if (used.empty()) return;
    if (!is_zero) used[next] = 1;
    if (++next == used.size()) next = 0;
  }
};

template <typename T>
void Add(std::string_view bytes, ParameterFacts* facts, Columns* columns) {
  for (size_t at = 0; at + sizeof(T) <= bytes.size(); at += sizeof(T)) {
    T raw;
    std::memcpy(&raw, bytes.data() + at, sizeof(T));
    const auto value = static_cast<double>(raw);
    const uint64_t index = facts->count++;
    if (index == 0) facts->first = value;
    columns->Note(value == 0);
    if (!std::isfinite(value)) {
      Note(&facts->not_finite, true, index, value);
      continue;
    }
    facts->max_abs = std::max(facts->max_abs, std::fabs(value));
    facts->min_abs = std::min(facts->min_abs, std::fabs(value));
    Note(&facts->negative, value < 0, index, value);
    Note(&facts->fraction, value != std::trunc(value), index, value);
  }
}

// Half floats: only whether all bits of the exponent are set, which means an infinity or no number.
void AddHalf(std::string_view bytes, uint16_t exponent, ParameterFacts* facts) {
  for (size_t at = 0; at + 2 <= bytes.size(); at += 2) {
    uint16_t raw;
    std::memcpy(&raw, bytes.data() + at, 2);
    const uint64_t index = facts->count++;
    const bool is_nan = (raw & static_cast<uint16_t>(~exponent & 0x7FFFU)) != 0;
    const double value = is_nan ? std::numeric_limits<double>::quiet_NaN() : std::numeric_limits<double>::infinity();
    Note(&facts->not_finite, (raw & exponent) == exponent, index, value);
  }
}

void AddBytes(int32_t type, std::string_view bytes, ParameterFacts* facts, Columns* columns) {
  switch (type) {
    case proto::VarType::FP32:
      return Add<float>(bytes, facts, columns);
    case proto::VarType::FP64:
      return Add<double>(bytes, facts, columns);
    case proto::VarType::INT8:
      return Add<int8_t>(bytes, facts, columns);
    case proto::VarType::INT16:
      return Add<int16_t>(bytes, facts, columns);
    case proto::VarType::INT32:
      return Add<int32_t>(bytes, facts, columns);
    case proto::VarType::FP16:
      return AddHalf(bytes, 0x7C00, facts);
    case proto::VarType::BF16:
      return AddHalf(bytes, 0x7F80, facts);
    default:
      break;
  }
}

}  // namespace

Result<std::vector<ParameterFacts>> ReadParameterFacts(ParameterReader* reader) {
  std::vector<ParameterFacts> all(reader->parameters().size());
  for (size_t i = 0; i < all.size(); ++i) {
    const RecordHeader& header = reader->parameters()[i].header;
    Columns columns;
    // A tensor without elements may claim any number of columns.
    if (header.dims.size() == 2 && header.data_bytes != 0) columns.used.resize(static_cast<size_t>(header.dims[1]));
    const Status status = reader->ReadData(i, [&](std::string_view bytes) -> Status {
      AddBytes(header.data_type, bytes, &all[i], &columns);
      return {};
    });
    if (!status.ok()) return status;
    all[i].zero_column = all[i].count != 0 && Contains(columns.used, 0);
  }
  return all;
}

}  // namespace pdquant
