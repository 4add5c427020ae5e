#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <string>
#include <vector>

#include "base/escape.h"
#include "files/descriptor.h"
#include "files/output_state.h"
#include "files/pending.h"
#include "files/pending_places.h"

namespace pdquant {
namespace {

constexpr size_t kManyFiles = 16;

}  // namespace

Status OutputSet::State::Flush() {
  for (const auto& root : roots) {
    if (Status status = root->Flush(); !status.ok()) return status;
  }
  if (entries.size() > kManyFiles) return FlushMany();
  for (const auto& entry : entries) {
    if (Status status = entry->Flush(); !status.ok()) return status;
  }
  return {};
}

// Every fsync waits for the cache of the disk, 1000 of them 3.4 s. Here the contents are written file by file, which
// tells the errors of each, and then each file system is flushed once.
Status OutputSet::State::FlushMany() {
  constexpr unsigned kStart = SYNC_FILE_RANGE_WRITE;
  constexpr unsigned kFinish = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
  std::map<dev_t, const OutputEntry*> one_of_each;
  for (const auto& entry : entries) {
    if (entry->is_tree()) continue;
    sync_file_range(entry->fd(), 0, 0, kStart);
    one_of_each[entry->folder()->device()] = entry.get();
  }
  for (const auto& entry : entries) {
    const int fd = entry->fd();
    if (entry->is_tree()) {
      if (Status status = entry->Flush(); !status.ok()) return status;
    } else if (Retry([&] { return sync_file_range(fd, 0, 0, kFinish); }) != 0) {
      return entry->Failed("write", errno);
    }
  }
  for (const auto& [device, entry] : one_of_each) {
    const int fd = entry->fd();
    if (Retry([&] { return syncfs(fd); }) != 0) return entry->Failed("write", errno);
  }
  return {};
}

Status OutputSet::State::ReplaceSeveral() {
  PendingFile pending;
  if (Status status = pending.Lock(first); !status.ok()) return status;
  std::vector<PendingRename> renames;
  for (const auto& entry : entries) {
    renames.push_back(entry->AsRename());
    entry->Unregister();  // once they are listed, a signal must not take one of them
  }
  size_t done = 0;
  Status status = pending.Write(renames);
  if (status.ok()) status = pending.Rename(renames, &done);
  if (done == 0 && pending.Discard()) {
    for (const auto& entry : entries) entry->Remove();  // while signals still wait
    return status;
  }
  for (const auto& root : roots) root->Keep();
  for (const auto& entry : entries) entry->Release();
  if (status.ok()) return pending.Remove();
  return IoError(status.message() + "; " + std::to_string(done) + " of " + std::to_string(renames.size()) +
                 " files are replaced, the next run with " + Quote(first) + " does the rest");
}

Status OutputSet::State::Replace() {
  Status status;
  if (entries.size() == 1) {
    // A set that was killed since Add must not be finished over this file later.
    status = FinishPendingAround(entries.front()->path());
    if (status.ok() && first != entries.front()->path()) status = FinishPendingAt(first);
    if (status.ok()) status = entries.front()->Replace();
  }
  if (entries.size() > 1) status = ReplaceSeveral();
  if (!status.ok()) return status;
  for (const auto& root : roots) root->Keep();
  for (const auto& entry : entries) entry->folder()->RemoveSuperseded(entry->name());
  return {};
}

}  // namespace pdquant
