// What the runtimes of quantized programs take and refuse: one row for each, with the place in the runtime's source
// that decides it.
#ifndef PDQUANT_PADDLE_RUNTIMES_RUNTIMES_H_
#define PDQUANT_PADDLE_RUNTIMES_RUNTIMES_H_

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace pdquant {

enum class Target : uint8_t {
  kPaddle,    // Paddle Inference as it is, on CPU or GPU
  kOneDnn,    // Paddle Inference with enable_mkldnn_int8
  kTensorRt,  // Paddle Inference with TensorRT
  kLite,      // Paddle-Lite
  kOnnx,      // Paddle2ONNX, then ONNX Runtime
};

struct Runtime {
  Target target;
  std::string_view word;  // on the command line
  std::string_view name;
  std::string_view versions;              // that the facts were found in
  std::string_view source;                // the file that decides what is said here, where nothing else is named
  std::span<const int32_t> bits;          // empty for any
  std::span<const std::string_view> ops;  // that may read integers; empty for any
  // Those that it computes with integers, where it takes more; else empty.
  std::span<const std::string_view> integer_ops = {};
  bool legacy = true;                     // takes the fake_* ops
  bool simulated = false;                 // runs quantize and dequantize pairs before an op
  bool fused = false;                     // takes fake_quantize_dequantize_*
  bool stored_scale = true;               // needs scales in the parameters
  bool silent_dynamic_scale = false;      // takes a scale that is found at every run, and computes wrong results
  bool one_bit_length = false;            // for both operands of an op
  bool integers_as_floats = true;         // needs the weights of the legacy frozen form as float32
  bool training = false;                  // runs ops of training
  bool weight_only = false;               // scales back weights that are stored for ops on floats (weight_only.h)
  bool stored_zero_point = false;         // needs the zero point of a weight in the parameters
  bool convolutions_per_channel = false;  // needs the legacy form's products of convolutions scaled channel by channel
  bool residual_sums = false;             // adds integers: elementwise_add of two activations whose scales it knows
  int32_t linear_weight_type = -1;        // of a weight that dequantize_linear reads; -1 for any
  int32_t linear_matrix_axis = -1;        // of a matrix that dequantize_linear reads; -1 for any
  std::string_view float_matmul_source =
      {};  // the file because of which matrix products stay in float; empty: they don't
};

std::span<const Runtime> Runtimes();
const Runtime& RuntimeOf(Target target);
// Of each of them, in their order.
std::vector<std::string_view> RuntimeWords();
// Null for an unknown word.
const Runtime* FindRuntime(std::string_view word);

}  // namespace pdquant

#endif  // PDQUANT_PADDLE_RUNTIMES_RUNTIMES_H_
