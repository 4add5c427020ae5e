// The text of a pending file: which files of a set are still to be renamed.
#ifndef PDQUANT_FILES_PENDING_LIST_H_
#define PDQUANT_FILES_PENDING_LIST_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pdquant {

// The destination's path, and the id of its temporary file. That file's name follows from the two: a list can say
// nothing else than that a temporary file takes the place it was made for.
struct PendingRename {
  std::string destination;
  std::string id;
};

inline constexpr size_t kMostPendingBytes = size_t{16} << 20U;

// The destinations are relative to the folder of the pending file.
std::string EncodePending(const std::vector<PendingRename>& renames);

enum class PendingText {
  kComplete,
  kTorn,     // its writer ended before it was complete, so that nothing has been renamed
  kForeign,  // not a list, or of another version
};

// Reads what nobody vouches for; `renames` is set where it is complete.
PendingText DecodePending(std::string_view text, std::vector<PendingRename>* renames);

}  // namespace pdquant

#endif  // PDQUANT_FILES_PENDING_LIST_H_
