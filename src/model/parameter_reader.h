// The parameters of a model: a combined file, or a folder with a file for each of them. They are read in chunks, never
// held whole and never mapped.
#ifndef PDQUANT_MODEL_PARAMETER_READER_H_
#define PDQUANT_MODEL_PARAMETER_READER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/finding.h"
#include "base/status.h"
#include "model/parameter_list.h"
#include "model/record_check.h"

namespace pdquant {

// Where parameters lie.
struct ParameterPlace {
  enum class Kind { kCombined, kSeparate };
  Kind kind = Kind::kCombined;
  std::string path;  // the file, or the folder; empty for nowhere
  // The option of the command line that says so.
  std::string_view option = "--params";
};

// Takes bytes, piece by piece. A status that isn't ok ends it.
using ByteSink = std::function<Status(std::string_view bytes)>;

// Which of the parameters have to be there.
enum class ParameterNeed {
  kAll,
  kSome,  // those without a file are a warning each; for commands that only look
};

class ParameterReader {
 public:
  // The most that ReadData and ReadRecord hand over at once; a multiple of every element's size.
  static constexpr size_t kChunkBytes = size_t{512} << 10U;

  // Opens the parameters and reads the header of each: everything about them is checked but their values. Errors: kIo;
  // kBadInput, with findings that name the parameter, the byte offset and the reason: files that are missing, short,
  // long, damaged, of another shape or element type than the program says. File names stay beneath the folder: names
  // that lead out of it and symbolic links in it are refused. Hard links are read, with a warning.
  static Result<std::unique_ptr<ParameterReader>> Open(const ParameterPlace& place,
                                                       const std::vector<ParameterVariable>& variables,
                                                       Findings* findings, ParameterNeed need = ParameterNeed::kAll);
  ParameterReader(const ParameterReader&) = delete;
  ParameterReader& operator=(const ParameterReader&) = delete;
  ~ParameterReader();

  const ParameterPlace& place() const;
  // In the byte order of their names.
  const std::vector<Parameter>& parameters() const;
  // The position among them.
  std::optional<size_t> Find(std::string_view name) const;

  // Hands the data of a parameter over in chunks, in order; nothing for a tensor without elements. A chunk begins at an
  // element, is aligned to 64 bytes, and is valid until `take` returns. As often as one likes, but not from inside
  // `take`. Errors: those of `take`; kIo, also where the file has changed since it was opened.
  Status ReadData(size_t parameter, const ByteSink& take);
  // Fills `into` with the data from byte `begin` on; all of it lies within the data. Errors: kIo, as above.
  Status ReadPart(size_t parameter, uint64_t begin, std::span<char> into);
  // ReadData for the whole record as it lies in the file, header included.
  Status ReadRecord(size_t parameter, const ByteSink& take);

  // Of a folder: the files in it that belong to none of the parameters, sorted; the first `most` of them. `program` is
  // the name of the program's file, if it lies there. For -v.
  std::vector<std::string> ListIgnored(std::string_view program, size_t most) const;

 private:
  struct State;
  explicit ParameterReader(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace pdquant

#endif  // PDQUANT_MODEL_PARAMETER_READER_H_
