#include "batch/shard_report.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "base/escape.h"
#include "files/descriptor.h"

namespace pdquant {
namespace {

namespace fs = std::filesystem;

// N of ".../journal-I-of-N.jsonl".
std::optional<uint32_t> CountIn(const std::string& path) {
  constexpr std::string_view kEnd = ".jsonl";
  const size_t of = path.rfind("-of-");
  if (of == std::string::npos || !path.ends_with(kEnd)) return std::nullopt;
  const char* end = path.data() + path.size() - kEnd.size();
  uint32_t count = 0;
  const auto [rest, error] = std::from_chars(path.data() + of + 4, end, count);
  if (error != std::errc() || rest != end || count == 0) return std::nullopt;
  return count;
}

}  // namespace

Status ShardReport::FindCount() {
  const Result<std::vector<std::string>> paths = FindJournals(out_);
  if (!paths.ok()) return paths.status();
  std::set<uint32_t> counts;
  for (const std::string& path : *paths) {
    if (const auto count = CountIn(path)) counts.insert(*count);
  }
  if (counts.empty()) return UsageError(Quote(out_) + ": no batch has worked here: there is no journal");
  if (counts.size() > 1) {
    std::string text;
    for (const uint32_t count : counts) text += (text.empty() ? "" : ", ") + std::to_string(count);
    return UsageError(Quote(out_) + " holds journals of " + text + " shards; say which to report: --shard 1/N");
  }
  count_ = *counts.begin();
  return {};
}

// Only what came since the runs have had the jobs of the last one.
Status ShardReport::LoadShard(uint32_t number) {
  const std::string path = JournalPath(out_, {number, count_});
  std::map<std::string, Model> models;
  std::optional<RunRecord> run;
  const auto take = [&](uint64_t place, const Record& record) {
    if (const auto* started = std::get_if<RunRecord>(&record)) {
      if (!run || run->plan != started->plan) models.clear();
      run = *started;
    } else if (const auto* model = std::get_if<ModelRecord>(&record)) {
      models[model->output] = {model->output, number, model->done, static_cast<float>(model->seconds), place};
    }
  };
  JournalFaults faults;
  if (Status status = ReadJournal(path, true, take, &faults); !status.ok()) return status;
  if (faults.any()) faults_.push_back(std::move(faults));
  if (!run || models.size() < run->jobs) {
    incomplete_.push_back(number);
    left_ += run ? run->jobs - models.size() : 0;
  }
  for (auto& [output, model] : models) models_.push_back(std::move(model));
  return {};
}

Status ShardReport::Load(const std::string& out, uint32_t count) {
  out_ = out;
  count_ = count;
  if (count_ == 0) {
    if (Status status = FindCount(); !status.ok()) return status;
  }
  for (uint32_t number = 1; number <= count_; ++number) {
    std::error_code ignored;
    if (!fs::exists(JournalPath(out_, {number, count_}), ignored)) {
      missing_.push_back(number);
      continue;
    }
    if (Status status = LoadShard(number); !status.ok()) return status;
  }
  std::sort(models_.begin(), models_.end(), [](const Model& a, const Model& b) { return a.output < b.output; });
  return {};
}

Result<ModelRecord> ShardReport::Read(const Model& model) const {
  const std::string path = JournalPath(out_, {model.shard, count_});
  const Descriptor file = OpenDescriptor(path, O_RDONLY);
  if (!file.valid()) return SystemError(Quote(path), "open", errno);
  return ReadModelAt(file.get(), path, model.place);
}

}  // namespace pdquant
