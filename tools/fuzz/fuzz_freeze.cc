// freeze, int8 and undo on any program with any parameters: what comes out of a model that was accepted is a
// well-formed program with finite parameters that fit it, which the next rewrite takes.
#include <google/protobuf/stubs/logging.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "check/check.h"
#include "model/parameter_list.h"
#include "model_input.h"
#include "pdquant/framework.pb.h"
#include "program_mutator.h"
#include "quantize/freeze/model_rewrite.h"
#include "quantize/weights/model_parameters.h"

namespace pdquant::fuzz {
namespace {

[[noreturn]] void Die(const std::string& why) {
  std::fprintf(stderr, "fuzz_freeze: %s\n", why.c_str());
  std::abort();
}

struct Model {
  std::string program;
  std::string parameters;
};

std::optional<Program> Load(const std::string& bytes) {
  Findings findings;
  ScanLimits limits;
  limits.max_ops = 100'000;
  Result<Program> program = Program::Parse(Bytes::Copy(bytes), limits, &findings);
  if (!program.ok() || findings.has_errors()) return std::nullopt;
  return std::move(*program);
}

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

void ExpectWellFormed(const std::string& bytes) {
  proto::ProgramDesc message;
  if (!message.ParseFromString(bytes)) Die("protobuf can't parse what was made");
  const std::optional<Program> program = Load(bytes);
  if (!program) Die("what was made can't be loaded");
  Findings findings;
  CheckProgram(Index(*program), &findings);
  for (const Finding& finding : findings.all()) {
    if (finding.level == Level::kError) Die("unsound: " + ToString(finding.place) + ": " + finding.text);
  }
}

// Nothing where the model is refused.
std::optional<Model> Rewrite(ModelRewrite rewrite, const Model& model) {
  std::optional<Program> program = Load(model.program);
  if (!program) return std::nullopt;
  ParametersInMemory parameters(model.parameters, *program);
  if (parameters.reader() == nullptr) return std::nullopt;
  FileParameterValues values(parameters.reader());
  Findings findings;
  Result<RewrittenModel> result = RewriteModel({rewrite}, std::move(*program), &values, &findings);
  if (!result.ok()) {
    if (result.status().code() != StatusCode::kBadInput) Die(result.status().message());
    if (!findings.has_errors()) Die("refused without a finding: " + result.status().message());
    return std::nullopt;
  }
  ExpectWellFormed(std::string(result->program.bytes()));
  std::vector<WeightLine> lines;
  const auto made = MakeParameters(result->program, result->parameters, parameters.reader(), &lines, &findings);
  if (!made.ok()) Die(made.status().message());
  Model out{std::string(result->program.bytes()), ""};
  for (const OutputParameter& parameter : *made) out.parameters += Write(parameter);
  ParametersInMemory again(out.parameters, result->program);
  if (again.reader() == nullptr) Die("the parameters don't fit the program");
  return out;
}

void TestOneInput(std::string_view bytes) {
  const std::optional<ModelInput> input = ModelInput::Decode(bytes);
  if (!input) return;
  Model model{input->program, input->parameters};
  if (input->makes_parameters()) {
    const std::optional<Program> program = Load(model.program);
    if (!program) return;
    model.parameters = MakeParameters(*program);
  }
  if (input->first() == 2) {
    Rewrite(ModelRewrite::kUndo, model);
    return;
  }
  std::optional<Model> frozen = model;
  if (input->first() == 0) frozen = Rewrite(ModelRewrite::kFreeze, model);
  if (!frozen) return;
  if (input->first() == 0 && Rewrite(ModelRewrite::kFreeze, *frozen)) Die("frozen twice");
  const std::optional<Model> integers = Rewrite(ModelRewrite::kInt8, *frozen);
  Rewrite(ModelRewrite::kUndo, *frozen);
  if (integers) Rewrite(ModelRewrite::kUndo, *integers);
}

}  // namespace
}  // namespace pdquant::fuzz

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  google::protobuf::SetLogHandler(nullptr);
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned int seed) {
  std::optional<pdquant::fuzz::ModelInput> input =
      pdquant::fuzz::ModelInput::Decode({reinterpret_cast<const char*>(data), size});
  if (!input || seed % 8 == 0) return LLVMFuzzerMutate(data, size, max_size);
  pdquant::proto::ProgramDesc message;
  if (!message.ParsePartialFromString(input->program)) return LLVMFuzzerMutate(data, size, max_size);
  if (seed % 8 == 1) input->options = static_cast<uint8_t>(seed / 8);
  pdquant::fuzz::MutateProgram(seed, &message);
  input->program = message.SerializePartialAsString();
  if (input->makes_parameters()) input->parameters.clear();
  const std::string encoded = input->Encode();
  if (encoded.size() > max_size) return size;
  std::memcpy(data, encoded.data(), encoded.size());
  return encoded.size();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pdquant::fuzz::TestOneInput({reinterpret_cast<const char*>(data), size});
  return 0;
}
