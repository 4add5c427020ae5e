// Folders that get output, what is written into them, and the abandoned temporary files that lie there.
#ifndef PDQUANT_FILES_OUTPUT_FOLDER_H_
#define PDQUANT_FILES_OUTPUT_FOLDER_H_

#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/status.h"
#include "files/descriptor.h"
#include "files/folder.h"
#include "files/pending_list.h"
#include "files/temporary.h"

namespace pdquant {

class OutputFolder {
 public:
  // `path` ends in a slash, or is "" for the current folder. Lists the temporary files; returns 0 or errno. A folder
  // that may be written but not read has none to see.
  int Open(const std::string& path);
  // The same for the folder `name` in the open folder `at`.
  int OpenAt(int at, const std::string& name, const std::string& path);
  // The same for a folder that is open for reading.
  int Adopt(Descriptor folder, const std::string& path);
  // Closes it; Reopen takes a descriptor of the same folder. Returns 0, or ESTALE where it is another one.
  void Close() { descriptor_.Close(); }
  int Reopen(Descriptor folder);

  const std::string& path() const { return path_; }
  bool is_open() const { return descriptor_.valid(); }
  // While it is open, it counts, whatever its path leads to by now.
  int fd() const { return descriptor_.get(); }
  // Flushes the folder to the disk; returns 0 or errno.
  int Flush() const { return FlushFolder(fd()); }
  // Renames inside the folder; returns 0 or errno.
  int Rename(const std::string& from, const std::string& to) const;
  // Tells the place of a file from all others, whatever path leads there.
  std::string KeyOf(const std::string& name) const;
  // The tag of temporary files that belong to a set whose first destination is `name` in this folder.
  uint32_t TagOf(const std::string& name) const;

  // Removes the files that were there when the folder was opened and whose writers are gone:
  // those with `tag`, unless the pending file that could list them exists;
  void RemoveAbandonedWithTag(uint32_t tag, const std::string& pending);
  // those for the destination `name`, listed or not: a newer file has taken its place.
  void RemoveSuperseded(const std::string& name) const;

 private:
  int List();

  Descriptor descriptor_;
  bool readable_ = true;
  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  // What was there, by its tag and by the name of its destination.
  std::unordered_multimap<uint32_t, TemporaryName> with_tag_;
  std::unordered_multimap<std::string, TemporaryName> with_name_;
};

// A folder that exists and gets files by untrusted names. Nothing outside is touched. Folders in it that this made are
// removed on destruction, unless they are kept or no longer empty.
class OutputRoot {
 public:
  // `path` doesn't end in a slash. Errors: kIo.
  Status Open(const std::string& path);
  const std::string& path() const { return path_; }
  // The folder itself, which stays open.
  OutputFolder* home() { return &home_; }

  // The folder that is to hold the file `name`; made where it is missing. It is open until the next call of FolderFor
  // or OpenAgain: there may be more of them than a process may have open. Errors: kIo; kBadInput for a name that leads
  // out of the root (folder.h).
  Result<OutputFolder*> FolderFor(const std::string& name);
  // Opens one of them again, where it was closed. Returns 0 or errno.
  int OpenAgain(OutputFolder* folder);
  // What stands at the place of a file in an open folder of it; nothing where nothing does. Errors: kIo; kBadInput for
  // a symbolic link.
  Result<std::optional<struct stat>> Look(const OutputFolder& folder, const std::string& name) const;

  // Flushes what leads to the folders that were made.
  Status Flush() const;
  // The folders stay.
  void Keep() { made_.Keep(); }

 private:
  Status Failed(const std::string& name, std::string_view action, int error) const;
  void CloseSome();

  std::string path_;
  Descriptor descriptor_;
  OutputFolder home_;
  std::unordered_map<std::string, std::unique_ptr<OutputFolder>> folders_;  // by their names below the root
  std::vector<OutputFolder*> open_;                                         // of folders_
  MadeFolders made_;
};

// One file of a set, or one new folder, between its temporary place and its destination.
class OutputEntry {
 public:
  // `path` is the destination, links followed; `folder` the one it lies in, `root` that one's root, or null. Both
  // outlive this.
  OutputEntry(std::string path, OutputFolder* folder, OutputRoot* root);

  // Creates the temporary file, with the id where that is free. `existing` is what stands at the destination, or null.
  // Errors: kIo.
  Status CreateFile(uint32_t tag, const std::string& id, const struct stat* existing);
  // Creates the temporary folder. Errors: kIo.
  Status CreateTree(uint32_t tag);
  // All of the file is written: it gets the mode and owner of what it replaces.
  Status FinishFile();

  bool is_tree() const { return is_tree_; }
  TemporaryTree& tree() { return tree_; }
  TemporaryFile& file() { return file_; }
  const std::string& id() const { return is_tree_ ? tree_.id() : file_.id(); }
  const std::string& path() const { return path_; }
  const std::string& name() const { return name_; }
  OutputFolder* folder() const { return folder_; }
  // The folder that `folder` lies in and that stays open.
  OutputFolder* home() const { return root_ == nullptr ? folder_ : root_->home(); }

  // Flushes a new folder to the disk.
  Status FlushTree();
  // Moves it to its destination.
  Status Move();
  // The same for one that is alone, and flushes the folder.
  Status Replace();
  PendingRename AsRename() const { return {path_, id()}; }

  // As those of TemporaryFile.
  void Unregister();
  void Remove();
  void Release();

  // "can't ACTION …" about the destination.
  Status Failed(std::string_view action, int error) const;

 private:
  int Rename();

  std::string path_;
  std::string name_;
  OutputFolder* folder_;
  OutputRoot* root_;
  bool exists_ = false;
  struct stat existing_ = {};
  bool is_tree_ = false;
  TemporaryFile file_;
  TemporaryTree tree_;
};

}  // namespace pdquant

#endif  // PDQUANT_FILES_OUTPUT_FOLDER_H_
