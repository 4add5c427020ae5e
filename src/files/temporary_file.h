// Temporary files beside their destination: their names, their lock, and the removal of those whose writer is gone.
#ifndef PDQUANT_FILES_TEMPORARY_FILE_H_
#define PDQUANT_FILES_TEMPORARY_FILE_H_

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "files/descriptor.h"
#include "files/temporary_registry.h"

namespace pdquant {

// The name of a temporary file: ".NAME.pdquant-TTTTTTTTRRRRRRRR". NAME is its destination's name, cut where the whole
// would be too long. T, 8 hex digits, stand for the first destination of the set it belongs to, whose pending file may
// list it; R are random.
struct TemporaryName {
  std::string name;
  std::string id;  // the 16 digits

  std::string FileName() const { return "." + name + ".pdquant-" + id; }
  bool HasTag(uint32_t tag) const;
};

// NAME above. Names that need no cut are returned as they are.
std::string NameInTemporary(const std::string& name);
// Takes a file name apart; nothing where it isn't one of ours.
std::optional<TemporaryName> ParseTemporaryName(std::string_view file_name);
bool IsTemporaryId(std::string_view id);
// A new id: the digits of `tag`, then random ones. Returns 0 or errno.
int MakeTemporaryId(uint32_t tag, std::string* id);
// At most `length` bytes of `name`, not cut inside a UTF-8 character: there are file systems that insist on UTF-8.
std::string CutName(const std::string& name, size_t length);

// A temporary file that this process writes. It is removed on destruction unless it was moved or is to stay.
class TemporaryFile {
 public:
  TemporaryFile() = default;
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { Remove(); }

  // Creates and locks it for destination `folder` + `name`, open for writing. `mode` as for open(2). `at` is the open
  // folder, where there is one: it counts, whatever its path leads to by now. Returns 0 or errno.
  int Create(const std::string& folder, const std::string& name, uint32_t tag, mode_t mode, int at = -1);
  // Gives it mode and owner of the file it will replace, the owner if that is allowed. Returns 0 or errno.
  int CopyModeAndOwner(const struct stat& replaced);

  int fd() const { return file_.get(); }
  const std::string& path() const { return path_; }
  const std::string& id() const { return id_; }

  // From here on a signal handler leaves it alone, the destructor doesn't.
  void Unregister();
  void Remove();
  // The file has been moved, or belongs to a pending file: nobody removes it.
  void Release();

 private:
  Descriptor file_;
  std::string path_;
  std::string id_;
  struct stat status_ = {};
  RegisteredTemporary* registered_ = nullptr;
};

// Removes the temporary file or folder `path` if its writer is gone, which its lock tells. What may be listed in the
// pending file `pending` is left where that exists; "" where none can list it.
void RemoveAbandoned(const std::string& path, const std::string& pending);

}  // namespace pdquant

#endif  // PDQUANT_FILES_TEMPORARY_FILE_H_
