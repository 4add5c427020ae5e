// Writing parameters: a combined file, or a folder with a file for each of them.
#ifndef PDQUANT_MODEL_PARAMETER_WRITER_H_
#define PDQUANT_MODEL_PARAMETER_WRITER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/status.h"
#include "files/output.h"
#include "model/parameter_reader.h"

namespace pdquant {

// A parameter that is to be written: a copy of one that is read, byte for byte, or a new one.
struct OutputParameter {
  std::string name;

  // A copy: where from. The name may be another.
  ParameterReader* copied = nullptr;
  size_t copied_parameter = 0;

  // A new one: data_type, dims and the LoD count, and `produce` hands its data over, in pieces of any size. It is
  // called once, when the file is written.
  RecordHeader header;
  std::function<Status(const ByteSink& sink)> produce;
};

// Adds the files to `outputs`; nothing changes at their destination before its Commit. The parameters come in any order
// and are sorted by the bytes of their names. For separate files in a folder, CheckFileNames comes first. Errors: those
// of the producers, of the readers and of the output; kInternal where a producer gives another number of bytes than its
// header says.
Status WriteParameters(const ParameterPlace& place, std::vector<OutputParameter> parameters, OutputSet* outputs);

}  // namespace pdquant

#endif  // PDQUANT_MODEL_PARAMETER_WRITER_H_
