// What the transpiler did, or would do, to which op, and why. It speaks in places and names of the main program as it
// was, so that it outlives the program.
#ifndef PDQUANT_QUANTIZE_TRANSPILE_TRANSPILE_REPORT_H_
#define PDQUANT_QUANTIZE_TRANSPILE_TRANSPILE_REPORT_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/finding.h"
#include "ir/index.h"
#include "paddle/names.h"
#include "quantize/options.h"

namespace pdquant {

// A variable in a slot of an op, before the rewrite. Names are raw.
struct ReportOperand {
  int32_t block = 0;
  int64_t op = 0;  // its number in the block
  std::string op_type;
  std::string slot;
  std::string variable;
};
Place PlaceOf(const ReportOperand& operand);
ReportOperand DescribeOperand(const Index& index, OpId op, NameId slot, NameId variable);

// Of the operands of one op that computes a product: how many there are, and how many read a rounded weight, or a
// rounded activation.
struct ProductOperands {
  uint32_t all = 0;
  uint32_t weights = 0;
  uint32_t activations = 0;
};

struct TranspileReport {
  // A quantize and a dequantize op that were inserted.
  struct Pair {
    ReportOperand first_reader;  // the operand that the pair was made for
    int64_t before = 0;          // the op that it stands in front of, by its number in its block
    bool is_weight = false;
    int32_t bits = 0;
    const ScaleKind* scale_kind = nullptr;
    int32_t axis = kWholeTensor;  // of a scale with channels
    ValueNames names;
    std::string why;    // where there is more to say than "its first reader": empty otherwise
    uint32_t rule = 0;  // index into `rules`: what decided
  };
  // An operand that now reads the dequantized variable of a pair.
  struct Rewire {
    ReportOperand operand;
    uint32_t pair = 0;      // index into `pairs`
    bool gradient = false;  // the op is a gradient op
    uint32_t rule = 0;      // index into `rules`
  };
  // An operand that was left in float.
  struct Kept {
    ReportOperand operand;
    std::string why;
    uint32_t rule = 0;  // index into `rules`
  };
  // An op that computes a product, or that a run was asked to round: what became of it.
  struct Op {
    OpId op = 0;
    bool quantized = false;    // all its operands are rounded
    bool lacks_scale = false;  // it stays float because no scale is given for an activation of it
    std::string why;           // where it isn't quantized, not all of it is, or its weight otherwise than one expects
    std::string rule;          // that decided
  };
  // A variable that has to hold a value before the first step; the startup program does it where one is given.
  struct Initialization {
    std::string variable;
    int32_t data_type = proto::VarType::FP32;  // or INT32, INT64
    int64_t size = 1;                          // its shape is [size]
    float value = 0;
  };

  std::vector<std::string> rules;  // what they are called (SelectionRule::origin)
  std::vector<Pair> pairs;
  std::vector<Rewire> rewires;
  std::vector<Kept> kept;
  std::vector<Op> ops;
  std::vector<Initialization> initializations;
  bool has_backward = false;
  // Ops by type. Products all of whose operands are rounded, and gradient ops that were rewired.
  using Counts = std::map<std::string, uint64_t>;
  Counts quantized_ops;
  Counts gradient_ops;
  // Ops without weights that read a rounded activation.
  Counts activation_ops;
  // All products that the program computes, and those of them of which only weights are rounded, or only a part of the
  // operands otherwise.
  uint64_t products = 0;
  uint64_t weights_only = 0;
  uint64_t partly = 0;
  int64_t out_scales = 0;  // ops that follow the scale of an output
  // Of the test form.
  int64_t removed_ops = 0;
  int64_t removed_variables = 0;
  int64_t removed_blocks = 0;
  int64_t test_ops = 0;  // ops whose is_test was set

  void CountProduct(std::string_view type, const ProductOperands& operands);
  bool changed() const { return !pairs.empty() || removed_ops != 0 || test_ops != 0; }
};

// The report of --report, as docs/reference/transpile-report.md describes it. The same rewrite gives the same bytes:
// fixed field order, no timestamps, no paths.
std::string TranspileReportJson(const TranspileReport& report, const TranspileOptions& options, bool startup_given);

struct SummaryStyle {
  std::string_view program;    // its path
  bool plan = false;           // of a dry run: lists every pair and every operand, too
  bool startup_given = false;  // else the variables to initialize are listed
  size_t list_limit = 0;
};

// What was done, or would be, for people: a line, and indented lines with the details.
std::string TranspileSummary(const TranspileReport& report, const SummaryStyle& style);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_TRANSPILE_TRANSPILE_REPORT_H_
