// Makes a large program of a small one. Usage: tile_program IN COPIES OUT [CHANGED]. Prints the number of ops and
// variables. CHANGED gets the same program with 1 % of its ops changed, removed or doubled, in turn.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "tile.h"

namespace {

bool Write(const pdquant::proto::ProgramDesc& program, const char* path) {
  std::ofstream out(path, std::ios::binary);
  if (program.SerializeToOstream(&out) && out.flush()) return true;
  std::cerr << path << ": can't be written\n";
  return false;
}

void ChangeSome(pdquant::proto::ProgramDesc* program) {
  auto* block = program->mutable_blocks(0);
  const auto before = block->ops();
  block->clear_ops();
  for (int i = 0; i < before.size(); ++i) {
    const int kind = i % 100 == 7 ? i / 100 % 3 : -1;
    if (kind == 0) continue;
    *block->add_ops() = before[i];
    if (kind == 1) *block->add_ops() = before[i];
    if (kind != 2) continue;
    auto* attr = block->mutable_ops(block->ops_size() - 1)->add_attrs();
    attr->set_name("changed");
    attr->set_type(pdquant::proto::INT);
    attr->set_i(i);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int copies = argc == 4 || argc == 5 ? std::atoi(argv[2]) : 0;
  if (copies <= 0) {
    std::cerr << "usage: tile_program IN COPIES OUT [CHANGED]\n";
    return 2;
  }
  std::ifstream in(argv[1], std::ios::binary);
  pdquant::proto::ProgramDesc source;
  if (!source.ParseFromIstream(&in) || source.blocks_size() != 1) {
    std::cerr << argv[1] << ": not a program of one block\n";
    return 3;
  }
  pdquant::proto::ProgramDesc tiled = pdquant::bench::Tile(source, copies);
  if (!Write(tiled, argv[3])) return 4;
  std::cout << tiled.blocks(0).ops_size() << " ops " << tiled.blocks(0).vars_size() << " variables\n";
  if (argc == 4) return 0;
  ChangeSome(&tiled);
  return Write(tiled, argv[4]) ? 0 : 4;
}
