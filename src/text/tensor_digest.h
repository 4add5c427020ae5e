// What a tensor holds, in short: a hash, the smallest and the largest value.
#ifndef PDQUANT_TEXT_TENSOR_DIGEST_H_
#define PDQUANT_TEXT_TENSOR_DIGEST_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace pdquant {

struct TensorFacts {
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
  TensorFacts Finish() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace pdquant

#endif  // PDQUANT_TEXT_TENSOR_DIGEST_H_
