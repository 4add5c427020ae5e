// Reading whole files that nobody vouches for.
#ifndef PDQUANT_FILES_INPUT_H_
#define PDQUANT_FILES_INPUT_H_

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/status.h"

namespace pdquant {

// The bytes of a file. They are read, not mapped: a file that somebody cuts under a map kills the process.
class Bytes {
 public:
  struct Free {
    void operator()(char* data) const { std::free(data); }
  };
  // From malloc, so that a stream of unknown length can grow without a second copy of it.
  using Buffer = std::unique_ptr<char[], Free>;

  Bytes() = default;
  Bytes(Buffer data, size_t size) : data_(std::move(data)), size_(size) {}
  static Bytes Copy(std::string_view text);
  // The text itself, without a second copy of it.
  static Bytes Take(std::string text);

  std::string_view view() const { return text_ != nullptr ? *text_ : std::string_view(data_.get(), size_); }
  size_t size() const { return view().size(); }

 private:
  Buffer data_;
  size_t size_ = 0;
  std::unique_ptr<std::string> text_;  // in the place of them
};

// Reads `path`, or standard input for "-": a regular file, or anything that can be read to its end, such as a FIFO.
// A regular file of more than `max_bytes` is refused before it is read, a stream as soon as it has delivered more.
// Errors: kIo if it can't be opened or read, or is changed while it is read; kBadInput for a folder or over the limit,
// with the option that sets it, which is empty for one that is fixed.
Result<Bytes> ReadInput(const std::string& path, uint64_t max_bytes, std::string_view limit_option = "--max-bytes");

}  // namespace pdquant

#endif  // PDQUANT_FILES_INPUT_H_
