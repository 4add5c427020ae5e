// freeze, int8 and undo on any program with any parameters: what comes out of a model that was accepted is a
// well-formed program with finite parameters that fit it, which the next rewrite takes.
#include <optional>
#include <string_view>
#include <utility>

#include "fuzz_target.h"
#include "model_input.h"
#include "model_rewriting.h"
#include "program_expectations.h"
#include "quantize/freeze/model_rewrite.h"

namespace pdquant::fuzz {
namespace {

// Nothing where the model is refused.
std::optional<Model> Do(ModelRewrite rewrite, const Model& model) {
  return Rewrite(model, [rewrite](Program program, ParameterValues* values, Findings* findings) {
    return RewriteModel({rewrite}, std::move(program), values, findings);
  });
}

void TestOneInput(std::string_view bytes) {
  const std::optional<ModelInput> input = ModelInput::Decode(bytes);
  if (!input) return;
  const std::optional<Model> read = ReadModel(*input);
  if (!read) return;
  const Model& model = *read;
  if (input->first() == 2) {
    Do(ModelRewrite::kUndo, model);
    return;
  }
  std::optional<Model> frozen = model;
  if (input->first() == 0) frozen = Do(ModelRewrite::kFreeze, model);
  if (!frozen) return;
  if (input->first() == 0 && Do(ModelRewrite::kFreeze, *frozen)) Die("frozen twice");
  const std::optional<Model> integers = Do(ModelRewrite::kInt8, *frozen);
  Do(ModelRewrite::kUndo, *frozen);
  if (integers) Do(ModelRewrite::kUndo, *integers);
}

}  // namespace
}  // namespace pdquant::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pdquant::fuzz::TestOneInput({reinterpret_cast<const char*>(data), size});
  return 0;
}
