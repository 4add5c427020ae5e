// What a journal holds: one JSON object a line.
//
//   {"pdquant_journal":1,"type":"model",…,"length":123,"xxh32":"01234567"}
//
// `length` and `xxh32` are of the bytes in front of `,"length"`: a line that was torn, or that somebody else wrote,
// doesn't fit them. docs/reference/batch.md describes the members.
#ifndef PDQUANT_BATCH_RECORD_H_
#define PDQUANT_BATCH_RECORD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "batch/shard.h"

namespace pdquant {

struct OutputFile {
  std::string path;  // below OUT
  uint64_t size = 0;
  std::string hash;

  friend bool operator==(const OutputFile&, const OutputFile&) = default;
};

// How one model came out.
struct ModelRecord {
  std::string output;
  std::string input;
  std::string key;  // empty where the input has no fixed contents: then it is never skipped
  bool done = false;
  int exit_code = 0;
  int signal = 0;       // that ended the worker; 0 for none
  std::string message;  // why it failed: one line, fit to print
  std::string log;      // the beginning of what the command wrote to standard error
  double seconds = 0;
  std::vector<OutputFile> files;
  // Where a worker found that nothing has to be done: which of the earlier records says so, from 1. In no journal.
  size_t reused = 0;
};

// The start of a run over a shard.
struct RunRecord {
  Shard shard;
  uint64_t jobs = 0;
  std::string plan;  // a hash of the jobs and of what is done with them
  std::string version;
  std::vector<std::string> words;
};

// Its end, unless it was killed.
struct EndRecord {
  uint64_t left = 0;  // jobs that were not started
};

using Record = std::variant<ModelRecord, RunRecord, EndRecord>;

// A line without its newline.
std::string EncodeRecord(const Record& record);

// Why a line is no record.
enum class LineFault { kNone, kForeign, kTorn, kVersion };

struct ParsedLine {
  LineFault fault = LineFault::kNone;
  std::optional<Record> record;
};

ParsedLine ParseRecord(std::string_view line);

}  // namespace pdquant

#endif  // PDQUANT_BATCH_RECORD_H_
