#include "cli/show_input.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/descriptor.h"
#include "base/escape.h"
#include "io/file_source.h"
#include "io/memory_source.h"
#include "io/sniff.h"

namespace pdquant {
namespace {

bool IsRegular(const std::string& path) {
  struct stat status;
  return path != "-" && stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

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
  if (IsRegular(path)) {
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
  Result<Program> program = ParseProgram(std::move(*bytes), path, limits, findings);
  if (!program.ok()) return program.status();
  input->program.emplace(std::move(*program));
  return {};
}

Status OpenParameters(const std::string& params, Findings* findings, ShowInput* input) {
  struct stat status;
  const bool is_folder = stat(params.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
  const ParameterPlace place = {is_folder ? ParameterPlace::Kind::kSeparate : ParameterPlace::Kind::kCombined, params};
  Result<std::unique_ptr<ParameterReader>> reader =
      ParameterReader::Open(place, ListParameters(*input->program, findings), findings);
  if (!reader.ok()) return reader.status();
  input->parameters = std::move(*reader);
  return {};
}

}  // namespace

Result<ShowInput> OpenShowInput(const std::string& path, const std::string& params, const LoadLimits& limits,
                                Findings* findings) {
  ShowInput input;
  if (Status status = OpenFile(path, limits, findings, &input); !status.ok()) return status;
  if (params.empty()) return input;
  if (!input.program) return UsageError("--params goes with a program, and " + Quote(path) + " is a parameter file");
  if (Status status = OpenParameters(params, findings, &input); !status.ok()) return status;
  return input;
}

}  // namespace pdquant
