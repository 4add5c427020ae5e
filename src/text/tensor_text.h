// Parameters as text: what they are, and in short what they hold.
#ifndef PDQUANT_TEXT_TENSOR_TEXT_H_
#define PDQUANT_TEXT_TENSOR_TEXT_H_

#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "model/parameter_reader.h"
#include "model/tensor_record.h"
#include "pdquant/framework.pb.h"

namespace pdquant {

// 16-bit floating point numbers, which C++ doesn't have: IEEE 754 binary16, and the upper half of a binary32.
struct Half {
  uint16_t bits;
};
struct Bfloat {
  uint16_t bits;
};

// The number that an element stands for.
template <typename Stored>
Stored NumberOf(Stored stored) {
  return stored;
}
inline float NumberOf(Half half) {
  const uint32_t sign = (half.bits & 0x8000U) << 16U;
  const uint32_t exponent = half.bits >> 10U & 31U;
  const uint32_t fraction = half.bits & 0x3FFU;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7F800000U | fraction << 13U);
  const float magnitude = exponent == 0
                              ? std::ldexp(static_cast<float>(fraction), -24)
                              : std::ldexp(static_cast<float>(fraction | 0x400U), static_cast<int>(exponent) - 25);
  return sign == 0 ? magnitude : -magnitude;
}
inline float NumberOf(Bfloat bfloat) { return std::bit_cast<float>(static_cast<uint32_t>(bfloat.bits) << 16U); }

// Calls `visit` with a value of the C++ type in which elements of a proto::VarType::Type are stored. It isn't called
// for complex numbers and for what is no number.
template <typename F>
void VisitElementType(int32_t data_type, F&& visit) {
  switch (data_type) {
    case proto::VarType::BOOL:
    case proto::VarType::UINT8:
      return visit(uint8_t{});
    case proto::VarType::INT8:
      return visit(int8_t{});
    case proto::VarType::INT16:
      return visit(int16_t{});
    case proto::VarType::INT32:
      return visit(int32_t{});
    case proto::VarType::INT64:
      return visit(int64_t{});
    case proto::VarType::SIZE_T:
      return visit(uint64_t{});
    case proto::VarType::FP16:
      return visit(Half{});
    case proto::VarType::BF16:
      return visit(Bfloat{});
    case proto::VarType::FP32:
      return visit(float{});
    case proto::VarType::FP64:
      return visit(double{});
    default:
      return;
  }
}

// What a tensor holds, in short.
struct TensorSummary {
  std::string hash;  // XXH3-128 of the data, 32 hexadecimal digits
  // Of the values that are numbers, exact; empty where there are none, and for complex numbers.
  std::string min;
  std::string max;
  uint64_t nan_count = 0;
};

// Takes the data of one tensor in pieces of any size.
class TensorDigest {
 public:
  // A proto::VarType::Type.
  explicit TensorDigest(int32_t data_type);
  TensorDigest(const TensorDigest&) = delete;
  TensorDigest& operator=(const TensorDigest&) = delete;
  ~TensorDigest();

  void Add(std::string_view bytes);
  TensorSummary Finish() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A tensor of a parameter file or of a model.
struct StoredTensor {
  uint64_t number = 0;
  std::string name;  // empty where the file doesn't say
  RecordHeader header;
  TensorSummary summary;
};

// Takes a tensor; false where it wants no more.
using TensorSink = std::function<bool(const StoredTensor&)>;

// All records of a file that has no names. Reads each byte once. Errors: kIo; kBadInput for what is no record, with the
// records before it handed over.
Status ForEachRecord(const ByteSource& source, const TensorSink& take);

// All parameters of a model, in the order of their names.
Status ForEachParameter(ParameterReader* reader, const TensorSink& take);

// The canonical text: one property a line.
//
//   record 0 conv2d_0.w_0
//     offset: 0x0
//     type: FP32 [20, 1, 5, 5]
//     hash: 3d5b…
//     min: -0.51
//     max: 0.48
void AppendTensor(const StoredTensor& tensor, std::string* out);

// One tensor on a line: "0 conv2d_0.w_0 FP32 [20, 1, 5, 5] at 0x0, 2000 bytes, -0.51 to 0.48, hash 3d5b…".
void AppendTensorLine(const StoredTensor& tensor, std::string* out);

// A parameter that a program wants, on a line: "conv2d_0.w_0 FP32 [20, 1, 5, 5], 2000 bytes".
void AppendDeclaredParameter(const ParameterVariable& variable, std::string* out);

// "FP32 [20, 1, 5, 5]": uncut, however many dimensions there are.
std::string TensorTypeText(int32_t data_type, const std::vector<int64_t>& dims);

}  // namespace pdquant

#endif  // PDQUANT_TEXT_TENSOR_TEXT_H_
