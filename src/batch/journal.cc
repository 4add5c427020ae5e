#include "batch/journal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>
#include <thread>
#include <tuple>
#include <utility>

#include "base/escape.h"
#include "base/number_text.h"
#include "batch/content_hash.h"
#include "files/descriptor.h"
#include "files/folder.h"

namespace pdquant {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr std::string_view kHead = "{\"pdquant_journal\":";
constexpr std::string_view kTail = ",\"length\":";

// JSON holds Unicode only. Other names are kept as hex digits, in a member of their own.
void PutText(const std::string& key, const std::string& text, Json* object) {
  if (IsUtf8(text)) {
    (*object)[key] = text;
    return;
  }
  std::string hex;
  for (const char c : text) hex += HexDigits(static_cast<unsigned char>(c), 2);
  (*object)[key + "_hex"] = hex;
}

std::string GetText(const Json& object, const std::string& key) {
  if (const auto found = object.find(key); found != object.end()) return found->get<std::string>();
  const auto hex = object.at(key + "_hex").get<std::string>();
  std::string text;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    unsigned byte = 0;
    std::from_chars(hex.data() + i, hex.data() + i + 2, byte, 16);
    text += static_cast<char>(byte);
  }
  return text;
}

void Put(const ModelRecord& record, Json* object) {
  (*object)["type"] = "model";
  PutText("output", record.output, object);
  PutText("input", record.input, object);
  (*object)["status"] = record.done ? "done" : "failed";
  (*object)["exit"] = record.exit_code;
  (*object)["signal"] = record.signal;
  (*object)["seconds"] = record.seconds;
  (*object)["key"] = record.key;
  PutText("message", record.message, object);
  PutText("log", record.log, object);
  Json files = Json::array();
  for (const OutputFile& file : record.files) {
    Json entry = Json::object();
    PutText("path", file.path, &entry);
    entry["size"] = file.size;
    entry["xxh3"] = file.hash;
    files.push_back(std::move(entry));
  }
  (*object)["files"] = std::move(files);
  if (record.reused != 0) (*object)["reused"] = record.reused;
  if (record.system_error != 0) (*object)["system_error"] = record.system_error;
}

void Put(const RunRecord& record, Json* object) {
  (*object)["type"] = "run";
  (*object)["shard"] = record.shard.number;
  (*object)["shards"] = record.shard.count;
  (*object)["jobs"] = record.jobs;
  (*object)["plan"] = record.plan;
  (*object)["version"] = record.version;
  Json words = Json::array();
  for (const std::string& word : record.words) words.push_back(IsUtf8(word) ? word : "?");
  (*object)["command"] = std::move(words);
}

void Put(const EndRecord& record, Json* object) {
  (*object)["type"] = "end";
  (*object)["left"] = record.left;
}

ModelRecord GetModel(const Json& object) {
  ModelRecord record;
  record.output = GetText(object, "output");
  record.input = GetText(object, "input");
  record.done = object.at("status").get<std::string>() == "done";
  record.exit_code = object.at("exit").get<int>();
  record.signal = object.at("signal").get<int>();
  record.seconds = object.at("seconds").get<double>();
  record.key = object.at("key").get<std::string>();
  record.message = GetText(object, "message");
  record.log = GetText(object, "log");
  for (const Json& file : object.at("files")) {
    record.files.push_back(
        {GetText(file, "path"), file.at("size").get<uint64_t>(), file.at("xxh3").get<std::string>()});
  }
  record.reused = object.value("reused", size_t{0});
  record.system_error = object.value("system_error", 0);
  return record;
}

RunRecord GetRun(const Json& object) {
  RunRecord record;
  record.shard = {object.at("shard").get<uint32_t>(), object.at("shards").get<uint32_t>()};
  record.jobs = object.at("jobs").get<uint64_t>();
  record.plan = object.at("plan").get<std::string>();
  record.version = object.at("version").get<std::string>();
  record.words = object.at("command").get<std::vector<std::string>>();
  return record;
}

