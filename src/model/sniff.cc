#include "model/sniff.h"

#include <algorithm>
#include <array>

#include "ir/wire.h"

namespace pdquant {
namespace {

using std::string_view_literals::operator""sv;  // NOLINT(misc-unused-using-decls): clang-tidy 14 overlooks literals

constexpr std::string_view kLfsPointer = "version https://git-lfs.github.com/spec/";

struct Magic {
  std::string_view prefix;
  std::string_view what;
};

constexpr std::array<Magic, 14> kMagics = {{
    {"PK\x03\x04"sv, "a zip archive; unpack it first"},
    {"\x1f\x8b"sv, "a gzip file; unpack it first"},
    {"BZh"sv, "a bzip2 file; unpack it first"},
    {"\xfd"
     "7zXZ\0"sv,
     "an xz file; unpack it first"},
    {"\x28\xb5\x2f\xfd"sv, "a zstd file; unpack it first"},
    {"7z\xbc\xaf\x27\x1c"sv, "a 7z archive; unpack it first"},
    {"Rar!\x1a\x07"sv, "a RAR archive; unpack it first"},
    {"\x7f"
     "ELF"sv,
     "an ELF binary"},
    {"\x89HDF"sv, "an HDF5 file"},
    {"\x80\x02"sv,
     "a pickle: parameters or a state dict of Paddle 2.x or of another framework; name the program, such as *.pdmodel"},
    {"\x80\x03"sv, "a pickle: parameters or a state dict; name the program, such as *.pdmodel"},
    {"\x80\x04"sv, "a pickle: parameters or a state dict of Paddle 2.x; name the program, such as *.pdmodel"},
    {"\x80\x05"sv, "a pickle: parameters or a state dict; name the program, such as *.pdmodel"},
    {kLfsPointer, "a git-lfs pointer; run 'git lfs pull'"},
}};

// POSIX's ustar format, which GNU's tar writes, too.
bool IsTar(std::string_view bytes) { return bytes.size() >= 262 && bytes.substr(257, 5) == "ustar"; }

// Core ML's Model begins as ONNX's ModelProto does, with a version in field 1. Its field 2 holds a message, which
// begins with a control character, as the name of ONNX's producer doesn't.
bool IsCoreMl(std::string_view bytes) {
  if (bytes.size() < 5 || bytes[0] != 0x08 || static_cast<uint8_t>(bytes[1]) >= 0x80 || bytes[2] != 0x12) return false;
  const char* position = bytes.data() + 3;
  uint64_t size = 0;
  return ReadVarint(&position, bytes.data() + bytes.size(), 10, &size) && size > 0 &&
         position < bytes.data() + bytes.size() && static_cast<uint8_t>(*position) < 0x20;
}

// ONNX's ModelProto begins with ir_version, an integer in field 1, which holds messages in a program.
bool IsOnnx(std::string_view bytes) {
  FieldReader reader(bytes);
  Field field;
  return reader.Next(&field) && field.Is(1, WireType::kVarint) && field.value < 100 && reader.Next(&field);
}

bool IsTflite(std::string_view bytes) { return bytes.size() >= 8 && bytes.substr(4, 4) == "TFL3"; }

// What Paddle-Lite's opt writes (*.nb): a version of the format in two bytes, then opt's own in sixteen.
bool IsLiteModel(std::string_view bytes) {
  constexpr size_t kVersion = 16;
  if (bytes.size() < 2 + kVersion || static_cast<uint8_t>(bytes[0]) > 2 || bytes[1] != 0 || bytes[2] != 'v')
    return false;
  const std::string_view version = bytes.substr(2, kVersion);
  const size_t end = version.find('\0');
  return end != std::string_view::npos && version.find_first_not_of('\0', end) == std::string_view::npos;
}

bool IsText(std::string_view bytes) {
  for (const char c : bytes.substr(0, 512)) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte == 0x7F || (byte < 0x20 && c != '\n' && c != '\r' && c != '\t')) return false;
  }
  return true;
}

// What a file of text begins with, without the blanks in front.
std::string_view BeginOf(std::string_view bytes) {
  return bytes.substr(std::min(bytes.find_first_not_of(" \t\r\n"), bytes.size()));
}

std::string LooksLikeText(std::string_view bytes) {
  const std::string_view begin = BeginOf(bytes);
  if (begin.starts_with('{')) return LooksLikePir(bytes) ? kLooksLikePir : "JSON";
  if (begin.starts_with("blocks {")) return "a program as text protobuf; only the binary form is read";
  if (begin.starts_with("<!DOCTYPE") || begin.starts_with("<html"))
    return "a page of HTML, as failed downloads leave it";
  return "text";
}

}  // namespace

bool LooksLikePir(std::string_view bytes) {
  return BeginOf(bytes).starts_with('{') && bytes.substr(0, 4096).find("\"base_code\"") != std::string_view::npos;
}

bool LooksLikeOtherJson(std::string_view bytes) {
  const std::string_view begin = BeginOf(bytes);
  return (begin.starts_with('{') || begin.starts_with('[')) && !LooksLikePir(bytes.substr(0, 4096));
}

bool LooksLikeLfsPointer(std::string_view bytes) { return bytes.starts_with(kLfsPointer); }

// A LoDTensor record begins with a version 0 (uint32), the number of LoD levels (uint64), and, without levels, another
// version 0.
bool LooksLikeParameters(std::string_view bytes) {
  return bytes.size() >= 16 && bytes.starts_with("\0\0\0\0"sv) && static_cast<uint8_t>(bytes[4]) <= 64 &&
         bytes.substr(5).starts_with("\0\0\0\0\0\0\0"sv);
}

std::string LooksLike(std::string_view bytes) {
  if (bytes.empty()) return "an empty file";
  for (const Magic& magic : kMagics) {
    if (bytes.starts_with(magic.prefix)) return std::string(magic.what);
  }
  if (LooksLikeParameters(bytes)) return "a parameter file of Paddle; name the program, such as __model__ or *.pdmodel";
  if (IsTar(bytes)) return "a tar archive; unpack it first";
  if (IsCoreMl(bytes)) return "a Core ML model";
  if (IsOnnx(bytes)) return "an ONNX model";
  if (IsTflite(bytes)) return "a TensorFlow Lite model";
  if (IsLiteModel(bytes)) return "a model that Paddle-Lite's opt made; name the one that opt was given";
  if (IsText(bytes)) return LooksLikeText(bytes);
  return "";
}

}  // namespace pdquant
