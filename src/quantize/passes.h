// The list of passes.
#ifndef PDQUANT_QUANTIZE_PASSES_H_
#define PDQUANT_QUANTIZE_PASSES_H_

#include <memory>
#include <span>
#include <string_view>

#include "quantize/options.h"
#include "quantize/pass.h"

namespace pdquant {

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

#endif  // PDQUANT_QUANTIZE_PASSES_H_
