// Makes a large program of a small one. Usage: tile_program IN COPIES OUT. Prints the number of ops and variables.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "tile.h"

int main(int argc, char** argv) {
  const int copies = argc == 4 ? std::atoi(argv[2]) : 0;
  if (copies <= 0) {
    std::cerr << "usage: tile_program IN COPIES OUT\n";
    return 2;
  }
  std::ifstream in(argv[1], std::ios::binary);
  pdquant::proto::ProgramDesc source;
  if (!source.ParseFromIstream(&in) || source.blocks_size() != 1) {
    std::cerr << argv[1] << ": not a program of one block\n";
    return 3;
  }
  const pdquant::proto::ProgramDesc tiled = pdquant::bench::Tile(source, copies);
  std::ofstream out(argv[3], std::ios::binary);
  if (!tiled.SerializeToOstream(&out) || !out.flush()) {
    std::cerr << argv[3] << ": can't be written\n";
    return 4;
  }
  std::cout << tiled.blocks(0).ops_size() << " ops " << tiled.blocks(0).vars_size() << " variables\n";
}
