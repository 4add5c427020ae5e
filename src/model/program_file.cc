#include "model/program_file.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "base/escape.h"
#include "files/output.h"
#include "model/sniff.h"

namespace pdquant {

namespace {

Status NotAProgram(const std::string& path, const std::string& what) {
  return BadInput(NameOfInput(path) + ": not a program of Paddle (ProgramDesc), " + what);
}

}  // namespace

bool IsPirFile(const std::string& path) {
  std::error_code error;
  if (!path.ends_with(".json") || !std::filesystem::is_regular_file(path, error)) return false;
  std::array<char, 4096> head;
  std::ifstream file(path, std::ios::binary);
  file.read(head.data(), head.size());
  return LooksLikePir({head.data(), static_cast<size_t>(file.gcount())});
}

Status RefusePirExport(const std::string& model) {
  namespace fs = std::filesystem;
  if (model == "-") return {};
  std::string found;
  std::error_code error;
  if (IsPirFile(model + ".json")) {
    found = model + ".json";
  } else if (fs::is_directory(model, error)) {
    for (fs::directory_iterator entry(model, error); !error && entry != fs::directory_iterator();
         entry.increment(error)) {
      const std::string path = entry->path().string();
      if ((found.empty() || path < found) && IsPirFile(path)) found = path;
    }
  }
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
