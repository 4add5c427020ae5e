// A folder that gets output, and the abandoned temporary files in it.
#ifndef PDQUANT_FILES_OUTPUT_FOLDER_H_
#define PDQUANT_FILES_OUTPUT_FOLDER_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "files/descriptor.h"
#include "files/temporary_file.h"

namespace pdquant {

class OutputFolder {
 public:
  // `path` ends in a slash, or is "" for the current folder. Lists the temporary files; returns 0 or errno. A folder
  // that may be written but not read has none to see.
  int Open(const std::string& path);
  // The same for a folder that is open for reading.
  int Adopt(Descriptor folder, const std::string& path);

  const std::string& path() const { return path_; }
  // Open while this lives: it counts, whatever its path leads to by now.
  int fd() const { return descriptor_.get(); }
  // Flushes the folder to the disk; returns 0 or errno.
  int Flush() const;
  // Renames inside the folder; returns 0 or errno.
  int Rename(const std::string& from, const std::string& to) const;
  dev_t device() const { return device_; }
  bool IsSameAs(const OutputFolder& other) const { return device_ == other.device_ && inode_ == other.inode_; }
  // The tag of temporary files that belong to a set whose first destination is `name` in this folder.
  uint32_t TagOf(const std::string& name) const;

  // Removes the files that were there when the folder was opened and whose writers are gone:
  // those with `tag`, unless the pending file that could list them exists;
  void RemoveAbandonedWithTag(uint32_t tag, const std::string& pending);
  // those for the destination `name`, listed or not: a newer file has taken its place.
  void RemoveSuperseded(const std::string& name);

 private:
  int List();

  Descriptor descriptor_;
  bool readable_ = true;
  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  std::vector<TemporaryName> temporaries_;
};

}  // namespace pdquant

#endif  // PDQUANT_FILES_OUTPUT_FOLDER_H_
