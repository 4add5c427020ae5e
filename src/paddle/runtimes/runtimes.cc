#include "paddle/runtimes/runtimes.h"

#include <array>

#include "base/find_row.h"
#include "base/words.h"
#include "pdquant/framework.pb.h"

namespace pdquant {
namespace {

constexpr std::array<std::string_view, 5> kOneDnnOps = {"conv2d", "depthwise_conv2d", "mul", "matmul", "matmul_v2"};
constexpr std::array<std::string_view, 6> kTensorRtOps = {"conv2d", "depthwise_conv2d", "conv2d_transpose",
                                                          "mul",    "matmul",           "matmul_v2"};
// Paddle2ONNX's MatMul stays float, and so does ConvTranspose: rounding them would cost accuracy alone.
constexpr std::array<std::string_view, 2> kOnnxOps = {"conv2d", "depthwise_conv2d"};
constexpr std::array<int32_t, 1> kEight = {8};
constexpr std::array<int32_t, 2> kEightOrSixteen = {8, 16};

// In the order of Target.
constexpr std::array<Runtime, 5> kRuntimes = {{
    {.target = Target::kPaddle,
     .word = "paddle",
     .name = "Paddle Inference",
     .versions = "1.8.5, 2.6.2",
     .source = "fake_quantize_op.h",
     .bits = {},
     .ops = {},
     .simulated = true,
     .fused = true,
     .stored_scale = false,
     .training = true},
    {.target = Target::kOneDnn,
     .word = "onednn",
     .name = "oneDNN",
     .versions = "Paddle 2.6.2",
     .source = "quant_dequant_onednn_pass.cc",
     .bits = kEight,
     .ops = kOneDnnOps,
     .silent_dynamic_scale = true},
    {.target = Target::kTensorRt,
     .word = "tensorrt",
     .name = "TensorRT",
     .versions = "Paddle 2.6.2",
     .source = "quant_conv2d_dequant_fuse_pass.cc",
     .bits = kEight,
     .ops = kTensorRtOps,
     .fused = true,
     .one_bit_length = true,
     .stored_zero_point = true,
     .convolutions_per_channel = true,
     .residual_sums = true},
    {.target = Target::kLite,
     .word = "lite",
     .name = "Paddle-Lite",
     .versions = "2.12",
     .source = "quant_dequant_op_fuser.cc",
     .bits = kEightOrSixteen,
     .ops = {},
     .fused = true,
     .one_bit_length = true,
     .integers_as_floats = false,
     .weight_only = true,
     .linear_weight_type = proto::VarType::INT8},
    {.target = Target::kOnnx,
     .word = "onnx",
     .name = "ONNX",
     .versions = "Paddle2ONNX 1.2.11, ONNX Runtime 1.23.2",
     .source = "Paddle2ONNX's quantize_linear.cc",
     .bits = kEight,
     .ops = {},
     .integer_ops = kOnnxOps,
     .legacy = false,
     .linear_matrix_axis = 1,
     .float_matmul_source = "ort_quantize_processor.cc"},
}};

}  // namespace

std::span<const Runtime> Runtimes() { return kRuntimes; }

const Runtime& RuntimeOf(Target target) { return kRuntimes[static_cast<size_t>(target)]; }

std::vector<std::string_view> RuntimeWords() { return WordsOf(kRuntimes, &Runtime::word); }

const Runtime* FindRuntime(std::string_view word) { return FindRow(kRuntimes, &Runtime::word, word); }

}  // namespace pdquant
