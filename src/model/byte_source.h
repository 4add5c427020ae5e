// Where the bytes of parameters come from: a regular file that is read piece by piece, or memory.
#ifndef PDQUANT_MODEL_BYTE_SOURCE_H_
#define PDQUANT_MODEL_BYTE_SOURCE_H_

#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/status.h"
#include "files/descriptor.h"

namespace pdquant {

// Bytes that are read piece by piece: a file, or memory in tests.
class ByteSource {
 public:
  ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;
  virtual ~ByteSource() = default;

  virtual uint64_t size() const = 0;
  // Fills `into` with the bytes from `offset` on; all of them lie before size(). Errors: kIo.
  virtual Status Read(uint64_t offset, std::span<char> into) const = 0;
};

// What tells one state of a file from another.
class FileIdentity {
 public:
  FileIdentity() = default;
  explicit FileIdentity(const struct stat& status);

  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;

 private:
  dev_t device_ = 0;
  ino_t inode_ = 0;
  off_t size_ = 0;
  int64_t modified_[2] = {0, 0};  // seconds, nanoseconds
  int64_t changed_[2] = {0, 0};
};

// A regular file.
class FileSource : public ByteSource {
 public:
  // `name` is for messages, quoted already. Invalid until Init.
  FileSource(Descriptor file, std::string name) : file_(std::move(file)), name_(std::move(name)) {}

  // Errors: kIo; kBadInput for what is no regular file.
  Status Init();

  uint64_t size() const override { return static_cast<uint64_t>(status_.st_size); }
  Status Read(uint64_t offset, std::span<char> into) const override;

  // Whether the file is as it was at Init. Errors: kIo where it isn't.
  Status CheckUnchanged() const;
  // The kernel may read ahead.
  void ExpectSequentialReads() const;

  FileIdentity identity() const { return FileIdentity(status_); }
  bool has_other_links() const { return status_.st_nlink > 1; }
  const std::string& name() const { return name_; }
  // Another process has changed the file.
  Status Changed() const;

 private:
  Descriptor file_;
  std::string name_;
  struct stat status_ = {};
};

// Bytes that somebody else keeps.
class MemorySource : public ByteSource {
 public:
  explicit MemorySource(std::string_view bytes) : bytes_(bytes) {}

  uint64_t size() const override { return bytes_.size(); }
  Status Read(uint64_t offset, std::span<char> into) const override {
    std::copy_n(bytes_.data() + offset, into.size(), into.data());
    return {};
  }

 private:
  std::string_view bytes_;
};

}  // namespace pdquant

#endif  // PDQUANT_MODEL_BYTE_SOURCE_H_
