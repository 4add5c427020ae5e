#include "files/output.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/escape.h"
#include "files/descriptor.h"
#include "files/destination.h"
#include "files/output_folder.h"
#include "files/path.h"
#include "files/pending.h"
#include "files/temporary.h"

namespace pdquant {
namespace {

constexpr size_t kMostGathered = size_t{64} << 10U;
constexpr uint64_t kWriteback = uint64_t{16} << 20U;
constexpr int kLockAttempts = 100;

Status OneFileTwice(const std::string& path) { return UsageError(Quote(path) + ": is the place of two outputs"); }

std::string Join(std::span<const std::string_view> pieces) {
  size_t size = 0;
  for (const std::string_view piece : pieces) size += piece.size();
  std::string text;
  text.reserve(size);
  for (const std::string_view piece : pieces) text += piece;
  return text;
}

}  // namespace

Status OutputStream::Write(std::string_view bytes) {
  if (gathered_.size() + bytes.size() > kMostGathered) return WriteNow(bytes);
  gathered_ += bytes;
  return status_;
}

Status OutputStream::Finish() { return WriteNow({}); }

Status OutputStream::WriteNow(std::string_view bytes) {
  if (!status_.ok()) return status_;
  const std::array<std::string_view, 2> pieces = {gathered_, bytes};
  const int error = WriteAll(fd_, pieces);
  if (error != 0) status_ = SystemError(name_, "write", error);
  written_ += gathered_.size() + bytes.size();
  gathered_.clear();
  StartWriteback();
  return status_;
}

// The disk works while the rest is computed: without it, all of a large file waits for the flush at the end.
void OutputStream::StartWriteback() {
  if (written_ - started_ < kWriteback) return;
  sync_file_range(fd_, static_cast<off_t>(started_), static_cast<off_t>(written_ - started_), SYNC_FILE_RANGE_WRITE);
  started_ = written_;
}

struct OutputSet::State {
  // A new folder, under the name of AddFolder.
  struct Tree {
    std::string folder;
    OutputEntry* entry;
  };

  std::string first;            // FIRST; empty as long as nothing is replaced
  std::optional<uint32_t> tag;  // of this set's temporary files
  std::string id;               // of those that are created next
  // What others refer to comes first, and is destroyed last.
  std::vector<std::unique_ptr<OutputRoot>> roots;
  std::unordered_map<std::string, std::unique_ptr<OutputFolder>> folders;  // by their paths
  std::vector<std::unique_ptr<TemporaryFile>> locks;                       // of files that are closed
  std::unordered_set<std::string> locked;                                  // the places of the locks
  UnflushedFiles unflushed;                                                // each by its number in `entries`
  std::vector<std::unique_ptr<OutputEntry>> entries;
  std::unordered_set<std::string> places;  // of the entries
  size_t closed = 0;                       // entries in front that have no open file
  std::vector<std::unique_ptr<OutputThrough>> through;
  std::vector<Tree> trees;
  std::unique_ptr<OutputStream> stream;
  OutputEntry* streamed = nullptr;  // the file that the stream writes, unless it is written through or in a new folder

