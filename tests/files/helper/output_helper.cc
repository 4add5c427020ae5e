// Writes a set of files, for the tests that run it under strace: output_helper TEXT FILE... A FILE such as FOLDER::NAME
// is written into a folder; the set has the name of the first one then. The calls that count are between the two looks
// at files that don't exist. Exits with the status, and says it.
#include <unistd.h>

#include <cstdio>
#include <string>
#include <string_view>

#include "files/output.h"

namespace {

using pdquant::OutputSet;
using pdquant::Status;

Status AddTo(OutputSet* set, const std::string& file, std::string_view text, bool first) {
  const std::string_view pieces[] = {text, file, text};
  const size_t separator = file.find("::");
  if (separator == std::string::npos) return set->Add(file, pieces);
  const std::string folder = file.substr(0, separator);
  if (first) {
    if (Status status = set->SetName(folder); !status.ok()) return status;
    if (Status status = set->AddFolder(folder); !status.ok()) return status;
  }
  const pdquant::Result<pdquant::OutputStream*> stream = set->OpenIn(folder, file.substr(separator + 2));
  if (!stream.ok()) return stream.status();
  for (const std::string_view piece : pieces) {
    if (Status status = (*stream)->Write(piece); !status.ok()) return status;
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  OutputSet set;
  access("/pdquant-begin", F_OK);
  Status status;
  for (int i = 2; i < argc && status.ok(); ++i) {
    status = AddTo(&set, argv[i], std::string(4000, *argv[1]), i == 2);
  }
  if (status.ok()) status = set.Commit();
  access("/pdquant-end", F_OK);
  std::fprintf(stderr, "%s\n", status.message().c_str());
  return static_cast<int>(status.code());
}
