// What Paddle 3 itself makes of a program of PIR, version by version: `check --target paddle-pir`.
#ifndef PDQUANT_PIR_READERS_H_
#define PDQUANT_PIR_READERS_H_

#include <string_view>

#include "base/finding.h"
#include "pir/program.h"

namespace pdquant::pir {

// The runtime's word on the command line. The facts were found in Paddle 3.0.0, 3.2.2 and 3.3.1.
inline constexpr std::string_view kReaderWord = "paddle-pir";

// Adds an error where Paddle 3.3.1 computes something else than the program says, and a warning where an older Paddle 3
// can't load it. The structure has been checked. Linear.
void CheckReaders(const Program& program, Findings* findings);

}  // namespace pdquant::pir

#endif  // PDQUANT_PIR_READERS_H_
