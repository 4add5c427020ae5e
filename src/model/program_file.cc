#include "model/program_file.h"

#include <utility>

#include "base/escape.h"
#include "files/output.h"
#include "model/model.h"
#include "model/sniff.h"

namespace pdquant {

namespace {

Status NotAProgram(const std::string& path, const std::string& what) {
  return BadInput(NameOfInput(path) + ": not a program of Paddle (ProgramDesc), " + what);
}

}  // namespace

Status RefusePirExport(const std::string& model) {
  const std::string found = FindPirProgram(model);
  return found.empty() ? Status() : NotAProgram(found, std::string("but ") + kLooksLikePir);
}

Result<Program> LoadProgram(const std::string& path, const LoadLimits& limits, Findings* findings) {
  Result<Bytes> bytes = ReadProgramBytes(path, limits);
  if (!bytes.ok()) {
    Status refused = RefusePirExport(path);
    return refused.ok() ? bytes.status() : refused;
  }
  return ParseProgram(std::move(*bytes), path, limits, findings);
}

Result<Bytes> ReadProgramBytes(const std::string& path, const LoadLimits& limits) {
  if (path != "-") {
    if (Status s = FinishPending(path); !s.ok()) return s;
  }
  return ReadInput(path, limits.max_bytes);
}

Result<Program> ParseProgram(Bytes bytes, const std::string& path, const LoadLimits& limits, Findings* findings) {
  ScanLimits scan_limits;
  scan_limits.max_ops = limits.max_ops;
  // The bytes go into the program; what they look like is only asked for where that fails.
  const std::string looks = LooksLike(bytes.view().substr(0, 4096));
  Result<Program> program = Program::Parse(std::move(bytes), scan_limits, findings);
  if (program.ok()) return program;
  return NotAProgram(path, looks.empty() ? "or cut off: " + program.status().message() : "but " + looks);
}

}  // namespace pdquant
