// An output that is written where it stands: standard output, a pipe, a device. What is to be written waits until all
// else is ready.
#ifndef PDQUANT_FILES_OUTPUT_THROUGH_H_
#define PDQUANT_FILES_OUTPUT_THROUGH_H_

#include <string>
#include <string_view>
#include <utility>

#include "base/status.h"
#include "files/descriptor.h"
#include "files/destination.h"

namespace pdquant {

// Writes all of it. Errors: kIo, with an empty message where the reader has gone (EPIPE).
Status WriteTo(int fd, const std::string& name, std::string_view text);

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

#endif  // PDQUANT_FILES_OUTPUT_THROUGH_H_
