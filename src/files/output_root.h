// A folder that exists and gets files by names that nobody vouches for. Nothing outside is touched.
#ifndef PDQUANT_FILES_OUTPUT_ROOT_H_
#define PDQUANT_FILES_OUTPUT_ROOT_H_

#include <sys/stat.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "files/descriptor.h"
#include "files/output_folder.h"
#include "files/temporary_registry.h"

namespace pdquant {

// The folders in it that this made are removed on destruction, unless they are kept or no longer empty.
class OutputRoot {
 public:
  OutputRoot() = default;
  OutputRoot(const OutputRoot&) = delete;
  OutputRoot& operator=(const OutputRoot&) = delete;
  ~OutputRoot();

  // `path` doesn't end in a slash. Errors: kIo.
  Status Open(const std::string& path);
  const std::string& path() const { return path_; }

  // The folder that is to hold the file `name`; made where it is missing. Errors: kIo; kBadInput for a name that leads
  // out of the root (beneath.h).
  Result<OutputFolder*> FolderFor(const std::string& name);
  // What stands at the place of a file in such a folder; nothing where nothing does. Errors: kIo; kBadInput for a
  // symbolic link.
  Result<std::optional<struct stat>> Look(const OutputFolder& folder, const std::string& name) const;

  // Flushes what leads to the folders that were made.
  Status Flush() const;
  // The folders stay.
  void Keep();

 private:
  struct Made {
    std::string path;
    RegisteredTemporary* registered;
  };

  Status Failed(const std::string& name, std::string_view action, int error) const;
  int OpenFolder(const std::string& name, Descriptor* folder);

  std::string path_;
  Descriptor descriptor_;
  std::vector<std::unique_ptr<OutputFolder>> folders_;
  std::vector<Made> made_;
};

}  // namespace pdquant

#endif  // PDQUANT_FILES_OUTPUT_ROOT_H_
