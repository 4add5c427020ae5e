#include "batch/journal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <thread>
#include <utility>

#include "base/escape.h"

namespace pdquant {
namespace {

namespace fs = std::filesystem;

constexpr size_t kChunk = size_t{256} << 10U;
constexpr size_t kLongestLine = size_t{64} << 20U;

constexpr std::chrono::milliseconds kPause(2);
constexpr std::chrono::seconds kWorkersDie(5);

// "….jsonl" → "….lock"
std::string LockPath(std::string path) {
  path.resize(path.rfind('.'));
  return path + ".lock";
}

Status MakeFolder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  return error ? SystemError(Quote(path), "create the folder", error.value()) : Status();
}

// The line at `place`, without its end.
Result<std::string> ReadLine(int fd, const std::string& path, uint64_t place) {
  std::string line;
  std::array<char, 4096> chunk;
  for (;;) {
    const ssize_t got = Retry([&] { return pread(fd, chunk.data(), chunk.size(), static_cast<off_t>(place)); });
    if (got < 0) return SystemError(Quote(path), "read", errno);
    const std::string_view text(chunk.data(), static_cast<size_t>(got));
    const size_t end = text.find('\n');
    line += text.substr(0, end);
    if (got == 0 || end != std::string_view::npos || line.size() > kLongestLine) return line;
    place += text.size();
  }
}

void Count(LineFault fault, JournalFaults* faults) {
  if (fault == LineFault::kTorn) ++faults->torn;
  if (fault == LineFault::kForeign) ++faults->foreign;
  if (fault == LineFault::kVersion) ++faults->version;
}

}  // namespace

Result<ModelRecord> ReadModelAt(int fd, const std::string& path, uint64_t place) {
  const Result<std::string> line = ReadLine(fd, path, place);
  if (!line.ok()) return line.status();
  ParsedLine parsed = ParseRecord(*line);
  if (!parsed.record || !std::holds_alternative<ModelRecord>(*parsed.record)) {
    return IoError(Quote(path) + ": somebody changed the journal during the run");
  }
  return std::get<ModelRecord>(std::move(*parsed.record));
}

std::string JournalPath(const std::string& out, const Shard& shard) {
  return out + "/.pdquant/journal-" + std::to_string(shard.number) + "-of-" + std::to_string(shard.count) + ".jsonl";
}

Result<std::vector<std::string>> FindJournals(const std::string& out) {
  std::vector<std::string> paths;
  std::error_code error;
  for (fs::directory_iterator at(out + "/.pdquant", error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename();
    if (name.starts_with("journal-") && name.ends_with(".jsonl")) paths.push_back(at->path());
  }
  if (error) return SystemError(Quote(out + "/.pdquant"), "list the folder", error.value());
  std::sort(paths.begin(), paths.end());
  return paths;
}

Status ReadJournal(const std::string& path, bool may_grow,
                   const std::function<void(uint64_t place, const Record& record)>& take, JournalFaults* faults) {
  const Descriptor file = OpenDescriptor(path, O_RDONLY);
  if (!file.valid()) return SystemError(Quote(path), "open", errno);
  faults->path = path;
  std::string buffer;
  std::vector<char> chunk(kChunk);
  uint64_t place = 0;
  for (;;) {
    const ssize_t got = Retry([&] { return read(file.get(), chunk.data(), chunk.size()); });
    if (got < 0) return SystemError(Quote(path), "read", errno);
    if (got == 0) break;
    buffer.append(chunk.data(), static_cast<size_t>(got));
    size_t at = 0;
    for (size_t end; (end = buffer.find('\n', at)) != std::string::npos; at = end + 1) {
      const std::string_view line(buffer.data() + at, end - at);
      const ParsedLine parsed = line.empty() ? ParsedLine() : ParseRecord(line);
      Count(parsed.fault, faults);
      if (parsed.record) take(place + at, *parsed.record);
    }
    buffer.erase(0, at);
    place += at;
    if (buffer.size() > kLongestLine) break;
  }
  if (!buffer.empty() && !may_grow) ++faults->torn;
  return {};
}

Status Journal::LockWorkers(const std::string& path) {
  workers_ = OpenDescriptor(path, O_RDWR | O_CREAT, 0666);
  if (!workers_.valid()) return SystemError(Quote(path), "open", errno);
  int error = TryLock(workers_.get());
  for (auto waited = kPause; error == EWOULDBLOCK && waited < kWorkersDie; waited += kPause) {
    std::this_thread::sleep_for(kPause);
    error = TryLock(workers_.get());
  }
  if (error == EWOULDBLOCK) return TryAgain(Quote(path) + ": a worker of a run that was killed is still there");
  return error == 0 ? Status() : SystemError(Quote(path), "lock", error);
}

Status Journal::Open(const std::string& out, const Shard& shard) {
  if (Status status = MakeFolder(out + "/.pdquant"); !status.ok()) return status;
  path_ = JournalPath(out, shard);
  file_ = OpenDescriptor(path_, O_RDWR | O_CREAT | O_APPEND, 0666);
  if (!file_.valid()) return SystemError(Quote(path_), "open", errno);
  const int error = TryLock(file_.get());
  if (error == EWOULDBLOCK) {
    return TryAgain("another run works on shard " + shard.Text() + " of " + Quote(out) + "; try again when it is done");
  }
  if (error != 0) return SystemError(Quote(path_), "lock", error);
  if (Status locked = LockWorkers(LockPath(path_)); !locked.ok()) return locked;
  struct stat status;
  if (fstat(file_.get(), &status) != 0) return SystemError(Quote(path_), "read", errno);
  end_ = static_cast<uint64_t>(status.st_size);
  char last = '\n';
  if (end_ > 0 && pread(file_.get(), &last, 1, static_cast<off_t>(end_ - 1)) != 1) {
    return SystemError(Quote(path_), "read", errno);
  }
  torn_ = last != '\n';
  return {};
}

Result<uint64_t> Journal::Append(const Record& record) {
  const size_t before = torn_ ? 1 : 0;
  std::string line(before, '\n');
  line += EncodeRecord(record);
  line += '\n';
  const uint64_t place = end_ + before;
  // One call: what other processes see, and what a kill leaves, is the whole line or none of it, but for a full disk.
  const ssize_t written = Retry([&] { return write(file_.get(), line.data(), line.size()); });
  if (written > 0) end_ += static_cast<uint64_t>(written);
  if (written == static_cast<ssize_t>(line.size())) {
    torn_ = false;
    return place;
  }
  if (written > 0) torn_ = true;  // the next line starts behind it
  return SystemError(Quote(path_), "write", written < 0 ? errno : ENOSPC);
}

Result<ModelRecord> Journal::ReadModel(uint64_t place) const { return ReadModelAt(file_.get(), path_, place); }

Status Journal::Flush() const {
  const int error = FlushFile(file_.get());
  return error == 0 ? Status() : SystemError(Quote(path_), "write", error);
}

}  // namespace pdquant
