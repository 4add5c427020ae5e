// One record of a parameter file, a LoDTensor as Paddle writes it. Source: SerializeToStream in lod_tensor.cc and
// TensorToStream in tensor_util.cc of paddlepaddle 1.8.5 and 2.6.2. Little-endian:
//   uint32 0 | uint64 levels | levels × (uint64 bytes, uint64 offsets…) | uint32 0 | int32 size | TensorDesc | data
#ifndef PDQUANT_MODEL_TENSOR_RECORD_H_
#define PDQUANT_MODEL_TENSOR_RECORD_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "model/byte_source.h"

namespace pdquant {

// What a record says of its data, and where it lies in its file.
struct RecordHeader {
  int32_t data_type = -1;  // a proto::VarType::Type with a known element size
  std::vector<int64_t> dims;
  std::string lod;  // the encoded levels of the LoD, without their number; nearly always empty
  uint64_t lod_levels = 0;

  uint64_t offset = 0;       // of the record
  uint64_t data_offset = 0;  // of the data; all of it lies before the end of the file
  uint64_t data_bytes = 0;
  uint64_t end() const { return data_offset + data_bytes; }
};

// "0x1a".
std::string HexOffset(uint64_t offset);

// Reads the header of the record at `offset`. Whatever the bytes claim, no more memory is taken than kMostLodBytes.
// Errors: kIo; kBadInput, with a text such as "needs 24 bytes at 0x1a, 23 are left", for a record that doesn't fit into
// the source, LoD included.
inline constexpr uint64_t kMostLodLevels = 64;
inline constexpr uint64_t kMostLodBytes = uint64_t{16} << 20U;
Result<RecordHeader> ReadRecordHeader(const ByteSource& source, uint64_t offset);

// All of a record but its data. Only data_type, dims and the LoD count.
std::string EncodeRecordHeader(const RecordHeader& header);

}  // namespace pdquant

#endif  // PDQUANT_MODEL_TENSOR_RECORD_H_
