// What the transpiler did, or would do, to which op, and why. It speaks in the numbers of the main program's index.
#ifndef PDQUANT_QUANTIZE_TRANSPILE_TRANSPILE_REPORT_H_
#define PDQUANT_QUANTIZE_TRANSPILE_TRANSPILE_REPORT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ir/index.h"
#include "paddle/names.h"
#include "quantize/options.h"

namespace pdquant {

struct TranspileReport {
  // A variable in a slot of an op, before the rewrite.
  struct Operand {
    OpId op = 0;
    NameId slot = kNoName;
    VarId variable = kNoVar;
  };
  // A quantize and a dequantize op that were inserted.
  struct Pair {
    Operand first_reader;  // the operand that the pair was made for
    OpId before = 0;       // the op that it stands in front of
    bool is_weight = false;
    int32_t bits = 0;
    const ScaleKind* scale_kind = nullptr;
    ValueNames names;
    const char* why = "";  // where there is more to say than "its first reader": empty otherwise
  };
  // An operand that now reads the dequantized variable of a pair.
  struct Rewire {
    Operand operand;
    uint32_t pair = 0;      // index into `pairs`
    bool gradient = false;  // the op is a gradient op
  };
  // An operand that was left in float.
  struct Kept {
    Operand operand;
    std::string why;
  };
  // A variable that has to hold a value before the first step; the startup program does it where one is given.
  struct Initialization {
    std::string variable;
    bool is_counter = false;  // int64; float32 otherwise
    int64_t size = 1;         // its shape is [size]
    float value = 0;
  };

  std::vector<Pair> pairs;
  std::vector<Rewire> rewires;
  std::vector<Kept> kept;
  std::vector<Initialization> initializations;
  bool has_backward = false;
  // Of the test form.
  int64_t removed_ops = 0;
  int64_t removed_variables = 0;
  int64_t removed_blocks = 0;
  int64_t test_ops = 0;  // ops whose is_test was set

  bool changed() const { return !pairs.empty() || removed_ops != 0 || test_ops != 0; }
};

// The report of --report, as docs/reference/transpile-report.md describes it. The same rewrite gives the same bytes:
// fixed field order, no timestamps, no paths.
std::string TranspileReportJson(const TranspileReport& report, const Index& index, const TranspileOptions& options,
                                bool startup_given);

struct SummaryStyle {
  std::string_view program;    // its path
  bool plan = false;           // of a dry run: lists every pair and every operand, too
  bool startup_given = false;  // else the variables to initialize are listed
  size_t list_limit = 0;
};

// What was done, or would be, for people: a line, and indented lines with the details.
std::string TranspileSummary(const TranspileReport& report, const Index& index, const SummaryStyle& style);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_TRANSPILE_TRANSPILE_REPORT_H_
