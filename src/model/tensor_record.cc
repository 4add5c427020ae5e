#include "model/tensor_record.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <cstring>
#include <utility>

#include "ir/wire.h"
#include "paddle/data_types.h"
#include "pdquant/framework.pb.h"

namespace pdquant {
namespace {

using TensorDesc = proto::VarType::TensorDesc;

static_assert(std::endian::native == std::endian::little, "the file's numbers are read as they lie in memory");

constexpr uint64_t kMostDescriptionBytes = uint64_t{64} << 10U;  // 9 dims, the most Paddle has, take under 100 bytes

// Where `text` is known to lie in a source.
Status Bad(uint64_t offset, const std::string& text) { return BadInput(text + " at " + HexOffset(offset)); }

// Reads what the header is made of, one part after another, and never past the end of the source.
class HeaderReader {
 public:
  HeaderReader(const ByteSource& source, uint64_t offset) : source_(source), at_(offset) { header_.offset = offset; }

  Status Read() {
    if (Status status = ReadLod(); !status.ok()) return status;
    if (Status status = ReadTensor(); !status.ok()) return status;
    return CheckLod();
  }

  RecordHeader& header() { return header_; }

 private:
  uint64_t left() const { return source_.size() - std::min(source_.size(), at_); }

  Status Need(uint64_t bytes) const {
    if (bytes <= left()) return {};
    return BadInput("needs " + std::to_string(bytes) + " bytes at " + HexOffset(at_) + ", " + std::to_string(left()) +
                    (left() == 1 ? " is left" : " are left"));
  }

  Status Take(std::span<char> into) {
    if (Status status = Need(into.size()); !status.ok()) return status;
    if (Status status = source_.Read(at_, into); !status.ok()) return status;
    at_ += into.size();
    return {};
  }

  template <typename T>
  Status TakeNumber(T* number) {
    std::array<char, sizeof(T)> bytes;
    if (Status status = Take(bytes); !status.ok()) return status;
    std::memcpy(number, bytes.data(), sizeof(T));
    return {};
  }

  // A Vocab (StringMapToStream in string_array.cc of paddlepaddle 2.6.2) begins with a count of entries and the length
  // of the first one, both size_t; no version is 0 then unless it is empty.
  bool LooksLikeVocab() const {
    std::array<char, 16> bytes;
    if (source_.size() - header_.offset < bytes.size() || !source_.Read(header_.offset, bytes).ok()) return false;
    std::array<uint64_t, 2> numbers;
    std::memcpy(numbers.data(), bytes.data(), bytes.size());
    return numbers[0] >> 32U == 0 && numbers[1] != 0 && numbers[1] <= kMostDescriptionBytes;
  }

  Status TakeVersion(const char* of) {
    uint32_t version = 0;
    if (Status status = TakeNumber(&version); !status.ok()) return status;
    if (version == 0) return {};
    const bool vocab = at_ == header_.offset + sizeof(version) && LooksLikeVocab();
    return BadInput(std::string(of) + " version " + std::to_string(version) + " at " +
                    HexOffset(at_ - sizeof(version)) + ", only 0 is known" +
                    (vocab ? "; it looks like a Vocab (string map), which is not read" : ""));
  }

  Status ReadLod() {
    if (Status status = TakeVersion("LoD"); !status.ok()) return status;
    if (Status status = TakeNumber(&header_.lod_levels); !status.ok()) return status;
    if (header_.lod_levels > kMostLodLevels) {
      return Bad(at_ - 8, std::to_string(header_.lod_levels) + " LoD levels, at most " +
                              std::to_string(kMostLodLevels) + " are possible,");
    }
    for (uint64_t level = 0; level < header_.lod_levels; ++level) {
      if (Status status = ReadLevel(level); !status.ok()) return status;
    }
    return {};
  }

  Status ReadLevel(uint64_t level) {
    const std::string name = "LoD level " + std::to_string(level);
    uint64_t bytes = 0;
    if (Status status = TakeNumber(&bytes); !status.ok()) return status;
    if (bytes % 8 != 0 || bytes == 0) {
      return Bad(at_ - 8, name + " has " + std::to_string(bytes) + " bytes, not a multiple of 8 above 0,");
    }
    if (Status status = Need(bytes); !status.ok()) return status;
    if (bytes > kMostLodBytes - std::min<uint64_t>(kMostLodBytes, header_.lod.size() + 8)) {
      return Bad(at_ - 8, name + " has " + std::to_string(bytes) + " bytes, more than is read of a parameter's LoD,");
    }
    std::string& lod = header_.lod;
    lod.append(8, '\0');
    std::memcpy(lod.data() + lod.size() - 8, &bytes, 8);
    const size_t begin = lod.size();
    lod.resize(begin + bytes);
    const uint64_t offset = at_;
    if (Status status = Take({lod.data() + begin, bytes}); !status.ok()) return status;
    return CheckLevel(name, offset, {lod.data() + begin, bytes});
  }

