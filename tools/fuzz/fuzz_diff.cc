// Two programs, whatever they are: their difference is found, told, and the mirror image of that of the second to the
// first; and each is equal to itself. An input is the size of the first program (4 bytes, little-endian) and both.
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "diff/diff_text.h"
#include "diff/program_diff.h"
#include "fuzz_target.h"
#include "program_mutator.h"

namespace pdquant::fuzz {
namespace {

constexpr size_t kSizeBytes = 4;

struct Pair {
  std::string a;
  std::string b;

  static std::optional<Pair> Decode(std::string_view bytes) {
    if (bytes.size() < kSizeBytes) return std::nullopt;
    uint32_t size = 0;
    for (size_t i = 0; i < kSizeBytes; ++i) size |= uint32_t{static_cast<uint8_t>(bytes[i])} << (8 * i);
    bytes.remove_prefix(kSizeBytes);
    if (size > bytes.size()) return std::nullopt;
    return Pair{std::string(bytes.substr(0, size)), std::string(bytes.substr(size))};
  }

  std::string Encode() const {
    std::string bytes;
    for (size_t i = 0; i < kSizeBytes; ++i) bytes += static_cast<char>(a.size() >> (8 * i) & 0xFFU);
    return bytes + a + b;
  }
};

std::optional<Program> Load(const std::string& bytes) {
  Findings findings;
  ScanLimits limits;
  limits.max_ops = 20'000;
  Result<Program> program = Program::Parse(Bytes::Copy(bytes), limits, &findings);
  if (!program.ok()) return std::nullopt;
  return std::move(*program);
}

void Tell(const ProgramDiff& diff) {
  DiffTextOptions options;
  options.limit = 200;
  options.expand = true;
  WriteDiffText(diff, options, [](std::string_view) { return true; });
  DescribeCounts(diff);
}

void TestOneInput(std::string_view bytes) {
  const std::optional<Pair> pair = Pair::Decode(bytes);
  if (!pair) return;
  const std::optional<Program> a = Load(pair->a);
  const std::optional<Program> b = Load(pair->b);
  if (!a || !b) return;
  const Index index_a(*a);
  const Index index_b(*b);
  const DiffOptions options;
  const ProgramDiff there(index_a, index_b, options);
  const ProgramDiff back(index_b, index_a, options);
  Tell(there);
  const ChangeCounts& x = there.counts();
  const ChangeCounts& y = back.counts();
  if (x.ops.inserted != y.ops.removed || x.ops.removed != y.ops.inserted || x.ops.changed != y.ops.changed ||
      x.moved != y.moved || x.moved_with_effect != y.moved_with_effect || x.vars.inserted != y.vars.removed ||
      x.vars.changed != y.vars.changed || x.blocks.inserted != y.blocks.removed || x.renamed != y.renamed ||
      there.changes().size() != back.changes().size()) {
    Die("no mirror image: " + DescribeCounts(there) + " and " + DescribeCounts(back));
  }
  // The same program in other bytes: an empty list of versions at the end says nothing.
  const std::optional<Program> again = Load(pair->a + std::string("\x2a\x00", 2));
  if (!again) return;
  const Index index_again(*again);
  const ProgramDiff self(index_a, index_again, options);
  if (!self.equal()) Die("differs from itself: " + DescribeCounts(self));
}

}  // namespace
}  // namespace pdquant::fuzz

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned int seed) {
  using pdquant::fuzz::Pair;
  std::optional<Pair> pair = Pair::Decode({reinterpret_cast<const char*>(data), size});
  if (!pair || seed % 8 == 0) return LLVMFuzzerMutate(data, size, max_size);
  std::string* bytes = seed % 2 == 0 ? &pair->a : &pair->b;
  if (!pdquant::fuzz::MutateProgram(seed, bytes)) return LLVMFuzzerMutate(data, size, max_size);
  return pdquant::fuzz::HandBack(pair->Encode(), data, size, max_size);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pdquant::fuzz::TestOneInput({reinterpret_cast<const char*>(data), size});
  return 0;
}
