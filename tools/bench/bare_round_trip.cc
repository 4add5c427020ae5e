// The yardstick: reads a program with Paddle's full schema and writes it again, as plain protobuf code does it, and
// does nothing else. Usage: bare_round_trip IN OUT
#include <cstdio>
#include <string>

#include "paddle/framework.pb.h"

namespace {

bool ReadAll(const char* path, std::string* bytes) {
  std::FILE* file = std::fopen(path, "rb");
  if (file == nullptr || std::fseek(file, 0, SEEK_END) != 0) return false;
  bytes->resize(static_cast<size_t>(std::ftell(file)));
  std::rewind(file);
  const size_t got = std::fread(bytes->data(), 1, bytes->size(), file);
  return std::fclose(file) == 0 && got == bytes->size();
}

bool WriteAll(const char* path, const std::string& bytes) {
  std::FILE* file = std::fopen(path, "wb");
  if (file == nullptr) return false;
  const size_t written = std::fwrite(bytes.data(), 1, bytes.size(), file);
  return std::fclose(file) == 0 && written == bytes.size();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::string bytes;
  if (!ReadAll(argv[1], &bytes)) return 4;
  paddle::framework::proto::ProgramDesc program;
  if (!program.ParseFromString(bytes)) return 3;
  std::string out;
  if (!program.SerializeToString(&out)) return 3;
  return WriteAll(argv[2], out) ? 0 : 4;
}
