#include <algorithm>
#include <array>

#include "quantize/freeze/model_passes.h"
#include "quantize/options.h"
#include "quantize/pass.h"
#include "quantize/targets/target_passes.h"

namespace pdquant {
namespace {

template <typename T>
std::unique_ptr<Pass> Make() {
  return std::make_unique<T>();
}

constexpr std::array<PassInfo, 12> kPasses = {{
    {"transpile", "Rewrite a training program for simulated quantization", TranspileOptionTable},
    {"freeze", "Make an inference model with quantized weights of a trained simulation"},
    {"int8", "Store the weights of a frozen model as integers"},
    {"undo", "Bring a simulated, frozen or int8 model back to float"},
    {"weights", "Store weights as integers for ops that compute with floats"},
    {"quantize", "Make an integer model of a float one, with the scales of a calibration"},
    {"observe", "Add an output to a model that says what its activations are"},
    {"fold-batch-norm", "Make each batch_norm behind a convolution a part of its weight and a bias"},
    {"convert", "Bring a quantized model from one form into another, or into what an engine takes"},
    {"restore-threshold", "Give relu6 the attribute that Paddle 2.6 drops", nullptr, Make<RestoreThresholdPass>},
    {"strip-training", "Take out what only the training of scales needs", nullptr, Make<StripTrainingPass>},
    {"remove-unused", "Take out the variables that no op names", nullptr, Make<RemoveUnusedPass>},
}};

}  // namespace

std::span<const PassInfo> Passes() { return kPasses; }

const PassInfo* FindPass(std::string_view name) {
  const auto* found =
      std::find_if(kPasses.begin(), kPasses.end(), [&](const PassInfo& pass) { return pass.name == name; });
  return found == kPasses.end() ? nullptr : found;
}

}  // namespace pdquant
