#include "files/output_entry.h"

#include <cerrno>
#include <utility>

#include "base/escape.h"
#include "files/descriptor.h"
#include "files/destination.h"

namespace pdquant {

OutputEntry::OutputEntry(std::string path, OutputFolder* folder)
    : path_(std::move(path)), name_(NameOf(path_)), folder_(folder) {}

Status OutputEntry::Failed(std::string_view action, int error) const {
  return SystemError(Quote(path_), action, error);
}

Status OutputEntry::CreateFile(uint32_t tag, const struct stat* existing) {
  exists_ = existing != nullptr;
  if (exists_) existing_ = *existing;
  // Never more open than the file it replaces, not even while it is written.
  const mode_t mode = exists_ ? existing_.st_mode & 0777U : 0666U;
  const int error = file_.Create(folder_->path(), name_, tag, mode, folder_->fd());
  return error == 0 ? Status() : Failed("create a file beside it", error);
}

Status OutputEntry::CreateTree(uint32_t tag) {
  is_tree_ = true;
  const int error = tree_.Create(folder_->fd(), folder_->path(), name_, tag);
  return error == 0 ? Status() : Failed("create a folder beside it", error);
}

Status OutputEntry::FinishFile() {
  const int error = exists_ ? file_.CopyModeAndOwner(existing_) : 0;
  return error == 0 ? Status() : Failed("write", error);
}

Status OutputEntry::Flush() {
  const int error = is_tree_ ? tree_.Flush() : FlushFile(file_.fd());
  return error == 0 ? Status() : Failed("write", error);
}

Status OutputEntry::Replace() {
  const int error = folder_->Rename(NameOf(is_tree_ ? tree_.path() : file_.path()), name_);
  if (is_tree_ && (error == ENOTEMPTY || error == EEXIST)) {
    return TryAgain(Quote(path_) + ": another process has made this folder in the meantime; try again");
  }
  if (error != 0) return Failed("replace", error);
  Release();
  const int flushed = folder_->Flush();
  return flushed == 0 ? Status() : SystemError(Quote(OpenableFolder(path_)), "flush the folder", flushed);
}

PendingRename OutputEntry::AsRename() const { return {path_, id(), folder_->fd()}; }

void OutputEntry::Unregister() {
  file_.Unregister();
  tree_.Unregister();
}

void OutputEntry::Remove() {
  file_.Remove();
  tree_.Remove();
}

void OutputEntry::Release() {
  file_.Release();
  tree_.Release();
}

}  // namespace pdquant