  Status EndStream();
  OutputStream* Begin(int fd, std::string name, OutputEntry* entry);
  Status FinishFile(OutputEntry* entry);
  Status CloseFiles();
  Status Lock(OutputFolder* home, const std::string& lock_id);
  Result<OutputFolder*> OpenFolder(const std::string& path);
  Status Prepare(const std::string& path, OutputFolder* folder, OutputFolder* home);
  Result<OutputEntry*> NewEntry(const std::string& path, OutputFolder* folder, OutputRoot* root);
  Result<OutputEntry*> NewFile(const std::string& path, OutputFolder* folder, OutputRoot* root,
                               const struct stat* existing);
  Result<OutputEntry*> NewFile(const Destination& destination);
  Result<OutputStream*> OpenThrough(Destination destination);
  Status AddTree(const std::string& folder);
  Status AddRoot(const std::string& folder);
  bool Knows(const std::string& folder) const;
  const Tree* TreeAround(const std::string& path) const;
  Result<OutputStream*> OpenInTree(const Tree& tree, const std::string& name);
  Result<OutputStream*> OpenInRoot(OutputRoot* root, const std::string& name);
  Status Flush();
  Status ReplaceSeveral();
  Status Replace();
};

Status OutputSet::State::EndStream() {
  if (stream == nullptr) return {};
  Status status = stream->Finish();
  if (status.ok() && streamed != nullptr) status = FinishFile(streamed);
  stream.reset();
  streamed = nullptr;
  return status;
}

OutputStream* OutputSet::State::Begin(int fd, std::string name, OutputEntry* entry) {
  stream = std::make_unique<OutputStream>(fd, std::move(name));
  streamed = entry;
  return stream.get();
}

// It is the last one of the entries.
Status OutputSet::State::FinishFile(OutputEntry* entry) {
  if (Status status = entry->FinishFile(); !status.ok()) return status;
  unflushed.Add(entry->file().TakeDescriptor(), entry->file().device(), entries.size() - 1);
  return {};
}

// A set may be of more files than a process may have open. The lock of a file goes with its descriptor, so one for all
// of them is taken first.
Status OutputSet::State::CloseFiles() {
  for (; closed < entries.size(); ++closed) {
    const OutputEntry& entry = *entries[closed];
    if (entry.is_tree()) continue;
    if (Status status = Lock(entry.home(), entry.id()); !status.ok()) return status;
  }
  size_t failed = 0;
  const int error = unflushed.CloseAll(&failed);
  return error == 0 ? Status() : entries[failed]->Failed("write", error);
}

Status OutputSet::State::Lock(OutputFolder* home, const std::string& lock_id) {
  if (!locked.insert(home->KeyOf(lock_id)).second) return {};
  int error = EEXIST;
  for (int attempt = 0; attempt < kLockAttempts && error == EEXIST; ++attempt) {
    auto lock = std::make_unique<TemporaryFile>();
    error = lock->Create(home->path(), "", *tag, 0666, home->fd(), lock_id);
    // Another process took the first one for abandoned, before it was locked, and this is a second one.
    if (error == 0 && lock->id() != lock_id) error = EEXIST;
    if (error == 0) locks.push_back(std::move(lock));
  }
  return error == 0 ? Status() : SystemError(Quote(home->path()), "create a file in", error);
}

// A folder is listed once for all its files.
Result<OutputFolder*> OutputSet::State::OpenFolder(const std::string& path) {
  if (const auto found = folders.find(path); found != folders.end()) return found->second.get();
  auto folder = std::make_unique<OutputFolder>();
  if (const int error = folder->Open(path); error != 0) return SystemError(Quote(path), "open the folder", error);
  return (folders[path] = std::move(folder)).get();
}

// Clears away what killed writers left, once what they left pending is finished. A temporary file with the tag of this
// set's first destination, or of this one, can be listed in their pending files only, which are finished. One with
// another tag stays until its destination has been replaced: removed earlier, it would be missed when its set is
// finished, and some files of that set would be old.
Status OutputSet::State::Prepare(const std::string& path, OutputFolder* folder, OutputFolder* home) {
  if (first.empty()) first = path;
  if (!tag) {
    const Result<OutputFolder*> first_folder = OpenFolder(FolderOf(first));
    if (!first_folder.ok()) return first_folder.status();
    tag = (*first_folder)->TagOf(NameOf(first));
  }
  const std::string pending = PendingPath(first);
  home->RemoveAbandonedWithTag(*tag, pending);
  folder->RemoveAbandonedWithTag(*tag, pending);
  const uint32_t own_tag = folder->TagOf(NameOf(path));
  if (own_tag != *tag) folder->RemoveAbandonedWithTag(own_tag, PendingPath(path));
  return {};
}

Result<OutputEntry*> OutputSet::State::NewEntry(const std::string& path, OutputFolder* folder, OutputRoot* root) {
  if (!places.insert(folder->KeyOf(NameOf(path))).second) return OneFileTwice(path);
  auto entry = std::make_unique<OutputEntry>(path, folder, root);
  if (Status status = Prepare(path, folder, entry->home()); !status.ok()) return status;
  entries.push_back(std::move(entry));
  return entries.back().get();
}

Result<OutputEntry*> OutputSet::State::NewFile(const std::string& path, OutputFolder* folder, OutputRoot* root,
                                               const struct stat* existing) {
  if (unflushed.is_full()) {
    if (Status status = CloseFiles(); !status.ok()) return status;
  }
  Result<OutputEntry*> entry = NewEntry(path, folder, root);
  if (!entry.ok()) return entry;
  if (Status created = (*entry)->CreateFile(*tag, id, existing); !created.ok()) return created;
  id = (*entry)->id();  // another one where two long names, cut, are one
  return entry;
}

Result<OutputEntry*> OutputSet::State::NewFile(const Destination& destination) {
  const Result<OutputFolder*> folder = OpenFolder(FolderOf(destination.path));
  if (!folder.ok()) return folder.status();
  if (Status status = FinishPendingAround(destination.path); !status.ok()) return status;
  return NewFile(destination.path, *folder, nullptr, destination.exists ? &destination.status : nullptr);
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
  const Result<OutputEntry*> entry = NewEntry(*path, *parent, nullptr);
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
  const Result<OutputEntry*> entry = NewFile(path, *folder, root, *existing ? &**existing : nullptr);
  if (!entry.ok()) return entry.status();
  return Begin((*entry)->file().fd(), Quote(path), *entry);
}

Status OutputSet::State::Flush() {
  for (const auto& root : roots) {
    if (Status status = root->Flush(); !status.ok()) return status;
  }
  size_t failed = 0;
  if (const int error = unflushed.Flush(&failed); error != 0) return entries[failed]->Failed("write", error);
  for (const auto& entry : entries) {
    if (!entry->is_tree()) continue;
    if (Status status = entry->FlushTree(); !status.ok()) return status;
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
  if (status.ok())
    status = pending.Rename(
        renames, [this](size_t number) { return entries[number]->Move(); }, &done);
  if (done == 0 && pending.Discard()) {
    for (const auto& entry : entries) entry->Remove();  // while signals still wait
    return status;
  }
  for (const auto& root : roots) root->Keep();
  for (const auto& entry : entries) entry->Release();
  if (status.ok()) return pending.Remove();
  return status.WithMessage(status.message() + "; " + std::to_string(done) + " of " + std::to_string(renames.size()) +
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

OutputSet::OutputSet() : state_(std::make_unique<State>()) {}
OutputSet::~OutputSet() = default;

Status OutputSet::SetName(const std::string& out) {
  state_->first = PendingPlaceOfFolder(out);
  return FinishPendingAround(out);
}

Status OutputSet::Add(const std::string& path, std::span<const std::string_view> pieces) {
  if (Status status = state_->EndStream(); !status.ok()) return status;
  if (const State::Tree* tree = state_->TreeAround(path)) {
    const Result<OutputStream*> stream = state_->OpenInTree(*tree, path.substr(tree->folder.size() + 1));
    return stream.ok() ? (*stream)->Write(Join(pieces)) : stream.status();
  }
  Result<Destination> destination = ResolveDestination(path);
  if (!destination.ok()) return destination.status();
  if (destination->kind != Destination::Kind::kReplaced) {
    state_->through.push_back(std::make_unique<OutputThrough>(std::move(*destination)));
    state_->through.back()->Keep(Join(pieces));
    return {};
  }
  const Result<OutputEntry*> entry = state_->NewFile(*destination);
  if (!entry.ok()) return entry.status();
  if (const int error = WriteAll((*entry)->file().fd(), pieces); error != 0) return (*entry)->Failed("write", error);
  return state_->FinishFile(*entry);
}

Result<OutputStream*> OutputSet::Open(const std::string& path) {
  if (Status status = state_->EndStream(); !status.ok()) return status;
  if (const State::Tree* tree = state_->TreeAround(path)) {
    return state_->OpenInTree(*tree, path.substr(tree->folder.size() + 1));
  }
  Result<Destination> destination = ResolveDestination(path);
  if (!destination.ok()) return destination.status();
  if (destination->kind != Destination::Kind::kReplaced) return state_->OpenThrough(std::move(*destination));
  const Result<OutputEntry*> entry = state_->NewFile(*destination);
  if (!entry.ok()) return entry.status();
  return state_->Begin((*entry)->file().fd(), Quote((*entry)->path()), *entry);
}

Status OutputSet::AddFolder(const std::string& path) {
  if (Status status = state_->EndStream(); !status.ok()) return status;
  const std::string folder = WithoutSlashes(path);
  if (state_->Knows(folder)) return {};
  if (Status status = FinishPendingAround(folder); !status.ok()) return status;
  struct stat status;
  if (stat(folder.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) return state_->AddRoot(folder);
    return IoError(Quote(folder) + ": is in the way: it is no folder");
  }
  return errno == ENOENT ? state_->AddTree(folder) : SystemError(Quote(folder), "write", errno);
}

Result<OutputStream*> OutputSet::OpenIn(const std::string& path, const std::string& name) {
  if (Status status = state_->EndStream(); !status.ok()) return status;
  const std::string folder = WithoutSlashes(path);
  const std::string file = folder + "/" + name;
  if (const State::Tree* tree = state_->TreeAround(file)) {
    return state_->OpenInTree(*tree, file.substr(tree->folder.size() + 1));
  }
  for (const auto& root : state_->roots) {
    if (root->path() == folder) return state_->OpenInRoot(root.get(), name);
  }
  return InternalError(Quote(folder) + ": is no folder of this set of outputs");
}

Status OutputSet::Commit() {
  // Whatever happens, what is temporary goes with this.
  const std::unique_ptr<State> state = std::exchange(state_, std::make_unique<State>());
  if (Status status = state->EndStream(); !status.ok()) return status;
  if (Status status = state->Flush(); !status.ok()) return status;
  for (const auto& through : state->through) {
    if (Status status = through->Write(); !status.ok()) return status;
  }
  return state->Replace();
}

Status FinishPending(const std::string& path) { return FinishPendingAround(path); }

Status WriteStandardOutput(std::string_view text) { return WriteTo(STDOUT_FILENO, "standard output", text); }

}  // namespace pdquant
