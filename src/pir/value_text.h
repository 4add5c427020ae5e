// What values, types and attributes of a program of Paddle 3 are called, wherever one is shown or compared.
#ifndef PDQUANT_PIR_VALUE_TEXT_H_
#define PDQUANT_PIR_VALUE_TEXT_H_

#include <string>
#include <string_view>
#include <vector>

#include "pir/program.h"

namespace pdquant::pir {

// The names of all values, each once. A parameter and an input have one in the file; what an op makes is called by the
// op's scope and type, with a number from the second one on, so that an op more doesn't renumber the rest: "relu",
// "relu.1", "/Linear/matmul", "if#1" for a second result, "while.argument0".
std::vector<std::string> NameValues(const Program& program);

// "float32[-1,4]"; "[float32[2], float32[2]]" of a list; "array of float32[4]".
std::string TypeText(const Program& program, const Type& type);

// "3", "0.5", "'NCHW'", "[1, 2]"; "?" of what has no text, as a place.
std::string AttrText(const Program& program, const Attr& attr);

// Whether an attribute says nothing of what the op computes.
bool IsNote(const Program& program, const Attr& attr);

}  // namespace pdquant::pir

#endif  // PDQUANT_PIR_VALUE_TEXT_H_
