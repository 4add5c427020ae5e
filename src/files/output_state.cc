#include "files/output_state.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/escape.h"
#include "files/pending.h"
#include "files/pending_places.h"

namespace pdquant {
namespace {

Status OneFileTwice(const std::string& path) { return UsageError(Quote(path) + ": is the place of two outputs"); }

}  // namespace

Status OutputSet::State::EndStream() {
  if (stream == nullptr) return {};
  Status status = stream->Finish();
  if (status.ok() && streamed != nullptr) status = streamed->FinishFile();
  stream.reset();
  streamed = nullptr;
  return status;
}

OutputStream* OutputSet::State::Begin(int fd, std::string name, OutputEntry* entry) {
  stream = std::make_unique<OutputStream>(fd, std::move(name));
  streamed = entry;
  return stream.get();
}

// A folder is listed once for all its files.
Result<OutputFolder*> OutputSet::State::OpenFolder(const std::string& path) {
  for (const auto& folder : folders) {
    if (folder->path() == path) return folder.get();
  }
  auto folder = std::make_unique<OutputFolder>();
  if (const int error = folder->Open(path); error != 0) return SystemError(Quote(path), "open the folder", error);
  folders.push_back(std::move(folder));
  return folders.back().get();
}

// Clears away what killed writers left, once what they left pending is finished. A temporary file with the tag of this
// set's first destination, or of this one, can be listed in their pending files only, which are finished. One with
// another tag stays until its destination has been replaced: removed earlier, it would be missed when its set is
// finished, and some files of that set would be old.
Status OutputSet::State::Prepare(const std::string& path, OutputFolder* folder) {
  if (first.empty()) first = path;
  if (!tag) {
    const Result<OutputFolder*> home = OpenFolder(FolderOf(first));
    if (!home.ok()) return home.status();
    tag = (*home)->TagOf(NameOf(first));
  }
  folder->RemoveAbandonedWithTag(*tag, PendingPath(first));
  const uint32_t own_tag = folder->TagOf(NameOf(path));
  if (own_tag != *tag) folder->RemoveAbandonedWithTag(own_tag, PendingPath(path));
  return {};
}

Result<OutputEntry*> OutputSet::State::NewEntry(const std::string& path, OutputFolder* folder) {
  for (const auto& other : entries) {
    if (other->IsAt(*folder, NameOf(path))) return OneFileTwice(path);
  }
  if (Status status = Prepare(path, folder); !status.ok()) return status;
  entries.push_back(std::make_unique<OutputEntry>(path, folder));
  return entries.back().get();
}

Result<OutputEntry*> OutputSet::State::NewFile(const Destination& destination) {
  const Result<OutputFolder*> folder = OpenFolder(FolderOf(destination.path));
  if (!folder.ok()) return folder.status();
  if (Status status = FinishPendingAround(destination.path); !status.ok()) return status;
  Result<OutputEntry*> entry = NewEntry(destination.path, *folder);
  if (!entry.ok()) return entry;
  Status created = (*entry)->CreateFile(*tag, destination.exists ? &destination.status : nullptr);
  if (!created.ok()) return created;
  return entry;
}

Result<OutputStream*> OutputSet::State::OpenThrough(Destination destination) {
  through.push_back(std::make_unique<OutputThrough>(std::move(destination)));
  if (Status status = through.back()->OpenFile(); !status.ok()) return status;
  return Begin(through.back()->fd(), "the temporary file for " + through.back()->Quoted(), nullptr);
}

Status OutputSet::State::AddTree(const std::string& folder) {
  const Result<std::string> path = FollowLinks(folder);
  if (!path.ok()) return path.status();
  const Result<OutputFolder*> parent = OpenFolder(FolderOf(*path));
  if (!parent.ok()) return parent.status();
  const Result<OutputEntry*> entry = NewEntry(*path, *parent);
  if (!entry.ok()) return entry.status();
  trees.push_back({folder, *entry});
  return (*entry)->CreateTree(*tag);
}

Status OutputSet::State::AddRoot(const std::string& folder) {
  auto root = std::make_unique<OutputRoot>();
  if (Status status = root->Open(folder); !status.ok()) return status;
  roots.push_back(std::move(root));
  return {};
}

// Whether a folder was added, or lies in a new one.
bool OutputSet::State::Knows(const std::string& folder) const {
  const auto is_it = [&](const auto& root) { return root->path() == folder; };
  return TreeAround(folder + "/") != nullptr || std::any_of(roots.begin(), roots.end(), is_it);
}

// The new folder that is to hold the file `path`, or null.
const OutputSet::State::Tree* OutputSet::State::TreeAround(const std::string& path) const {
  for (const Tree& tree : trees) {
    if (path.starts_with(tree.folder + "/")) return &tree;
  }
  return nullptr;
}

Result<OutputStream*> OutputSet::State::OpenInTree(const Tree& tree, const std::string& name) {
  const std::string path = tree.folder + "/" + name;
  int fd = -1;
  const int error = tree.entry->tree().AddFile(name, &fd);
  if (error == 0) return Begin(fd, Quote(path), nullptr);
  if (error == EEXIST) return OneFileTwice(path);
  if (error == EXDEV) return BadInput(Quote(path) + ": leads out of the folder, or has an empty part");
  return SystemError(Quote(path), "write", error);
}

Result<OutputStream*> OutputSet::State::OpenInRoot(OutputRoot* root, const std::string& name) {
  const Result<OutputFolder*> folder = root->FolderFor(name);
  if (!folder.ok()) return folder.status();
  const Result<std::optional<struct stat>> existing = root->Look(**folder, name);
  if (!existing.ok()) return existing.status();
  const std::string path = root->path() + "/" + name;
  if (Status status = FinishPendingAt(path); !status.ok()) return status;
  const Result<OutputEntry*> entry = NewEntry(path, *folder);
  if (!entry.ok()) return entry.status();
  Status created = (*entry)->CreateFile(*tag, *existing ? &**existing : nullptr);
  if (!created.ok()) return created;
  return Begin((*entry)->fd(), Quote((*entry)->path()), *entry);
}

}  // namespace pdquant
