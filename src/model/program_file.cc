#include "model/program_file.h"

#include <algorithm>
#include <utility>

#include "base/escape.h"
#include "files/output.h"
#include "model/sniff.h"

namespace pdquant {

Result<Program> LoadProgram(const std::string& path, const LoadLimits& limits, Findings* findings) {
  Result<Bytes> bytes = ReadProgramBytes(path, limits);
  if (!bytes.ok()) return bytes.status();
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
  const std::string name = path == "-" ? "standard input" : Quote(path);
  const std::string no_program = name + ": not a program of Paddle (ProgramDesc)";
  if (!looks.empty()) return BadInput(no_program + ", but " + looks);
  return BadInput(no_program + ", or cut off: " + program.status().message());
}

}  // namespace pdquant
