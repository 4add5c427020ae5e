// A Paddle program (ProgramDesc): its bytes, and a table of where each block, variable and op lies in them.
// There is no second representation: what nobody changes stays the same bytes, whatever a newer Paddle put there.
#ifndef PDQUANT_IR_PROGRAM_H_
#define PDQUANT_IR_PROGRAM_H_

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/finding.h"
#include "base/status.h"
#include "files/input.h"
#include "ir/views.h"
#include "ir/wire_scan.h"

namespace pdquant {

// Where a field that holds a message lies: [field, end) with its tag and length, [begin, end) the message.
struct Extent {
  uint32_t field = 0;
  uint32_t begin = 0;
  uint32_t end = 0;
};

// Variables and ops are numbered through the whole program, block after block: `first_var` + i is variable i of the
// block.
struct Block {
  Extent extent;
  int32_t idx = 0;
  int32_t parent = 0;    // parent_idx; -1 for block 0
  int32_t forward = -1;  // forward_block_idx: the block whose backward this one is; -1 for none
  uint32_t first_var = 0;
  uint32_t var_count = 0;
  uint32_t first_op = 0;
  uint32_t op_count = 0;
};

class Program {
 public:
  // Neither protobuf nor Paddle reads more.
  static constexpr uint64_t kMaxBytes = 0x7FFFFFFF;

  // Errors: kBadInput as for ScanProgram, and where the program has no block.
  static Result<Program> Parse(Bytes bytes, const ScanLimits& limits, Findings* findings);

  std::string_view bytes() const { return bytes_.view(); }
  std::span<const Block> blocks() const { return blocks_; }
  const Block& block(size_t i) const { return blocks_[i]; }
  size_t var_count() const { return vars_.size(); }
  size_t op_count() const { return ops_.size(); }

  const Extent& var_extent(size_t i) const { return vars_[i]; }
  const Extent& op_extent(size_t i) const { return ops_[i]; }
  VarView var(size_t i) const { return VarView(At(vars_[i])); }
  OpView op(size_t i) const { return OpView(At(ops_[i])); }

  // Which block an op or a variable is in.
  size_t BlockOfOp(size_t op) const;
  size_t BlockOfVar(size_t var) const;

  // Whether some attribute of an op has two names or two types (ScanCounts): no encoder writes that.
  bool repeats_attr_head() const { return repeats_attr_head_; }

  // ProgramDesc.version.version: the Paddle version as major·10^6 + minor·10^3 + patch, 0 for a development build.
  bool has_version() const { return has_version_; }
  int64_t version() const { return version_; }

 private:
  std::string_view At(const Extent& e) const { return bytes().substr(e.begin, e.end - e.begin); }
  Extent ExtentOf(std::string_view whole, std::string_view message) const;
  void AddBlock(const Extent& extent);
  void ReadVersion(std::string_view message);

  Bytes bytes_;
  std::vector<Block> blocks_;
  std::vector<Extent> vars_;
  std::vector<Extent> ops_;
  bool repeats_attr_head_ = false;
  bool has_version_ = false;
  int64_t version_ = 0;
};

}  // namespace pdquant

#endif  // PDQUANT_IR_PROGRAM_H_
