#include "files/output_stream.h"

#include <fcntl.h>

#include <array>

#include "files/descriptor.h"

namespace pdquant {
namespace {

constexpr size_t kMostGathered = size_t{64} << 10U;
constexpr uint64_t kWriteback = uint64_t{16} << 20U;

}  // namespace

Status OutputStream::Write(std::string_view bytes) {
  if (gathered_.size() + bytes.size() > kMostGathered) return WriteNow(bytes);
  gathered_ += bytes;
  return status_;
}

Status OutputStream::Finish() { return WriteNow({}); }

Status OutputStream::WriteNow(std::string_view bytes) {
  if (!status_.ok()) return status_;
  const std::array<std::string_view, 2> pieces = {gathered_, bytes};
  const int error = WriteAll(fd_, pieces);
  if (error != 0) status_ = SystemError(name_, "write", error);
  written_ += gathered_.size() + bytes.size();
  gathered_.clear();
  StartWriteback();
  return status_;
}

// The disk works while the rest is computed: without it, all of a large file waits for the flush at the end.
void OutputStream::StartWriteback() {
  if (written_ - started_ < kWriteback) return;
  sync_file_range(fd_, static_cast<off_t>(started_), static_cast<off_t>(written_ - started_), SYNC_FILE_RANGE_WRITE);
  started_ = written_;
}

}  // namespace pdquant
