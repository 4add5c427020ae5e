// The pending file of a set of several files: the promise that either all or none of them are replaced.
//
// A set is committed when its list is complete; from then on whoever comes across it renames what is left and removes
// it. The file is locked by the process that works on it; one that isn't locked was left by a process that is gone.
#ifndef PDQUANT_FILES_PENDING_H_
#define PDQUANT_FILES_PENDING_H_

#include <csignal>
#include <string>
#include <vector>

#include "base/status.h"
#include "files/descriptor.h"
#include "files/pending_list.h"

namespace pdquant {

// FIRST.pdquant-pending. `first` is the path of the set's first destination, links followed.
std::string PendingPath(const std::string& first);

// FinishPending for a path whose links are followed. One system call where there is no pending file.
Status FinishPendingAt(const std::string& first);

// Keeps signals from this thread, except those of its own faults.
class SignalBlock {
 public:
  SignalBlock() = default;
  SignalBlock(const SignalBlock&) = delete;
  SignalBlock& operator=(const SignalBlock&) = delete;
  ~SignalBlock() { End(); }
  void Begin();
  void End();

 private:
  bool blocked_ = false;
  sigset_t before_ = {};
};

// The pending file of this process. Usage: Lock, Write, Rename, Remove or Discard. From Lock on signals wait.
class PendingFile {
 public:
  // Creates and locks it; what a killed writer left in it is finished. Waits a while for another process, then
  // kTryAgain.
  Status Lock(const std::string& first);
  // Makes the temporary files' names durable, then writes the list: when it returns, the set is committed. Destinations
  // are paths as this process knows them.
  Status Write(const std::vector<PendingRename>& renames);
  // Renames, counting in `done`, and flushes the folders.
  Status Rename(const std::vector<PendingRename>& renames, size_t* done);
  // Removes the file: all is done.
  Status Remove();
  // Takes the list back before anything was renamed; false where it is still there.
  bool Discard();

 private:
  SignalBlock signals_;
  std::string path_;
  Descriptor file_;
};

}  // namespace pdquant

#endif  // PDQUANT_FILES_PENDING_H_
