#include "cli/shell/inputs.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/escape.h"
#include "check/check.h"
#include "files/descriptor.h"
#include "files/path.h"
#include "model/byte_source.h"
#include "model/model.h"
#include "model/sniff.h"
#include "pir/as_program_desc.h"
#include "pir/program.h"
#include "pir/reader.h"

namespace pdquant {
namespace {

// The source, where a regular file holds parameters; null for another file. Parameter files may be larger than memory.
Result<std::unique_ptr<ByteSource>> OpenRecords(const std::string& path) {
  Descriptor file = OpenDescriptor(path, O_RDONLY | O_NOCTTY);
  if (!file.valid()) return SystemError(Quote(path), "open", errno);
  auto source = std::make_unique<FileSource>(std::move(file), Quote(path));
  if (Status status = source->Init(); !status.ok()) return status;
  std::array<char, 16> head;
  const size_t size = std::min<uint64_t>(head.size(), source->size());
  if (Status status = source->Read(0, {head.data(), size}); !status.ok()) return status;
  if (!LooksLikeParameters({head.data(), size})) return std::unique_ptr<ByteSource>();
  source->ExpectSequentialReads();
  return std::unique_ptr<ByteSource>(std::move(source));
}

Status OpenFile(const std::string& path, const LoadLimits& limits, Findings* findings, ShowInput* input) {
  if (path != "-" && IsRegularFile(path)) {
    Result<std::unique_ptr<ByteSource>> records = OpenRecords(path);
    if (!records.ok()) return records.status();
    input->records = std::move(*records);
    if (input->records != nullptr) return {};
  }
  Result<Bytes> bytes = ReadProgramBytes(path, limits);
  if (!bytes.ok()) return bytes.status();
  if (LooksLikeParameters(bytes->view())) {
    input->bytes = std::move(*bytes);
    input->records = std::make_unique<MemorySource>(input->bytes.view());
    return {};
  }
  if (LooksLikePir(bytes->view())) {
    Result<pir::Program> program = ReadPir(bytes->view(), path, limits, findings);
    if (!program.ok()) return program.status();
    input->pir.emplace(std::move(*program));
    return {};
  }
  Result<Program> program = ParseProgram(std::move(*bytes), path, limits, findings);
  if (!program.ok()) return program.status();
  input->program.emplace(std::move(*program));
  return {};
}

// The same of Paddle 3. Parameters that nobody named, and that aren't there, are not shown.
Status OpenPirModel(const std::string& path, const std::string& params, const LoadLimits& limits, Findings* findings,
                    ShowInput* input) {
  PirInput model;
  if (Status status = OpenPir(path, params, limits, findings, &model); !status.ok()) return status;
  const bool are_there = KindOf(model.files.parameters.path) != FileKind::kNothing;
  if (are_there || model.files.parameters_given) {
    Result<std::unique_ptr<ParameterReader>> reader = OpenPirParameters(model, findings);
    if (!reader.ok()) return reader.status();
    input->parameters = std::move(*reader);
  }
  input->pir = std::move(model.program);
  return {};
}

// The program and the parameters of a folder, of a prefix, or of a file whose parameters are named.
Status OpenModel(const std::string& path, const std::string& params, const LoadLimits& limits, Findings* findings,
                 ShowInput* input) {
  if (path != "-" && IsRegularFile(path)) {
    const Result<std::unique_ptr<ByteSource>> records = OpenRecords(path);
    if (records.ok() && *records != nullptr)
      return UsageError("--params goes with a program, and " + Quote(path) + " is a parameter file");
  }
  ModelInput model;
  if (Status status = OpenProgram(path, params, limits, findings, &model); !status.ok()) return status;
  input->program = std::move(model.program);
  Result<std::unique_ptr<ParameterReader>> reader =
      OpenParameters(model.files, *input->program, findings, ParameterNeed::kSome);
  if (!reader.ok()) return reader.status();
  input->parameters = std::move(*reader);
  return {};
}

}  // namespace

Status OpenProgram(const std::string& model, const std::string& params, const LoadLimits& limits, Findings* findings,
                   ModelInput* input, std::optional<Bytes> piped) {
  Result<ModelFiles> files = FindModel(model, params);
  if (!files.ok()) return files.status();
  input->files = std::move(*files);
  input->with_parameters = input->files.layout != ModelLayout::kFile || input->files.parameters_given;
  Result<Program> program = piped ? ParseProgram(std::move(*piped), input->files.program, limits, findings)
                                  : LoadProgram(input->files.program, limits, findings);
  if (!program.ok()) return program.status();
  input->program.emplace(std::move(*program));
  return {};
}

Status OpenParameters(ModelInput* input, Findings* findings, Console* console) {
  const ModelFiles& files = input->files;
  Result<std::unique_ptr<ParameterReader>> reader = OpenParameters(files, *input->program, findings);
  if (!reader.ok()) return reader.status();
  input->parameters = std::move(*reader);
  if (!console->shows_info()) return {};
  const std::string program_there =
      WithoutSlashes(OpenableFolder(files.program)) == WithoutSlashes(files.parameters.path) ? NameOf(files.program)
                                                                                             : "";
  for (const std::string& name : input->parameters->ListIgnored(program_there, console->list_limit())) {
    console->Info(Quote(files.parameters.path) + ": " + Quote(name) + " is no parameter of the program: ignored");
  }
  return {};
}

Status CheckWellFormed(const Index& index) {
  Findings faults;
  CheckProgram(index, &faults);
  return faults.has_errors() ? BadInput("the program is not well formed; pdquant check says more") : Status();
}

Status WithInput(const std::string& path, const Status& status) {
  if (status.code() == StatusCode::kIo || status.message().empty()) return status;  // findings have said it
  return status.WithMessage(NameOfInput(path) + ": " + status.message());
}

bool NamesModel(const std::string& path) {
  const FileKind kind = KindOf(path);
  return path != "-" && (kind == FileKind::kNothing || kind == FileKind::kFolder);
}

Result<ShowInput> OpenShowInput(const std::string& path, const std::string& params, const LoadLimits& limits,
                                Findings* findings) {
  ShowInput input;
  if (params.empty() && !NamesModel(path)) {
    if (Status status = OpenFile(path, limits, findings, &input); !status.ok()) return status;
    return input;
  }
  const auto open = NamesPir(path) ? OpenPirModel : OpenModel;
  if (Status status = open(path, params, limits, findings, &input); !status.ok()) return status;
  return input;
}

Status DrawPir(ShowInput* input) {
  if (!input->pir) return {};
  Findings ignored;  // it breaks rules that are not Paddle 3's
  Result<Program> program = ReadMade(pir::AsProgramDesc(*input->pir), &ignored);
  if (!program.ok()) return program.status();
  input->program.emplace(std::move(*program));
  return {};
}

Result<Program> ReadMade(std::string bytes, Findings* findings) {
  if (bytes.size() > Program::kMaxBytes) {
    return BadInput("as a ProgramDesc it would have " + std::to_string(bytes.size()) +
                    " bytes; neither protobuf nor Paddle reads more than 2 GiB");
  }
  ScanLimits limits;  // those of the input were checked
  limits.max_ops = UINT64_MAX;
  limits.max_messages = UINT64_MAX;
  Result<Program> made = Program::Parse(Bytes::Take(std::move(bytes)), limits, findings);
  if (!made.ok()) return InternalError("the program that was made can't be read: " + made.status().message());
  return made;
}

bool NamesPir(const std::string& path) {
  if (path == "-") return false;
  if (IsRegularFile(path)) return HoldsPir(path);
  // A ProgramDesc of that name goes first.
  return !IsRegularFile(path + std::string(kModelSuffix)) && !FindPirProgram(path).empty();
}

Result<pir::Program> ReadPir(std::string_view text, const std::string& path, const LoadLimits& limits,
                             Findings* findings) {
  if (!LooksLikePir(text)) {
    const std::string looks = LooksLike(text.substr(0, 4096));
    return BadInput(NameOfInput(path) + ": not a program of Paddle 3 (PIR)" +
                    (looks.empty() ? std::string() : ", but " + looks));
  }
  Result<pir::Program> program = pir::ReadProgram(text, {limits.max_ops}, findings);
  if (!program.ok()) return program.status().WithMessage(NameOfInput(path) + ": " + program.status().message());
  CheckStructure(&*program, findings);
  return program;
}

Status OpenPir(const std::string& path, const std::string& params, const LoadLimits& limits, Findings* findings,
               PirInput* input, std::optional<Bytes> piped) {
  Result<ModelFiles> files = FindPirModel(path, params);
  if (!files.ok()) return files.status();
  input->files = std::move(*files);
  input->with_parameters = input->files.layout != ModelLayout::kFile || input->files.parameters_given;
  Result<Bytes> bytes = piped ? Result<Bytes>(std::move(*piped)) : ReadProgramBytes(input->files.program, limits);
  if (!bytes.ok()) return bytes.status();
  Result<pir::Program> program = ReadPir(bytes->view(), input->files.program, limits, findings);
  if (!program.ok()) return program.status();
  input->program.emplace(std::move(*program));
  return {};
}

Result<std::unique_ptr<ParameterReader>> OpenPirParameters(const PirInput& input, Findings* findings) {
  const std::vector<ParameterVariable> variables = pir::ListParameters(*input.program);
  const ParameterPlace& place = input.files.parameters;
  if (variables.empty()) return std::unique_ptr<ParameterReader>();
  if (place.path.empty())
    return BadInput(NameOfInput(input.files.program) + ": say with --params where its parameters are");
  if (KindOf(place.path) == FileKind::kNothing)
    return BadInput(Quote(place.path) + ": the parameters are not there; say with --params where they are");
  return ParameterReader::Open(place, variables, findings);
}

}  // namespace pdquant
