#include "cli/shell/ignored_files.h"

#include <string>

#include "base/escape.h"
#include "files/destination.h"

namespace pdquant {

void TellIgnored(const ModelFiles& files, const ParameterReader& reader, Console* console) {
  if (!console->shows_info()) return;
  const bool beside = WithoutSlashes(OpenableFolder(files.program)) == WithoutSlashes(files.parameters.path);
  for (const std::string& name : reader.ListIgnored(beside ? NameOf(files.program) : "", console->list_limit())) {
    console->Info(Quote(files.parameters.path) + ": " + Quote(name) + " is no parameter of the program: ignored");
  }
}

}  // namespace pdquant
