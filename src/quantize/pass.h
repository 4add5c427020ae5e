// What a pass is. A pipeline (quantize/pipeline.h) runs it.
#ifndef PDQUANT_QUANTIZE_PASS_H_
#define PDQUANT_QUANTIZE_PASS_H_

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

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_PASS_H_
