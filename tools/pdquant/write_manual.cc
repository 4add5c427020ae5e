// Writes pdquant.1 and a page for each command into a folder. Usage: write_manual FOLDER
#include <cstdio>
#include <fstream>
#include <string>

#include "cli/about/about.h"
#include "cli/shell/command_line.h"

namespace {

bool Write(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text << std::flush;
  if (!file) std::fprintf(stderr, "write_manual: can't write %s\n", path.c_str());
  return static_cast<bool>(file);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: write_manual FOLDER\n");
    return 2;
  }
  const std::string folder = std::string(argv[1]) + "/";
  const pdquant::CommandTree tree = pdquant::CommandLine().Describe();
  bool is_good = Write(folder + "pdquant.1", pdquant::ManualPage(tree));
  for (const pdquant::CommandDescription& command : tree.commands) {
    is_good &= Write(folder + "pdquant-" + command.name + ".1", pdquant::ManualPage(tree, command));
  }
  return is_good ? 0 : 1;
}
