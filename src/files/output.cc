#include "files/output.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/escape.h"
#include "files/descriptor.h"
#include "files/destination.h"
#include "files/output_state.h"
#include "files/output_through.h"
#include "files/pending_places.h"

namespace pdquant {
namespace {

std::string Join(std::span<const std::string_view> pieces) {
  size_t size = 0;
  for (const std::string_view piece : pieces) size += piece.size();
  std::string text;
  text.reserve(size);
  for (const std::string_view piece : pieces) text += piece;
  return text;
}

}  // namespace

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
  if (const int error = WriteAll((*entry)->fd(), pieces); error != 0) return (*entry)->Failed("write", error);
  return (*entry)->FinishFile();
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
  return state_->Begin((*entry)->fd(), Quote((*entry)->path()), *entry);
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
