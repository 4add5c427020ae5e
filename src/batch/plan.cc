#include "batch/plan.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <numeric>
#include <system_error>
#include <tuple>
#include <utility>

#include "base/escape.h"
#include "batch/content_hash.h"

namespace pdquant {
namespace {

namespace fs = std::filesystem;

constexpr size_t kChunk = size_t{64} << 10U;
constexpr size_t kMostJobs = size_t{1} << 31U;

// A job as texts, each behind its length: input, output, options.
void PutText(std::string_view text, std::string* out) {
  const auto size = static_cast<uint32_t>(text.size());
  out->append(reinterpret_cast<const char*>(&size), sizeof size);
  out->append(text);
}

bool TakeText(std::string_view* from, std::string* text) {
  uint32_t size = 0;
  if (from->size() < sizeof size) return false;
  std::memcpy(&size, from->data(), sizeof size);
  from->remove_prefix(sizeof size);
  if (from->size() < size) return false;
  text->assign(from->substr(0, size));
  from->remove_prefix(size);
  return true;
}

Descriptor UnnamedFile() {
  std::error_code error;
  Descriptor file = OpenUnnamedFile(fs::temp_directory_path(error));
  if (file.valid()) return file;
  return OpenWith([] { return memfd_create("pdquant-plan", MFD_CLOEXEC); });
}

Status Refuse(const Job& a, const Job& b) {
  std::string text = "the outputs of " + Quote(a.input) + " and " + Quote(b.input) + " are both " + Quote(a.output);
  if (a.output != b.output) {
    text = "the output " + Quote(b.output) + " of " + Quote(b.input) + " is inside of " + Quote(a.output) +
           ", that of " + Quote(a.input);
  }
  return UsageError(
      text +
      "; give a folder, a pattern in quotes, so that the shell leaves it alone, or a list with outputs of their own");
}

}  // namespace

uint64_t SizeOfInput(const std::string& input) {
  uint64_t total = 0;
  const Result<std::vector<std::string>> files = FilesAt(input, PathKind::kInput);
  if (!files.ok()) return 0;  // whoever reads it reports it
  for (const std::string& file : *files) {
    std::error_code error;
    const auto size = fs::file_size(input + file, error);
    if (!error) total += size;
  }
  return total;
}

Status Plan::Open() {
  file_ = UnnamedFile();
  return file_.valid() ? Status() : SystemError("a temporary file for the list of jobs", "create", errno);
}

Status Plan::Write() {
  const std::string_view piece = buffer_;
  const int error = WriteAll(file_.get(), {&piece, 1});
  written_ += buffer_.size();
  buffer_.clear();
  return error == 0 ? Status() : SystemError("a temporary file for the list of jobs", "write", error);
}

Status Plan::Add(const Job& job, uint64_t size) {
  if (entries_.size() == kMostJobs) return UsageError("too many inputs");
  const auto number = static_cast<uint32_t>(entries_.size());
  entries_.push_back({written_ + buffer_.size(), size, HashOfName(job.output)});
  const std::string_view output = job.output;
  for (size_t slash = output.find('/'); slash != std::string_view::npos; slash = output.find('/', slash + 1)) {
    folders_.emplace(HashOfName(output.substr(0, slash)), number);
  }
  std::string text;
  PutText(job.input, &text);
  const size_t behind_input = text.size();
  PutText(job.output, &text);
  for (const std::string& option : job.options) PutText(option, &text);
  if (!job.options.empty()) options_ += HashOfName(std::string_view(text).substr(behind_input));
  PutText(text, &buffer_);
  return buffer_.size() > kChunk ? Write() : Status();
}

Result<Job> Plan::Read(size_t number) const {
  const uint64_t place = entries_[number].place;
  uint32_t size = 0;
  std::string text;
  const auto read_at = [&](void* data, size_t length, uint64_t at) {
    return Retry([&] { return pread(file_.get(), data, length, static_cast<off_t>(at)); }) ==
           static_cast<ssize_t>(length);
  };
  bool good = read_at(&size, sizeof size, place);
  if (good) text.resize(size);
  good = good && read_at(text.data(), size, place + sizeof size);
  Job job;
  std::string_view rest = text;
  good = good && TakeText(&rest, &job.input) && TakeText(&rest, &job.output);
  for (std::string option; good && !rest.empty(); job.options.push_back(option)) good = TakeText(&rest, &option);
  if (!good) return IoError("the temporary file for the list of jobs can't be read");
  return job;
}

Status Plan::RefuseSame(const std::vector<uint32_t>& by_hash) const {
  for (size_t i = 1; i < by_hash.size(); ++i) {
    if (entries_[by_hash[i - 1]].hash != entries_[by_hash[i]].hash) continue;
    const Result<Job> a = Read(by_hash[i - 1]);
    const Result<Job> b = Read(by_hash[i]);
    if (!a.ok() || !b.ok()) return a.ok() ? b.status() : a.status();
    if (a->output == b->output) return Refuse(*a, *b);
  }
  return {};
}

Status Plan::RefuseInside(const std::vector<uint32_t>& by_hash) const {
  for (const uint32_t number : by_hash) {
    const auto folder = folders_.find(entries_[number].hash);
    if (folder == folders_.end()) continue;
    const Result<Job> outer = Read(number);
    const Result<Job> inner = Read(folder->second);
    if (!outer.ok() || !inner.ok()) return outer.ok() ? inner.status() : outer.status();
    if (inner->output.starts_with(outer->output + "/")) return Refuse(*outer, *inner);
  }
  return {};
}

Status Plan::Finish() {
  if (Status status = Write(); !status.ok()) return status;
  std::vector<uint32_t> by_hash(entries_.size());
  std::iota(by_hash.begin(), by_hash.end(), 0U);
  std::sort(by_hash.begin(), by_hash.end(),
            [&](uint32_t a, uint32_t b) { return std::tie(entries_[a].hash, a) < std::tie(entries_[b].hash, b); });
  Status status = RefuseSame(by_hash);
  if (status.ok()) status = RefuseInside(by_hash);
  folders_ = {};
  return status;
}

void Plan::Keep(const Shard& shard) {
  if (shard.count == 1) return;
  std::vector<ShardWeight> weights;
  weights.reserve(entries_.size());
  for (const Entry& entry : entries_) weights.push_back({entry.size, entry.hash});
  const std::vector<uint32_t> shards = AssignShards(weights, shard.count);
  std::vector<Entry> kept;
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (shards[i] + 1 == shard.number) kept.push_back(entries_[i]);
  }
  entries_ = std::move(kept);
}

std::vector<uint32_t> Plan::LargestFirst() const {
  std::vector<uint32_t> order(entries_.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(),
            [&](uint32_t a, uint32_t b) { return std::tie(entries_[b].size, a) < std::tie(entries_[a].size, b); });
  return order;
}

std::string Plan::Hash() const {
  std::vector<uint64_t> hashes;
  hashes.reserve(entries_.size());
  for (const Entry& entry : entries_) hashes.push_back(entry.hash);
  std::sort(hashes.begin(), hashes.end());
  ContentHash hash;
  hash.Add({reinterpret_cast<const char*>(hashes.data()), hashes.size() * sizeof(uint64_t)});
  hash.Add(std::to_string(options_));
  return hash.Hex();
}

}  // namespace pdquant
