#include "model_rewriting.h"

#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#include "fuzz_target.h"
#include "pdquant/framework.pb.h"
#include "program_expectations.h"
#include "program_mutator.h"
#include "quantize/weights/model_parameters.h"

namespace pdquant::fuzz {
namespace {

void ExpectFinite(const std::string& name, std::string_view bytes) {
  std::vector<float> values(bytes.size() / sizeof(float));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  for (const float value : values) {
    if (!std::isfinite(value)) Die("a number that is not finite was written into " + name);
  }
}

std::string Write(const OutputParameter& parameter) {
  std::string bytes;
  const ByteSink append = [&](std::string_view piece) {
    bytes += piece;
    return Status();
  };
  if (parameter.copied != nullptr) {
    if (!parameter.copied->ReadRecord(parameter.copied_parameter, append).ok()) Die("a parameter can't be copied");
    return bytes;
  }
  if (!parameter.produce(append).ok()) Die("a parameter can't be made");
  if (parameter.header.data_type == proto::VarType::FP32) ExpectFinite(parameter.name, bytes);
  return EncodeRecordHeader(parameter.header) + bytes;
}

}  // namespace

std::optional<Model> ReadModel(const ModelInput& input) {
  Model model{input.program, input.parameters};
  if (!input.makes_parameters()) return model;
  const std::optional<Program> program = Load(model.program);
  if (!program) return std::nullopt;
  model.parameters = MakeParameters(*program);
  return model;
}

std::optional<Model> Rewrite(const Model& model, const ModelRewriter& rewrite) {
  std::optional<Program> program = Load(model.program);
  if (!program) return std::nullopt;
  ParametersInMemory parameters(model.parameters, *program);
  if (parameters.reader() == nullptr) return std::nullopt;
  FileParameterValues values(parameters.reader());
  Findings findings;
  Result<RewrittenModel> result = rewrite(std::move(*program), &values, &findings);
  if (!result.ok()) {
    ExpectRefusal(result.status(), findings);
    return std::nullopt;
  }
  ExpectWellFormed(std::string(result->program.bytes()));
  std::vector<WeightLine> lines;
  const auto made = MakeParameters(result->program, result->parameters, parameters.reader(), &lines, &findings);
  if (!made.ok()) {
    ExpectRefusal(made.status(), findings);
    return std::nullopt;
  }
  Model out{std::string(result->program.bytes()), ""};
  for (const OutputParameter& parameter : *made) out.parameters += Write(parameter);
  ParametersInMemory again(out.parameters, result->program);
  if (again.reader() == nullptr) Die("the parameters don't fit the program");
  return out;
}

}  // namespace pdquant::fuzz

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned int seed) {
  std::optional<pdquant::fuzz::ModelInput> input =
      pdquant::fuzz::ModelInput::Decode({reinterpret_cast<const char*>(data), size});
  if (!input || seed % 8 == 0) return LLVMFuzzerMutate(data, size, max_size);
  if (!pdquant::fuzz::MutateProgram(seed, &input->program)) return LLVMFuzzerMutate(data, size, max_size);
  if (seed % 8 == 1) input->options = static_cast<uint8_t>(seed / 8);
  if (input->makes_parameters()) input->parameters.clear();
  return pdquant::fuzz::HandBack(input->Encode(), data, size, max_size);
}
