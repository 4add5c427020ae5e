// Programs in files.
#ifndef PDQUANT_MODEL_PROGRAM_FILE_H_
#define PDQUANT_MODEL_PROGRAM_FILE_H_

#include <cstdint>
#include <string>

#include "base/finding.h"
#include "base/status.h"
#include "files/input.h"
#include "ir/program.h"

namespace pdquant {

struct LoadLimits {
  uint64_t max_bytes = uint64_t{1} << 30U;
  uint64_t max_ops = 2'000'000;
};

// Reads the program in the file `path` ("-": standard input), whatever its name. A pending write to it is finished
// first. What is wrong with it, but doesn't keep it from being read, goes to the findings. Errors: kIo; kBadInput, with
// what the file looks like where it is no program.
Result<Program> LoadProgram(const std::string& path, const LoadLimits& limits, Findings* findings);

// The two halves of it: reading the bytes, and making a program of them.
Result<Bytes> ReadProgramBytes(const std::string& path, const LoadLimits& limits);
Result<Program> ParseProgram(Bytes bytes, const std::string& path, const LoadLimits& limits, Findings* findings);

// Of a folder or a prefix that names an export of Paddle 3 (X.json, X.pdiparams): the error that its program's file
// gets. Ok for anything else.
Status RefusePirExport(const std::string& model);

}  // namespace pdquant

#endif  // PDQUANT_MODEL_PROGRAM_FILE_H_
