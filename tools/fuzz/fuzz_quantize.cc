// observe, weights, quantize and convert on any program with any parameters: what comes out of a model that was
// accepted is a well-formed program with finite parameters that fit it; what quantize made converts to the other form,
// and back.
#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "fuzz_target.h"
#include "model/scales_file.h"
#include "model_input.h"
#include "model_rewriting.h"
#include "program_expectations.h"
#include "quantize/convert/convert_model.h"
#include "quantize/freeze/model_rewrite.h"
#include "quantize/inference/quantize_model.h"
#include "quantize/observe/observe_pass.h"
#include "quantize/pipeline.h"

namespace pdquant::fuzz {
namespace {

constexpr std::array kTargets = {Target::kPaddle, Target::kOneDnn, Target::kTensorRt, Target::kLite, Target::kOnnx};

// What the options of an input say, but for their first bit.
struct Request {
  explicit Request(uint8_t options)
      : command(options / 2U % 4U), per_channel((options & 64U) != 0), fold((options & 128U) != 0) {
    const size_t number = options / 8U % 8U;
    if (number < kTargets.size()) target = kTargets[number];
  }

  unsigned command;
  bool per_channel;
  bool fold;
  std::optional<Target> target;
};

// A threshold for each variable of the program.
std::optional<ScalesFile> ScalesFor(const Program& program) {
  nlohmann::json scales = nlohmann::json::object();
  for (size_t i = 0; i < program.var_count(); ++i)
    scales[std::string(program.var(i).name())] = static_cast<double>(i % 5 + 1) / 2;
  Result<ScalesFile> read =
      ScalesFile::Parse("scales", scales.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  if (!read.ok()) return std::nullopt;
  return std::move(*read);
}

std::optional<Model> Convert(const Model& model, QuantizationForm form) {
  return Rewrite(model, [form](Program program, ParameterValues* values, Findings* findings) {
    return ConvertModel(std::move(program), {form, std::nullopt}, values, findings);
  });
}

void Observe(const Model& model, bool portable) {
  std::optional<Program> program = Load(model.program);
  if (!program) return;
  ObserveOptions options;
  options.portable = portable;
  if (portable)
    options.limit_of = [](std::string_view name) { return std::optional(name.size() % 3 == 0 ? 0.0F : 2.5F); };
  ObservePass pass(&options);
  Findings findings;
  Pipeline pipeline(std::move(*program), std::nullopt, &findings, nullptr);
  const std::array<Pass*, 1> passes = {&pass};
  const Status status = pipeline.Run(passes);
  if (!status.ok()) return ExpectRefusal(status, findings);
  const Result<Program> made = pipeline.TakeMain();
  if (!made.ok()) Die(made.status().message());
  ExpectWellFormed(std::string(made->bytes()));
}

void QuantizeAndConvert(const Model& model, QuantizationForm form, const Request& request) {
  const std::optional<Program> program = Load(model.program);
  if (!program) return;
  const std::optional<ScalesFile> scales = ScalesFor(*program);
  if (!scales) return;
  QuantizeOptions options;
  options.form = form;
  options.target = request.target;
  options.per_channel = request.per_channel;
  options.fold_batch_norm = request.fold;
  if (!Validate(options).ok()) return;
  const std::optional<Model> quantized =
      Rewrite(model, [&](Program input, ParameterValues* values, Findings* findings) {
        return QuantizeModel(std::move(input), options, *scales, values, findings);
      });
  if (!quantized) return;
  const bool legacy = form == QuantizationForm::kLegacy;
  const std::optional<Model> other =
      Convert(*quantized, legacy ? QuantizationForm::kLinear : QuantizationForm::kLegacy);
  if (other) Convert(*other, form);
}

void TestOneInput(std::string_view bytes) {
  const std::optional<ModelInput> input = ModelInput::Decode(bytes);
  if (!input) return;
  const std::optional<Model> model = ReadModel(*input);
  if (!model) return;
  const Request request(input->options);
  switch (request.command) {
    case 0:
      return QuantizeAndConvert(*model, QuantizationForm::kLegacy, request);
    case 1:
      return QuantizeAndConvert(*model, QuantizationForm::kLinear, request);
    case 2:
      return Observe(*model, request.per_channel);
    default:
      Rewrite(*model, [](Program program, ParameterValues* values, Findings* findings) {
        return RewriteModel({ModelRewrite::kWeights}, std::move(program), values, findings);
      });
  }
}

}  // namespace
}  // namespace pdquant::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pdquant::fuzz::TestOneInput({reinterpret_cast<const char*>(data), size});
  return 0;
}
