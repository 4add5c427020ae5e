// What a comparison leaves out.
#ifndef PDQUANT_DIFF_IGNORE_H_
#define PDQUANT_DIFF_IGNORE_H_

#include <string>
#include <string_view>
#include <vector>

namespace pdquant {

// Where the trainer's source called for an op: it changes with every line of that source.
inline constexpr std::string_view kCallStackAttribute = "op_callstack";

// Patterns (fnmatch) of names: an attribute ("op_role"), one of ops of a type ("conv2d.use_cudnn"), or another fact
// ("persistable", "version", "unknown").
class IgnoreRules {
 public:
  IgnoreRules() = default;
  explicit IgnoreRules(std::vector<std::string> patterns) : patterns_(std::move(patterns)) {}

  // `owner` is the type of the op, "var" of a variable, "block" of a block, "program" of the program.
  bool Covers(std::string_view owner, std::string_view name) const;

 private:
  std::vector<std::string> patterns_;
};

}  // namespace pdquant

#endif  // PDQUANT_DIFF_IGNORE_H_
