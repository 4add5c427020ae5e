// What a pass is, and the list of all. A pipeline (quantize/pipeline.h) runs them.
#ifndef PDQUANT_QUANTIZE_PASS_H_
#define PDQUANT_QUANTIZE_PASS_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/finding.h"
#include "base/status.h"
#include "ir/edit/edits.h"
#include "ir/index.h"

namespace pdquant {

// A program that a pass may change.
struct EditableProgram {
  explicit EditableProgram(const Program& program) : index(program), edits(program) {}

  Index index;
  Edits edits;
};

struct PassContext {
  EditableProgram* main = nullptr;
  EditableProgram* startup = nullptr;    // null where none was given
  Findings* findings = nullptr;          // of the main program and of the pass
  Findings* startup_findings = nullptr;  // of the startup program; null where none was given
};

enum class Outcome { kUnchanged, kChanged };

// An op that a pass left as it was.
struct KeptOp {
  Place place;
  std::string why;
  int64_t op_in_float = -1;  // the op's number in its block without the quantization ops there, where a pass says it
};

// A rewrite of a program: it reads through the index and the views, queues edits, and reports what it found. It keeps
// no state between runs and touches no file. All or nothing: where it fails, its edits are not applied.
class Pass {
 public:
  Pass() = default;
  Pass(const Pass&) = delete;
  Pass& operator=(const Pass&) = delete;
  virtual ~Pass() = default;

  // In kebab case: the command's name, and its folder of test cases.
  virtual std::string_view name() const = 0;
  virtual Result<Outcome> Run(const PassContext& context) = 0;
};

struct PassOption;  // quantize/options.h

// A row of the list of passes.
struct PassInfo {
  std::string_view name;     // in kebab case: the command's, and its folder in testdata/passes
  std::string_view summary;  // one line, as in the list of commands
  std::span<const PassOption> (*options)() = nullptr;  // null where it has none of its own
  // Makes a pass that needs nothing but a program; null for those that need options or parameters, which are commands.
  std::unique_ptr<Pass> (*make)() = nullptr;
};

// Commands first, in the order of the help.
std::span<const PassInfo> Passes();
// Null for an unknown name.
const PassInfo* FindPass(std::string_view name);

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_PASS_H_