Record GetRecord(const Json& object) {
  const auto type = object.at("type").get<std::string>();
  if (type == "run") return GetRun(object);
  if (type == "end") return EndRecord{object.at("left").get<uint64_t>()};
  return GetModel(object);
}

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

std::string EncodeRecord(const Record& record) {
  Json object = Json::object();
  object["pdquant_journal"] = kVersion;
  std::visit([&](const auto& what) { Put(what, &object); }, record);
  std::string text = object.dump();
  text.pop_back();
  const std::string guard = std::to_string(text.size()) + ",\"xxh32\":\"" + ShortHash(text) + "\"}";
  return text.append(kTail) + guard;
}

ParsedLine ParseRecord(std::string_view line) {
  if (!line.starts_with(kHead)) return {kHead.starts_with(line) ? LineFault::kTorn : LineFault::kForeign, {}};
  const size_t tail = line.rfind(kTail);
  if (tail == std::string_view::npos) return {LineFault::kTorn, {}};
  const std::string_view body = line.substr(0, tail);
  const std::string guard = std::to_string(body.size()) + ",\"xxh32\":\"" + ShortHash(body) + "\"}";
  if (line.substr(tail + kTail.size()) != guard) return {LineFault::kTorn, {}};
  try {
    const Json object = Json::parse(line);
    if (object.at("pdquant_journal").get<int>() != kVersion) return {LineFault::kVersion, {}};
    return {LineFault::kNone, GetRecord(object)};
  } catch (const Json::exception&) {
    return {LineFault::kForeign, {}};
  }
}

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
  if (Status status = MakeFolders(out + "/.pdquant"); !status.ok()) return status;
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

// The lines of other shards' journals may grow meanwhile, and their last line may not be whole yet.
Status History::Load(const std::string& out, const std::string& own, std::vector<JournalFaults>* faults) {
  Result<std::vector<std::string>> paths = FindJournals(out);
  if (!paths.ok()) return paths.status();
  std::stable_partition(paths->begin(), paths->end(), [&](const std::string& path) { return path != own; });
  paths_ = std::move(*paths);
  for (uint32_t file = 0; file < paths_.size(); ++file) {
    const bool is_own = paths_[file] == own;
    JournalFaults found;
    const auto take = [&](uint64_t place, const Record& record) {
      if (const auto* model = std::get_if<ModelRecord>(&record)) {
        entries_.push_back({HashOfName(model->output), file, place});
      } else if (const auto* run = std::get_if<RunRecord>(&record); run != nullptr && is_own) {
        if (run->plan != last_plan_) plan_start_ = place;
        last_plan_ = run->plan;
      }
    };
    if (Status status = ReadJournal(paths_[file], !is_own, take, &found); !status.ok()) return status;
    if (found.any()) faults->push_back(std::move(found));
  }
  std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.hash, a.file, b.place) < std::tie(b.hash, b.file, a.place);
  });
  const auto same = [](const Entry& a, const Entry& b) { return a.hash == b.hash && a.file == b.file; };
  entries_.erase(std::unique(entries_.begin(), entries_.end(), same), entries_.end());
  return {};
}

std::vector<History::Found> History::Find(std::string_view output, std::string_view plan) const {
  const uint64_t hash = HashOfName(output);
  const auto by_hash = [](const Entry& entry, uint64_t value) { return entry.hash < value; };
  std::vector<Found> found;
  for (auto at = std::lower_bound(entries_.begin(), entries_.end(), hash, by_hash);
       at != entries_.end() && at->hash == hash; ++at) {
    const std::string& path = paths_[at->file];
    const Descriptor file = OpenDescriptor(path, O_RDONLY);
    if (!file.valid()) continue;
    Result<ModelRecord> record = ReadModelAt(file.get(), path, at->place);
    if (!record.ok() || record->output != output) continue;
    Found entry = {std::move(*record), std::nullopt};
    const bool is_own = at->file + 1 == paths_.size();
    if (is_own && plan == last_plan_ && at->place >= plan_start_) entry.place = at->place;
    found.push_back(std::move(entry));
  }
  std::reverse(found.begin(), found.end());
  return found;
}

}  // namespace pdquant
