#include "cli/commands/diff_run.h"

#include <utility>

#include "base/escape.h"
#include "check/check.h"
#include "cli/shell/inputs.h"
#include "diff/diff_text.h"

namespace pdquant {
namespace {

// The parameter of a reader, as one of two to compare.
ComparedTensor SideOf(ParameterReader* reader, std::optional<size_t> parameter) {
  ComparedTensor side;
  if (!parameter) return side;
  const Parameter& found = reader->parameters()[*parameter];
  side.name = found.name;
  side.number = *parameter;
  side.header = &found.header;
  side.read = [reader, number = *parameter](uint64_t begin, std::span<char> into) {
    return reader->ReadPart(number, begin, into);
  };
  return side;
}

ComparedTensor SideOf(const ByteSource& source, const std::optional<RecordHeader>& header, uint64_t number) {
  ComparedTensor side;
  side.number = number;
  if (!header) return side;
  side.header = &*header;
  side.read = [&source, &header](uint64_t begin, std::span<char> into) {
    return source.Read(header->data_offset + begin, into);
  };
  return side;
}

// A program of Paddle 3, with its parameters where they are compared.
Result<DiffInput> OpenPirDiffInput(const std::string& name, bool with_parameters, const std::string& params,
                                   const LoadLimits& limits, Findings* findings) {
  PirInput pir;
  if (Status opened = OpenPir(name, params, limits, findings, &pir); !opened.ok()) return opened;
  DiffInput input;
  input.path = pir.files.program;
  if (with_parameters) {
    Result<std::unique_ptr<ParameterReader>> reader = OpenPirParameters(pir, findings);
    if (!reader.ok()) return reader.status();
    input.content.parameters = std::move(*reader);
  }
  input.content.pir = std::move(pir.program);
  if (Status drawn = DrawPir(&input.content); !drawn.ok()) return drawn;
  return input;
}

}  // namespace

Result<DiffInput> OpenDiffInput(const std::string& name, bool with_parameters, const std::string& params,
                                std::string_view params_option, const LoadLimits& limits, Findings* findings) {
  DiffInput input;
  input.path = name;
  std::optional<ModelFiles> files;
  if (NamesPir(name)) return OpenPirDiffInput(name, with_parameters, params, limits, findings);
  if (NamesModel(name) || (with_parameters && name != "-")) {
    Result<ModelFiles> found = FindModel(name, params, params_option);
    if (!found.ok()) return found.status();
    files = std::move(*found);
    input.path = files->program;
  }
  Result<ShowInput> content = OpenShowInput(input.path, "", limits, findings);
  if (!content.ok()) return content.status();
  input.content = std::move(*content);
  if (input.content.pir) {
    if (with_parameters) return UsageError("--tensors needs the program's file, not standard input");
    if (Status drawn = DrawPir(&input.content); !drawn.ok()) return drawn;
  }
  if (!with_parameters) return input;
  if (!input.content.program) {
    if (params.empty()) return input;
    return UsageError(Quote(params) + " can't be the parameters of " + Quote(name) + ", which is a parameter file");
  }
  if (!files) return UsageError("--tensors needs the program's file, not standard input");
  Result<std::unique_ptr<ParameterReader>> reader =
      OpenParameters(*files, *input.content.program, findings, ParameterNeed::kSome);
  if (!reader.ok()) return reader.status();
  input.content.parameters = std::move(*reader);
  return input;
}

DiffRun::DiffRun(const DiffArguments& arguments, const CommonOptions& common, size_t findings_capacity)
    : arguments_(arguments), common_(common), reported_{Findings(findings_capacity), Findings(findings_capacity)} {}

Status DiffRun::Open(size_t side, const std::string& name) {
  if (name == "/dev/null" && arguments_.git) {
    inputs_[side].is_null = true;
    return {};
  }
  Findings found(common_.all ? 1'000'000 : Findings::kDefaultCapacity);
  Result<DiffInput> input =
      OpenDiffInput(name, arguments_.tensors, side == 0 ? arguments_.params_a : arguments_.params_b,
                    side == 0 ? "--params-a" : "--params-b", common_.limits, &found);
  if (input.ok()) {
    inputs_[side] = std::move(*input);
    const ShowInput& content = inputs_[side].content;
    if (content.program) indexes_[side].emplace(*content.program);
    if (content.program && !content.pir) CheckProgram(*indexes_[side], &found);
  }
  for (Finding finding : found.all()) {
    if (finding.level == Level::kError && input.ok()) finding.level = Level::kWarning;
    reported_[side].Add(std::move(finding));
  }
  return input.ok() ? Status() : input.status();
}

Status DiffRun::Compare(const std::string& a, const std::string& b) {
  result_.paths = {a, b};
  for (size_t side = 0; side < 2; ++side) {
    if (Status status = Open(side, side == 0 ? a : b); !status.ok()) return status;
  }
  if (indexes_[0].has_value() != indexes_[1].has_value()) {
    const size_t program = indexes_[0] ? 0 : 1;
    return BadInput(NameOfInput(result_.paths[program]) + " is a program and " +
                    NameOfInput(result_.paths[1 - program]) + " a parameter file: they can't be compared");
  }
  if (!indexes_[0]) return CompareRecords();
  if (inputs_[0].content.pir.has_value() != inputs_[1].content.pir.has_value()) {
    const size_t pir = inputs_[0].content.pir ? 0 : 1;
    return BadInput(NameOfInput(result_.paths[pir]) + " is a program of Paddle 3 (PIR) and " +
                    NameOfInput(result_.paths[1 - pir]) +
                    " a ProgramDesc: make one of it first, with 'pdquant import'");
  }
  result_.program = std::make_unique<ProgramDiff>(*indexes_[0], *indexes_[1], arguments_.Options());
  return arguments_.tensors ? CompareParameters() : Status();
}

Status DiffRun::CompareOne(const ComparedTensor& a, const ComparedTensor& b) {
  result_.compared_tensors = true;
  ++result_.tensors;
  Result<std::optional<TensorChange>> change = CompareTensors(a, b, static_cast<double>(arguments_.tolerance));
  if (!change.ok()) return change.status();
  if (*change) result_.tensor_changes.push_back(std::move(**change));
  return {};
}

Status DiffRun::CompareParameters() {
  result_.compared_tensors = true;
  ParameterReader* a = inputs_[0].content.parameters.get();
  ParameterReader* b = inputs_[1].content.parameters.get();
  if (a == nullptr || b == nullptr) return {};
  const ProgramDiff& program = *result_.program;
  std::vector<bool> matched(b->parameters().size());
  for (size_t i = 0; i < a->parameters().size(); ++i) {
    const std::optional<size_t> partner = b->Find(program.NameInB(a->parameters()[i].name));
    if (partner) matched[*partner] = true;
    if (Status status = CompareOne(SideOf(a, i), SideOf(b, partner)); !status.ok()) return status;
  }
  for (size_t i = 0; i < matched.size(); ++i) {
    if (matched[i]) continue;
    if (Status status = CompareOne(SideOf(a, std::nullopt), SideOf(b, i)); !status.ok()) return status;
  }
  return {};
}

// Files of parameters alone have no names: it is the order that tells which is which.
Status DiffRun::CompareRecords() {
  const std::array<const ByteSource*, 2> sources = {inputs_[0].content.records.get(), inputs_[1].content.records.get()};
  std::array<uint64_t, 2> offsets = {0, 0};
  for (uint64_t number = 0;; ++number) {
    std::array<std::optional<RecordHeader>, 2> headers;
    for (size_t side = 0; side < 2; ++side) {
      if (offsets[side] >= sources[side]->size()) continue;
      Result<RecordHeader> header = ReadRecordHeader(*sources[side], offsets[side]);
      if (!header.ok()) {
        const Status& status = header.status();
        return {status.code(),
                NameOfInput(result_.paths[side]) + ": record " + std::to_string(number) + ": " + status.message()};
      }
      headers[side] = std::move(*header);
      offsets[side] = headers[side]->end();
    }
    if (!headers[0] && !headers[1]) return {};
    Status status = CompareOne(SideOf(*sources[0], headers[0], number), SideOf(*sources[1], headers[1], number));
    if (!status.ok()) return status;
  }
}

}  // namespace pdquant
