// Folders: opening what lies beneath one by untrusted names, making those on the way to a file, flushing them. Nothing
// outside a folder is ever opened, also when somebody exchanges folders and links at the same time.
#ifndef PDQUANT_FILES_FOLDER_H_
#define PDQUANT_FILES_FOLDER_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/status.h"
#include "files/descriptor.h"
#include "files/temporary_registry.h"

namespace pdquant {

// open(2) of `name` beneath the open folder `folder`, close-on-exec. On failure invalid, with errno: EXDEV for a name
// that is no plain path (path.h), ELOOP where it is a symbolic link or leads through one.
Descriptor OpenBeneath(int folder, const std::string& name, int flags, mode_t mode = 0);

// The same without openat2(2), which old kernels and some sandboxes don't have: component by component.
Descriptor OpenByComponents(int folder, const std::string& name, int flags, mode_t mode = 0);

// Flushes a folder to the disk; returns 0 or errno. One that may be written but not read (then it is open as O_PATH)
// can't be flushed alone: everything is.
int FlushFolder(int fd);
int FlushFolder(const std::string& path);

// Makes a folder, and those on the way to it, to stay. Errors: kIo.
Status MakeFolders(const std::string& path);

// Folders that this process has made. Those that are empty are removed on destruction, and by a signal handler, unless
// they are kept.
class MadeFolders {
 public:
  MadeFolders() = default;
  MadeFolders(const MadeFolders&) = delete;
  MadeFolders& operator=(const MadeFolders&) = delete;
  ~MadeFolders() { Remove(); }

  // Makes the folder `name` in the open folder `parent` and opens it. `path` is its path. Returns 0 or errno.
  int Make(int parent, const std::string& name, const std::string& path, Descriptor* folder);
  // Opens the folder `name` beneath the open folder `root`, whose path is `root_path`, "" for the root itself, and
  // makes what is missing on the way. Returns 0 or errno, as OpenBeneath.
  int OpenOrMake(int root, const std::string& root_path, const std::string& name, Descriptor* folder);

  // Their paths; a folder comes before what is in it.
  std::vector<std::string> Paths() const;
  void Remove();
  // They stay from here on: Unregister for a signal handler, Keep for all.
  void Unregister();
  void Keep();

 private:
  struct Made {
    std::string path;
    RegisteredTemporary* registered;
  };

  std::vector<Made> made_;
};

}  // namespace pdquant

#endif  // PDQUANT_FILES_FOLDER_H_
