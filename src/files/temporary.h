// What is written under a temporary name beside its place, and moved there when it is whole: files, and new folders
// with all that is in them.
#ifndef PDQUANT_FILES_TEMPORARY_H_
#define PDQUANT_FILES_TEMPORARY_H_

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/number_text.h"
#include "files/descriptor.h"
#include "files/folder.h"
#include "files/temporary_registry.h"

namespace pdquant {

// The name of a temporary file: ".NAME.pdquant-TTTTTTTTRRRRRRRR". NAME is its destination's name, cut where the whole
// would be too long. T, 8 hex digits, stand for the first destination of the set it belongs to, whose pending file may
// list it; R are random.
//
// Its writer is alive as long as somebody holds its lock (flock). A writer of many files keeps only few of them open;
// it holds one lock for all that have the same id: that of the file with an empty NAME, in their folder or in one of
// those above it.
struct TemporaryName {
  std::string name;
  std::string id;  // the 16 digits

  std::string FileName() const { return "." + name + ".pdquant-" + id; }
  uint32_t tag() const;
};

// NAME above. Names that need no cut are returned as they are.
std::string NameInTemporary(const std::string& name);
// Takes a file name apart; nothing where it isn't one of ours.
std::optional<TemporaryName> ParseTemporaryName(std::string_view file_name);
bool IsTemporaryId(std::string_view id);
// At most `length` bytes of `name`, not cut inside a UTF-8 character: there are file systems that insist on UTF-8.
std::string CutName(const std::string& name, size_t length);

// A temporary file that this process writes. It is removed on destruction unless it was moved or is to stay.
class TemporaryFile {
 public:
  TemporaryFile() = default;
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { Remove(); }

  // Creates and locks it for destination `folder` + `name`, open for writing. `mode` as for open(2). `at` is the open
  // folder, where there is one: it counts, whatever its path leads to by now. `id` is the id it gets where no other has
  // it. Returns 0 or errno.
  int Create(const std::string& folder, const std::string& name, uint32_t tag, mode_t mode, int at = -1,
             const std::string& id = "");
  // Gives it mode and owner of the file it will replace, the owner if that is allowed. Returns 0 or errno.
  int CopyModeAndOwner(const struct stat& replaced);

  int fd() const { return file_.get(); }
  const std::string& path() const { return path_; }
  const std::string& id() const { return id_; }
  dev_t device() const { return status_.st_dev; }
  // Gives the open file away, and the lock with it.
  Descriptor TakeDescriptor() { return std::move(file_); }

  // From here on a signal handler leaves it alone, the destructor doesn't.
  void Unregister();
  void Remove();
  // The file has been moved, or belongs to a pending file: nobody removes it.
  void Release();

 private:
  Descriptor file_;
  std::string path_;
  std::string id_;
  struct stat status_ = {};
  RegisteredTemporary* registered_ = nullptr;
};

// Files that are written, and may not be on the disk yet. A set may be of more files than a process may have open, so
// only few of them are.
class UnflushedFiles {
 public:
  bool is_full() const;
  // `number` tells it from the others in errors.
  void Add(Descriptor file, dev_t device, size_t number);
  size_t open() const { return open_.size(); }

  // Where one of the functions below returns an errno, `*failed` is the number of the file.
  // Writes the contents of those that are open, and closes them.
  int CloseAll(size_t* failed);
  // Brings all of them to the disk. Those that are still open stay so, for their locks.
  int Flush(size_t* failed);

 private:
  struct File {
    Descriptor descriptor;
    dev_t device;
    size_t number;
  };

  int WriteContents(size_t* failed) const;

  std::vector<File> open_;
  std::map<dev_t, File> closed_;  // one of those that were closed on each device, which stays open
};

// A new folder with files in it. Its temporary name is that of a temporary file, and so is its lock. It is removed on
// destruction unless it was moved or is to stay.
class TemporaryTree {
 public:
  TemporaryTree() = default;
  TemporaryTree(const TemporaryTree&) = delete;
  TemporaryTree& operator=(const TemporaryTree&) = delete;
  ~TemporaryTree() { Remove(); }

  // Creates and locks it for destination `folder` + `name`; `at` is the open folder. Returns 0 or errno.
  int Create(int at, const std::string& folder, const std::string& name, uint32_t tag);
  // Creates a file in it, and the folders that lead there; `fd` is open for writing until the next call of AddFile or
  // Flush. Returns 0 or errno: EXDEV for a name that isn't a plain path (path.h), EEXIST where it is taken, ENOTDIR
  // where a part of it is a file.
  int AddFile(const std::string& name, int* fd);
  // Flushes everything in it to the disk. Returns 0 or errno.
  int Flush();

  const std::string& path() const { return path_; }
  const std::string& id() const { return id_; }

  // From here on a signal handler leaves it alone, the destructor doesn't.
  void Unregister();
  void Remove();
  // It has been moved, or belongs to a pending file: nobody removes it.
  void Release();

 private:
  struct File {
    std::string path;
    RegisteredTemporary* registered;
  };

  Descriptor folder_;  // holds the lock
  dev_t device_ = 0;
  std::string path_;
  std::string id_;
  MadeFolders folders_;
  std::vector<File> files_;
  UnflushedFiles unflushed_;
};

// Removes the temporary file or folder `name` in `folder` (which ends with a slash or is empty) if its writer is gone,
// which the lock tells. What may be listed in the pending file `pending` is left where that exists; "" where none can
// list it.
void RemoveAbandoned(const std::string& folder, const TemporaryName& name, const std::string& pending);

}  // namespace pdquant

#endif  // PDQUANT_FILES_TEMPORARY_H_
