// What a program is, in numbers and for people.
#ifndef PDQUANT_SHOW_SUMMARY_H_
#define PDQUANT_SHOW_SUMMARY_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ir/index.h"

namespace pdquant {

enum class Purpose {
  kTraining,   // has backward or optimizer ops
  kInference,  // feeds and fetches
  kTest,       // forward ops only, made for test: some have is_test set
  kForward,    // forward ops only
  kStartup,    // reads nothing that it hasn't made
};

struct ProgramSummary {
  // Ops of one type. Of computing ops (neither fake ops nor backward) those that read quantized values, and those that
  // could be quantized but read floats.
  struct TypeCount {
    std::string_view type;
    size_t count = 0;
    size_t quantized = 0;
    size_t quantizable_float = 0;
  };
  // Ops that quantize, alike in type and bits.
  struct Quantizer {
    std::string_view type;
    bool of_parameters = false;
    int32_t bits = 0;  // 0 where the op doesn't say
    size_t count = 0;
  };

  Purpose purpose = Purpose::kForward;
  bool simulated = false;        // computes with rounded floats
  bool frozen = false;           // computes with integers, and scales products back
  bool stores_integers = false;  // parameters of an integer type take part
  bool linear = false;           // quantize_linear and dequantize_linear, the ONNX form
  bool mobile = false;           // quantize and dequantize of Paddle-Lite's mobile form
  size_t weight_only = 0;        // ops on floats whose weight is stored as integers

  size_t forward_ops = 0;
  size_t backward_ops = 0;
  size_t optimizer_ops = 0;
  size_t persistable_tensors = 0;
  uint64_t values = 0;  // in persistable tensors whose shape is known
  uint64_t bytes = 0;
  size_t unknown_sizes = 0;  // persistable tensors without a known size
  size_t trained = 0;        // parameters that an optimizer updates

  std::vector<TypeCount> types;  // the most frequent first, then in byte order
  std::vector<Quantizer> quantizers;
  std::vector<OpId> quantized;  // in the order of the program
  std::vector<OpId> quantizable_float;
  std::vector<VarId> inputs;   // fed
  std::vector<VarId> outputs;  // fetched
};

// Works for any program that loads. Linear. The summary views the program's bytes.
ProgramSummary Summarize(const Index& index);

// "training program".
std::string_view ToString(Purpose purpose);
// "not quantized", "simulated quantization", "frozen, integers stored as floats", …
std::string_view DescribeQuantization(const ProgramSummary& summary);
// "1.8.5"; "2.4.1"; "unknown" without a version, "a development build" for 0.
std::string VersionOf(const Program& program);
// "2.6.2" of 2006002.
std::string PaddleVersion(int64_t version);

// The summary for people: a headline, and indented lines with the details. `name` is what the input is called; lists
// have at most `list_limit` entries.
std::string SummaryText(const Index& index, const ProgramSummary& summary, std::string_view name, size_t list_limit);

}  // namespace pdquant

#endif  // PDQUANT_SHOW_SUMMARY_H_
