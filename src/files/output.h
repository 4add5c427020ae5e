// Writing files so that at every moment each is the old one or the whole new one.
#ifndef PDQUANT_FILES_OUTPUT_H_
#define PDQUANT_FILES_OUTPUT_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/status.h"

namespace pdquant {

// A file that is written piece by piece.
class OutputStream {
 public:
  // Doesn't own the descriptor. `name` is for messages, quoted already.
  OutputStream(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}
  OutputStream(const OutputStream&) = delete;
  OutputStream& operator=(const OutputStream&) = delete;

  // Appends; small pieces are gathered. After an error every further call fails. Errors: kIo.
  Status Write(std::string_view bytes);
  // Writes what is gathered.
  Status Finish();

 private:
  Status WriteNow(std::string_view bytes);
  void StartWriteback();

  int fd_;
  std::string name_;
  std::string gathered_;
  uint64_t written_ = 0;
  uint64_t started_ = 0;  // as far as the kernel was told to write to the disk
  Status status_;
};

// A set of files that are replaced together. Usage: Add or Open each one, then Commit. Nothing at a destination changes
// before Commit; an OutputSet that is destroyed without it leaves nothing behind.
//
// Each file is written to a temporary file beside its destination (exclusive, with a random name, locked by its writer,
// so that a later run can remove it when its writer is gone), flushed, renamed, and the folder is flushed. A symbolic
// link is followed: its target is replaced. The mode of an existing file is kept. A destination that exists and is no
// regular file is written through; "-" is standard output. A new folder is filled under a temporary name, and appears
// with all its files by one rename. There may be more files than a process may have open at once. Several files: all
// temporaries are written and flushed, then a file
// FIRST.pdquant-pending names them; they are renamed and it is removed. FinishPending does the rest for a writer that
// was killed in between. FIRST is the first destination, or what SetName says.
//
// A full disk is an error only for a process that ignores SIGXFSZ, a reader that has gone only for one that ignores
// SIGPIPE.
class OutputSet {
 public:
  OutputSet();
  OutputSet(const OutputSet&) = delete;
  OutputSet& operator=(const OutputSet&) = delete;
  ~OutputSet();

  // What the user called the output, where that is no file: a folder, or the beginning of several files' names. Before
  // all else. Errors: as in FinishPending, which it does.
  Status SetName(const std::string& out);

  // Writes the concatenation of `pieces` to the temporary file of `destination`; what is written through is kept until
  // Commit. The first destination that is replaced is FIRST. Also finishes what a killed writer left pending at the
  // destination, and removes its temporary files.
  // Errors: kUsage for a destination that the set has already, kIo, and kTryAgain as in FinishPending.
  Status Add(const std::string& destination, std::span<const std::string_view> pieces);
  // The same for a file that is written piece by piece, through the stream, which is of the set and ends with the next
  // call of it. What is written through waits in an unnamed file of the folder for temporary files.
  Result<OutputStream*> Open(const std::string& destination);

  // A folder for OpenIn. One that doesn't exist will, with Commit. Errors: kIo, for what is in its way; kTryAgain as in
  // FinishPending.
  Status AddFolder(const std::string& folder);
  // Open for the file `name` in a folder of AddFolder. A name may have parts ("conv/w"), whose folders are made where
  // they are missing; it can't lead out of the folder, nor does a symbolic link in it. Errors: those of Open; kBadInput
  // for such names.
  Result<OutputStream*> OpenIn(const std::string& folder, const std::string& name);

  // Writes through, then moves all files to their destinations; the set is empty afterwards. Errors: kIo, with an empty
  // message where the reader of a pipe has gone, and kTryAgain where another process holds the lock for long, or has
  // made the folder in the meantime. On an error before the first rename every file is as it was; on a later one of
  // several files the pending file stays and the message says so.
  Status Commit();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Finishes what a killed writer of several files left at `path`, a file, a folder, or the beginning of several files'
// names: renames what PATH.pdquant-pending names, or that of its folder. No effect where there is no such file. A
// pending file can only rename temporary files to the destination that their own name tells, in the same folder, and
// must be owned by this user or root. Errors: kIo, and kTryAgain where its writer lives and doesn't come to an end in 5
// s.
Status FinishPending(const std::string& path);

// Writes all of `text` to standard output. Errors: kIo, with an empty message where the reader has gone (EPIPE).
Status WriteStandardOutput(std::string_view text);

}  // namespace pdquant

#endif  // PDQUANT_FILES_OUTPUT_H_
