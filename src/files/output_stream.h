// A file that is written piece by piece.
#ifndef PDQUANT_FILES_OUTPUT_STREAM_H_
#define PDQUANT_FILES_OUTPUT_STREAM_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace pdquant {

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

}  // namespace pdquant

#endif  // PDQUANT_FILES_OUTPUT_STREAM_H_
