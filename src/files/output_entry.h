// One file of a set, or one new folder, between its temporary place and its destination.
#ifndef PDQUANT_FILES_OUTPUT_ENTRY_H_
#define PDQUANT_FILES_OUTPUT_ENTRY_H_

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "files/output_folder.h"
#include "files/pending_list.h"
#include "files/temporary_file.h"
#include "files/temporary_tree.h"

namespace pdquant {

class OutputEntry {
 public:
  // `path` is the destination, links followed; `folder` the one it lies in, which outlives this.
  OutputEntry(std::string path, OutputFolder* folder);

  // Creates the temporary file. `existing` is what stands at the destination, or null. Errors: kIo.
  Status CreateFile(uint32_t tag, const struct stat* existing);
  // Creates the temporary folder. Errors: kIo.
  Status CreateTree(uint32_t tag);
  // All of the file is written: it gets the mode and owner of what it replaces.
  Status FinishFile();

  bool is_tree() const { return is_tree_; }
  TemporaryTree& tree() { return tree_; }
  int fd() const { return file_.fd(); }
  const std::string& path() const { return path_; }
  const std::string& name() const { return name_; }
  OutputFolder* folder() const { return folder_; }
  bool IsAt(const OutputFolder& folder, const std::string& name) const {
    return folder_->IsSameAs(folder) && name_ == name;
  }

  // Flushes it to the disk.
  Status Flush();
  // Moves it to its destination, and flushes the folder.
  Status Replace();
  PendingRename AsRename() const;

  // As those of TemporaryFile.
  void Unregister();
  void Remove();
  void Release();

  // "can't ACTION …" about the destination.
  Status Failed(std::string_view action, int error) const;

 private:
  const std::string& id() const { return is_tree_ ? tree_.id() : file_.id(); }

  std::string path_;
  std::string name_;
  OutputFolder* folder_;
  bool exists_ = false;
  struct stat existing_ = {};
  bool is_tree_ = false;
  TemporaryFile file_;
  TemporaryTree tree_;
};

}  // namespace pdquant

#endif  // PDQUANT_FILES_OUTPUT_ENTRY_H_
