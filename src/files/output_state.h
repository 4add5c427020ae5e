// What an OutputSet holds; for output*.cc only.
#ifndef PDQUANT_FILES_OUTPUT_STATE_H_
#define PDQUANT_FILES_OUTPUT_STATE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "files/destination.h"
#include "files/output.h"
#include "files/output_entry.h"
#include "files/output_folder.h"
#include "files/output_root.h"
#include "files/output_stream.h"
#include "files/output_through.h"

namespace pdquant {

struct OutputSet::State {
  // A new folder, under the name of AddFolder.
  struct Tree {
    std::string folder;
    OutputEntry* entry;
  };

  std::string first;            // FIRST; empty as long as nothing is replaced
  std::optional<uint32_t> tag;  // of this set's temporary files
  std::vector<std::unique_ptr<OutputRoot>>
      roots;  // these are destroyed last: when the temporary files in them are gone
  std::vector<std::unique_ptr<OutputFolder>> folders;
  std::vector<std::unique_ptr<OutputEntry>> entries;
  std::vector<std::unique_ptr<OutputThrough>> through;
  std::vector<Tree> trees;
  std::unique_ptr<OutputStream> stream;
  OutputEntry* streamed = nullptr;  // the file that the stream writes, unless it is written through or in a new folder

  Status EndStream();
  OutputStream* Begin(int fd, std::string name, OutputEntry* entry);
  Result<OutputFolder*> OpenFolder(const std::string& path);
  Status Prepare(const std::string& path, OutputFolder* folder);
  Result<OutputEntry*> NewEntry(const std::string& path, OutputFolder* folder);
  Result<OutputEntry*> NewFile(const Destination& destination);
  Result<OutputStream*> OpenThrough(Destination destination);
  Status AddTree(const std::string& folder);
  Status AddRoot(const std::string& folder);
  bool Knows(const std::string& folder) const;
  const Tree* TreeAround(const std::string& path) const;
  Result<OutputStream*> OpenInTree(const Tree& tree, const std::string& name);
  Result<OutputStream*> OpenInRoot(OutputRoot* root, const std::string& name);
  Status Flush();
  Status FlushMany();
  Status ReplaceSeveral();
  Status Replace();
};

}  // namespace pdquant

#endif  // PDQUANT_FILES_OUTPUT_STATE_H_
