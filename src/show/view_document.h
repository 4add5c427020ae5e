// A program as the page of src/show/html reads it: a document of JSON in which names are numbers, so that a program of
// 10^5 ops is opened in a second. It is between this page and its writer, and may change with any version; what other
// programs read is the JSON of renderers.h.
//
//   texts       names and texts; the others refer to them by number
//   attributes  [name, {type, value or text}]: each that occurs, once
//   sets        "0 1 2": the attributes that an op has, each such list once
//   variables   [name, block, type, persistable]
//   blocks      [label, op that runs it or -1]
//   old_blocks  by block of the older form, where there is one: the block
//   ops         [type, block, number in it, flags, set, n, n numbers for the inputs, the others for the outputs]; flags
//               are part | kind << 2 | old << 4; the inputs and outputs are slot, count, argument, …, slot, …, where an
//               argument is a variable, or -1 - text for a name that none has
//   scopes      [op, path]: the name scope that it was made in
//   folds       [op, operand, result, role, bits]: of an op that quantizes, dequantizes, or does both, its variables
//   values      the quantized values (analysis/quantized_values.h)
//   products    [op that computes with integers, op that scales its product back, …]
#ifndef PDQUANT_SHOW_VIEW_DOCUMENT_H_
#define PDQUANT_SHOW_VIEW_DOCUMENT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "ir/index.h"
#include "model/parameter_reader.h"
#include "text/text_sink.h"

namespace pdquant {

// What an older form of the program has, and the program has not: it is shown in between.
struct OldOps {
  struct Place {
    OpId op;
    OpId behind;  // the op of the program behind which it stands; UINT32_MAX for the beginning of its block
  };
  const Index* index = nullptr;
  std::vector<Place> ops;          // in their order
  std::vector<uint32_t> block_of;  // by block of the older form, the block of the program; kNoVar for none
  std::vector<VarId> var_of;       // by variable, likewise
};

struct ViewOptions {
  std::string title;                      // what the program is called
  ParameterReader* parameters = nullptr;  // where there are some
  const OldOps* old = nullptr;            // where there are some
};

// What a page calls an input: its path, or "standard input".
std::string TitleOfInput(const std::string& path);

// Works for any program that loads. Errors: those of reading parameters.
Status WriteViewDocument(const Index& index, const ViewOptions& options, const TextSink& sink);

}  // namespace pdquant

#endif  // PDQUANT_SHOW_VIEW_DOCUMENT_H_
