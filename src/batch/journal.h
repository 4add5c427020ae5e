// The journals of a batch, OUT/.pdquant/journal-I-of-N.jsonl, one for each shard: what was done, and how it went.
#ifndef PDQUANT_BATCH_JOURNAL_H_
#define PDQUANT_BATCH_JOURNAL_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/status.h"
#include "batch/shard.h"
#include "files/descriptor.h"

namespace pdquant {

// What a journal holds: one JSON object a line.
//
//   {"pdquant_journal":1,"type":"model",…,"length":123,"xxh32":"01234567"}
//
// `length` and `xxh32` are of the bytes in front of `,"length"`: a line that was torn, or that somebody else wrote,
// doesn't fit them. docs/reference/batch.md describes the members.

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
  int signal = 0;        // that ended the worker; 0 for none
  int system_error = 0;  // the errno behind the failure, where the worker knows it. In no journal
  std::string message;   // why it failed: one line, fit to print
  std::string log;       // the beginning of what the command wrote to standard error
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
  uint64_t left = 0;  // jobs that were not started, or not done when the batch was stopped
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

// Lines that were skipped over in one journal.
struct JournalFaults {
  std::string path;
  size_t torn = 0;
  size_t foreign = 0;
  size_t version = 0;

  bool any() const { return torn + foreign + version != 0; }
};

// Calls `take` for each record of the journal with the place of its line. A line that the writer of another process may
// not have finished yet is no fault if `may_grow`. Errors: kIo.
Status ReadJournal(const std::string& path, bool may_grow,
                   const std::function<void(uint64_t place, const Record& record)>& take, JournalFaults* faults);

// The model of the line at `place` of an open journal. Errors: kIo.
Result<ModelRecord> ReadModelAt(int fd, const std::string& path, uint64_t place);

// The journals in OUT/.pdquant, sorted by name.
Result<std::vector<std::string>> FindJournals(const std::string& out);
std::string JournalPath(const std::string& out, const Shard& shard);

// The journal of this run, locked: another run over the same shard is refused. Records are appended with one write
// each.
class Journal {
 public:
  // Creates what is missing, and waits until the workers of a run that was killed are gone. Errors: kIo; kTryAgain
  // where another run holds the lock.
  Status Open(const std::string& out, const Shard& shard);
  // A lock that each worker holds as long as it lives, by this descriptor that it inherits: a worker that is about to
  // die still owns its temporary files, which nobody could remove then.
  int workers_lock() const { return workers_.get(); }
  const std::string& path() const { return path_; }

  // Returns the place of the line. Errors: kIo.
  Result<uint64_t> Append(const Record& record);
  // The model at a place that Append or ReadJournal gave. Errors: kIo.
  Result<ModelRecord> ReadModel(uint64_t place) const;
  Status Flush() const;

 private:
  Status LockWorkers(const std::string& path);

  Descriptor file_;
  Descriptor workers_;
  std::string path_;
  uint64_t end_ = 0;
  bool torn_ = false;  // the last line has no end
};

// What earlier runs did, of all shards.
class History {
 public:
  // Reads all journals. `own` is the one of this run, which it has locked. Errors: kIo.
  Status Load(const std::string& out, const std::string& own, std::vector<JournalFaults>* faults);

  // A record of an earlier run.
  struct Found {
    ModelRecord record;
    // Its place where it is in this run's own journal and of the same plan: then the report finds it there.
    std::optional<uint64_t> place;
  };
  // The last one of each journal with this output, that of the own journal first. `plan` is that of this run.
  std::vector<Found> Find(std::string_view output, std::string_view plan) const;

 private:
  struct Entry {
    uint64_t hash;
    uint32_t file;
    uint64_t place;
  };

  std::vector<std::string> paths_;  // the own one is the last
  std::vector<Entry> entries_;      // sorted by hash and file
  std::string last_plan_;           // of the own journal
  uint64_t plan_start_ = 0;         // where the runs with that plan begin
};

}  // namespace pdquant

#endif  // PDQUANT_BATCH_JOURNAL_H_
