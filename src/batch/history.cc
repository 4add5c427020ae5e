#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "batch/content_hash.h"
#include "batch/journal.h"
#include "files/descriptor.h"

namespace pdquant {

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
