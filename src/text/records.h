// Parameters, one after another, with what they hold.
#ifndef PDQUANT_TEXT_RECORDS_H_
#define PDQUANT_TEXT_RECORDS_H_

#include <cstdint>
#include <functional>
#include <string>

#include "base/status.h"
#include "model/parameter_reader.h"
#include "model/tensor_record.h"
#include "text/tensor_digest.h"
#include "text/text_sink.h"

namespace pdquant {

struct Record {
  uint64_t number = 0;
  std::string name;  // empty where the file doesn't say
  RecordHeader header;
  TensorFacts facts;
};

// Takes a record; false where it wants no more.
using RecordSink = std::function<bool(const Record&)>;

// All records of a file that has no names. Reads each byte once. Errors: kIo; kBadInput for what is no record, with the
// records before it handed over.
Status ForEachRecord(const ByteSource& source, const RecordSink& take);
// All parameters of a model, in the order of their names.
Status ForEachParameter(ParameterReader* reader, const RecordSink& take);

// The canonical text of a record: one fact a line.
//
//   record 0 conv2d_0.w_0
//     offset: 0x0
//     type: FP32 [20, 1, 5, 5]
//     hash: 3d5b…
//     min: -0.51
//     max: 0.48
void AppendRecord(const Record& record, std::string* out);

// One record on a line: "0 conv2d_0.w_0 FP32 [20, 1, 5, 5] at 0x0, 2000 bytes, -0.51 to 0.48, hash 3d5b…".
void AppendRecordLine(const Record& record, std::string* out);

// A parameter that a program wants, on a line: "conv2d_0.w_0 FP32 [20, 1, 5, 5], 2000 bytes".
void AppendDeclaredParameter(const ParameterVariable& variable, std::string* out);

}  // namespace pdquant

#endif  // PDQUANT_TEXT_RECORDS_H_
