// What the path of an output leads to, and writing to what isn't replaced: standard output, a pipe, a device.
#ifndef PDQUANT_FILES_DESTINATION_H_
#define PDQUANT_FILES_DESTINATION_H_

#include <sys/stat.h>

#include <string>
#include <string_view>
#include <utility>

#include "base/status.h"
#include "files/descriptor.h"

namespace pdquant {

struct Destination {
  enum class Kind {
    kDescriptor,  // is open: standard output, /dev/fd/N
    kThrough,     // exists and is no regular file: opened and written through
    kReplaced,    // a regular file, or nothing yet: replaced by renaming
  };
  Kind kind = Kind::kReplaced;
  std::string path;  // links at its end are followed if it is replaced
  int descriptor = -1;
  bool exists = false;
  struct stat status = {};  // of what exists

  std::string Quoted() const;  // for messages
};

// Errors: kIo, for a folder, a loop of links, or what can't be looked up.
Result<Destination> ResolveDestination(const std::string& path);

// Writes all of it. `name` is for messages, quoted already. Errors: kIo, with an empty message where the reader has
// gone (EPIPE).
Status WriteTo(int fd, const std::string& name, std::string_view text);

// An output that is written where it stands. What is to be written waits until all else is ready.
class OutputThrough {
 public:
  explicit OutputThrough(Destination destination) : destination_(std::move(destination)) {}

  // Keeps a text in memory.
  void Keep(std::string text) { text_ = std::move(text); }
  // Makes an unnamed file in the folder for temporary files (TMPDIR), for what may be large. Errors: kIo.
  Status OpenFile();
  int fd() const { return file_.get(); }
  std::string Quoted() const { return destination_.Quoted(); }

  // Errors: as in WriteTo.
  Status Write() const;

 private:
  Status WriteKept(int fd) const;

  Destination destination_;
  std::string text_;
  Descriptor file_;
};

}  // namespace pdquant

#endif  // PDQUANT_FILES_DESTINATION_H_
