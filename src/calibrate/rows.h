// Rows of numbers that a runtime gave, one for each batch: what the output pdquant.observed was. Nobody vouches for the
// files.
#ifndef PDQUANT_CALIBRATE_ROWS_H_
#define PDQUANT_CALIBRATE_ROWS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"

namespace pdquant {

// Takes one row. `place` says where it stands, for messages: "'rows.npy': row 3". A status that isn't ok ends it.
using RowSink = std::function<Status(std::span<const float> row, const std::string& place)>;

// Hands over the rows of the file `path` ("-": standard input), which are `row_size` numbers each. The file is, by its
// content,
//   - an array of numpy's (.npy, format 1 to 3): float32, little endian, in C order, of shape [rows, row_size], or
//     [row_size] for one row;
//   - or text: one row a line, numbers apart by blanks, tabs or commas; empty lines and those that begin with # count
//     for nothing.
// Errors: kIo; kBadInput, naming the place, for anything else, for another number of numbers in a row, and for a file
// without a row; those of `sink`.
Status ReadRows(const std::string& path, uint64_t max_bytes, size_t row_size, const RowSink& sink);
// The same of bytes that were read; `name` is for messages, quoted already.
Status ParseRows(std::string_view bytes, const std::string& name, size_t row_size, const RowSink& sink);

}  // namespace pdquant

#endif  // PDQUANT_CALIBRATE_ROWS_H_
