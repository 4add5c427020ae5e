// XXH3-128 of texts and of files: what tells whether something has changed.
#ifndef PDQUANT_BATCH_CONTENT_HASH_H_
#define PDQUANT_BATCH_CONTENT_HASH_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace pdquant {

class ContentHash {
 public:
  ContentHash();
  ContentHash(const ContentHash&) = delete;
  ContentHash& operator=(const ContentHash&) = delete;
  ~ContentHash();

  // A text with its length, so that "ab", "c" differs from "a", "bc".
  void Add(std::string_view text);
  // The bytes of a file, and how many they are. False where it is no regular file or can't be read: a pipe isn't
  // touched, since whoever has to read it would find it empty.
  bool AddFile(const std::string& path, uint64_t* size = nullptr);
  // 32 hex digits.
  std::string Hex() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

enum class PathKind { kInput, kOutput };

// The files of an input or an output, as what follows its path: "" for a file, "/a/w" for those in a folder and below,
// sorted, ".pdmodel" and ".pdiparams" for the prefix of a model, and ".json" for that of an input, which may be an
// export of Paddle 3. What is there and is neither file nor folder counts as a file. Errors: kIo, for a folder that
// can't be looked into as a whole.
Result<std::vector<std::string>> FilesAt(const std::string& path, PathKind kind);

// 64 bits, for tables.
uint64_t HashOfName(std::string_view name);
// 8 hex digits of XXH32, which guards a line.
std::string ShortHash(std::string_view text);

}  // namespace pdquant

#endif  // PDQUANT_BATCH_CONTENT_HASH_H_