  // The number of the level before this one says how many entries it has.
  Status CheckLevel(const std::string& name, uint64_t offset, std::string_view numbers) {
    const uint64_t entries = numbers.size() / 8;
    if (expected_entries_ && *expected_entries_ != entries - 1) {
      return Bad(offset, name + " divides into " + std::to_string(entries - 1) + " parts, the level before it has " +
                             std::to_string(*expected_entries_));
    }
    uint64_t before = 0;
    for (uint64_t i = 0; i < entries; ++i) {
      uint64_t number = 0;
      std::memcpy(&number, numbers.data() + 8 * i, 8);
      if (i == 0 && number != 0) return Bad(offset, name + " begins with " + std::to_string(number) + ", not with 0,");
      if (number < before) {
        return Bad(offset + 8 * i, name + " falls from " + std::to_string(before) + " to " + std::to_string(number));
      }
      before = number;
    }
    expected_entries_ = before;
    return {};
  }

  Status CheckLod() const {
    if (!expected_entries_) return {};
    const bool fits = !header_.dims.empty() && static_cast<uint64_t>(header_.dims[0]) == *expected_entries_;
    if (fits) return {};
    return Bad(header_.offset, "the LoD ends with " + std::to_string(*expected_entries_) +
                                   ", which is not the first dim of " +
                                   DescribeTensor(header_.data_type, header_.dims) + ", in the record");
  }

  Status ReadTensor() {
    if (Status status = TakeVersion("tensor"); !status.ok()) return status;
    int32_t size = 0;
    if (Status status = TakeNumber(&size); !status.ok()) return status;
    if (size <= 0) return Bad(at_ - 4, "the description of the tensor has " + std::to_string(size) + " bytes,");
    const auto bytes = static_cast<uint64_t>(size);
    if (Status status = Need(bytes); !status.ok()) return status;
    if (bytes > kMostDescriptionBytes) {
      return Bad(at_ - 4, "the description of the tensor has " + std::to_string(bytes) + " bytes, too many to be one,");
    }
    std::string description(bytes, '\0');
    const uint64_t offset = at_;
    if (Status status = Take(description); !status.ok()) return status;
    if (Status status = ReadDescription(description, offset); !status.ok()) return status;
    header_.data_offset = at_;
    return Need(header_.data_bytes);
  }

  // A TensorDesc.
  Status ReadDescription(std::string_view description, uint64_t offset) {
    FieldReader reader(description);
    Field field;
    bool has_type = false;
    bool dims_end = true;
    while (reader.Next(&field)) {
      if (field.Is(TensorDesc::kDataTypeFieldNumber, WireType::kVarint)) {
        header_.data_type = static_cast<int32_t>(field.value);
        has_type = true;
      } else if (field.Is(TensorDesc::kDimsFieldNumber, WireType::kVarint)) {
        header_.dims.push_back(static_cast<int64_t>(field.value));
      } else if (field.Is(TensorDesc::kDimsFieldNumber, WireType::kBytes)) {
        dims_end = dims_end && TakePacked(field.bytes);
      }
    }
    if (reader.error() != nullptr || !dims_end) return Bad(offset, "no description of a tensor (TensorDesc)");
    if (!has_type) return Bad(offset, "the description of the tensor has no data_type,");
    if (!ElementSize(header_.data_type)) {
      return Bad(offset, DataTypeName(header_.data_type) + " is no type of elements,");
    }
    const std::optional<uint64_t> data = DataBytes(header_.data_type, header_.dims);
    if (!data) return Bad(offset, DescribeTensor(header_.data_type, header_.dims) + " is no possible shape,");
    header_.data_bytes = *data;
    return {};
  }

  bool TakePacked(std::string_view numbers) {
    const char* position = numbers.data();
    const char* end = position + numbers.size();
    while (position < end) {
      uint64_t number = 0;
      if (!ReadVarint(&position, end, 10, &number)) return false;
      header_.dims.push_back(static_cast<int64_t>(number));
    }
    return true;
  }

  const ByteSource& source_;
  uint64_t at_;
  RecordHeader header_;
  std::optional<uint64_t> expected_entries_;  // parts of the next level, or of the first dim
};

template <typename T>
void AppendNumber(T number, std::string* out) {
  std::array<char, sizeof(T)> bytes;
  std::memcpy(bytes.data(), &number, sizeof(T));
  out->append(bytes.data(), bytes.size());
}

}  // namespace

std::string HexOffset(uint64_t offset) {
  std::array<char, 20> text;
  static_cast<void>(std::snprintf(text.data(), text.size(), "0x%llx", static_cast<unsigned long long>(offset)));
  return text.data();
}

Result<RecordHeader> ReadRecordHeader(const ByteSource& source, uint64_t offset) {
  HeaderReader reader(source, offset);
  if (Status status = reader.Read(); !status.ok()) return status;
  return std::move(reader.header());
}

std::string EncodeRecordHeader(const RecordHeader& header) {
  std::string description;
  AppendVarintField(TensorDesc::kDataTypeFieldNumber, static_cast<uint64_t>(static_cast<int64_t>(header.data_type)),
                    &description);
  for (const int64_t dim : header.dims)
    AppendVarintField(TensorDesc::kDimsFieldNumber, static_cast<uint64_t>(dim), &description);
  std::string out;
  AppendNumber(uint32_t{0}, &out);
  AppendNumber(header.lod_levels, &out);
  out += header.lod;
  AppendNumber(uint32_t{0}, &out);
  AppendNumber(static_cast<int32_t>(description.size()), &out);
  return out + description;
}

}  // namespace pdquant
