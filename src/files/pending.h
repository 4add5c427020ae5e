// The pending file of a set of several files: the promise that either all or none of them are replaced.
//
// A set is committed when its list is complete; from then on whoever comes across it renames what is left and removes
// it. The file is locked by the process that works on it; one that isn't locked was left by a process that is gone.
#ifndef PDQUANT_FILES_PENDING_H_
#define PDQUANT_FILES_PENDING_H_

#include <csignal>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "files/descriptor.h"
#include "files/pending_list.h"

namespace pdquant {

inline constexpr std::string_view kPendingSuffix = ".pdquant-pending";

// FIRST.pdquant-pending. `first` is the path of the set's first destination, links followed.
std::string PendingPath(const std::string& first);

// Does the rest of a killed writer's work, where it has left FIRST.pdquant-pending. One system call where it hasn't.
// Errors: as in FinishPending (output.h).
Status FinishPendingAt(const std::string& first);

// FIRST for a set that is written into a folder: OUT, so that the pending file lies beside the folder, or OUT/, so that
// it lies in it, where nothing may be made beside it.
std::string PendingPlaceOfFolder(const std::string& folder);

// Every FIRST whose set may hold the file or the folder `path`: the file itself, the prefix that its name begins with
// (P of P.pdmodel), its folder, or the folder that it is.
std::vector<std::string> PendingPlaces(const std::string& path);

// FinishPendingAt for all of them.
Status FinishPendingAround(const std::string& path);

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
  // Calls `move` for each of them, which renames it, counting in `done`; then flushes the folders.
  Status Rename(const std::vector<PendingRename>& renames, const std::function<Status(size_t number)>& move,
                size_t* done);
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
