#include "batch/content_hash.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __clang_analyzer__  // which takes a null for possible where it looks into the header
#define XXH_STATIC_LINKING_ONLY
#else
#define XXH_INLINE_ALL
#endif
#include <xxhash.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/escape.h"
#include "base/number_text.h"
#include "files/descriptor.h"
#include "files/path.h"
#include "model/model.h"

namespace pdquant {
namespace {

namespace fs = std::filesystem;

constexpr size_t kChunk = size_t{256} << 10U;

}  // namespace

struct ContentHash::State {
  XXH3_state_t hash;
  std::vector<char> buffer;
};

ContentHash::ContentHash() : state_(std::make_unique<State>()) { XXH3_128bits_reset(&state_->hash); }
ContentHash::~ContentHash() = default;

void ContentHash::Add(std::string_view text) {
  const uint64_t size = text.size();
  XXH3_128bits_update(&state_->hash, &size, sizeof size);
  if (!text.empty()) XXH3_128bits_update(&state_->hash, text.data(), text.size());
}

bool ContentHash::AddFile(const std::string& path, uint64_t* size) {
  // A FIFO that nobody writes must not stop us here.
  const Descriptor file = OpenDescriptor(path, O_RDONLY | O_NOCTTY | O_NONBLOCK);
  struct stat status;
  if (!file.valid() || fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
  state_->buffer.resize(kChunk);
  uint64_t total = 0;
  for (;;) {
    const ssize_t got = Retry([&] { return read(file.get(), state_->buffer.data(), kChunk); });
    if (got < 0) return false;
    if (got == 0) break;
    XXH3_128bits_update(&state_->hash, state_->buffer.data(), static_cast<size_t>(got));
    total += static_cast<uint64_t>(got);
  }
  XXH3_128bits_update(&state_->hash, &total, sizeof total);
  if (size != nullptr) *size = total;
  return true;
}

std::string ContentHash::Hex() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(&state_->hash);
  return HexDigits(hash.high64, 16) + HexDigits(hash.low64, 16);
}

Result<std::vector<std::string>> FilesAt(const std::string& path, PathKind kind) {
  std::vector<std::string> files;
  std::error_code error;
  switch (KindOf(path)) {
    case FileKind::kFolder:
      for (fs::recursive_directory_iterator at(path, error), end; !error && at != end; at.increment(error)) {
        std::error_code ignored;
        if (at->is_regular_file(ignored)) files.push_back("/" + at->path().lexically_relative(path).string());
      }
      if (error) return SystemError(Quote(path), "list the folder", error.value());
      std::sort(files.begin(), files.end());
      break;
    case FileKind::kNothing:
      for (const std::string_view suffix : {kModelSuffix, kPirSuffix, kParamsSuffix}) {
        if (suffix == kPirSuffix && kind == PathKind::kOutput) continue;
        if (KindOf(path + std::string(suffix)) != FileKind::kNothing) files.emplace_back(suffix);
      }
      break;
    case FileKind::kFile:
    case FileKind::kOther:
      files.emplace_back();
  }
  return files;
}

uint64_t HashOfName(std::string_view name) { return XXH3_64bits(name.data(), name.size()); }

std::string ShortHash(std::string_view text) { return HexDigits(XXH32(text.data(), text.size(), 0), 8); }

}  // namespace pdquant
