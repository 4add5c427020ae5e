// A new folder with files in it, which is filled under a temporary name beside its place and moved there as a whole.
#ifndef PDQUANT_FILES_TEMPORARY_TREE_H_
#define PDQUANT_FILES_TEMPORARY_TREE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "files/descriptor.h"
#include "files/temporary_registry.h"

namespace pdquant {

// Its temporary name is that of a temporary file, and so is its lock: TemporaryName in temporary_file.h. It is removed
// on destruction unless it was moved or is to stay.
class TemporaryTree {
 public:
  TemporaryTree() = default;
  TemporaryTree(const TemporaryTree&) = delete;
  TemporaryTree& operator=(const TemporaryTree&) = delete;
  ~TemporaryTree() { Remove(); }

  // Creates and locks it for destination `folder` + `name`; `at` is the open folder. Returns 0 or errno.
  int Create(int at, const std::string& folder, const std::string& name, uint32_t tag);
  // Creates a file in it, and the folders that lead there; `fd` is open for writing until the next call of AddFile or
  // Flush. Returns 0 or errno: EXDEV for a name that isn't a plain path (beneath.h), EEXIST where it is taken, ENOTDIR
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
  struct Entry {
    std::string path;
    bool is_folder;
    RegisteredTemporary* registered;
  };

  int MakeFolder(int parent, const std::string& name, const std::string& path, Descriptor* folder);
  int OpenParent(const std::string& name, Descriptor* parent);
  int WriteOpenFiles();
  void Forget();

  Descriptor folder_;  // holds the lock
  std::string path_;
  std::string id_;
  std::vector<Entry> entries_;    // folders come before what is in them
  std::vector<Descriptor> open_;  // files whose contents may not be on the disk
};

}  // namespace pdquant

#endif  // PDQUANT_FILES_TEMPORARY_TREE_H_
