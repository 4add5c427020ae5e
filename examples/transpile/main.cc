// Transpiles a training program in process: transpile_in_process MAIN OUT
#include <pdquant/pdquant.h>

#include <fstream>
#include <iostream>
#include <iterator>

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: transpile_in_process MAIN OUT\n";
    return 2;
  }
  std::ifstream in(argv[1], std::ios::binary);
  const std::string main_program(std::istreambuf_iterator<char>(in), {});

  const auto made = pdquant::library::Transpile(
      main_program, std::nullopt, {{"weight-bits", "4"}, {"activation-quantize-type", "moving_average_abs_max"}});
  for (const auto& message : made.messages) {
    std::cerr << message.place << ": " << message.text << " [" << message.code << "]\n";
  }
  if (made.code != 0) {
    std::cerr << made.failure << "\n";
    return made.code;
  }
  std::ofstream out(argv[2], std::ios::binary);
  out << made.main;
  return out.flush() ? 0 : 4;
}
