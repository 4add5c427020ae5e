// Where the pending file of a set of files may lie.
#ifndef PDQUANT_FILES_PENDING_PLACES_H_
#define PDQUANT_FILES_PENDING_PLACES_H_

#include <string>
#include <vector>

#include "base/status.h"

namespace pdquant {

// FIRST of the FIRST.pdquant-pending for a set that is written into a folder: OUT, so that it lies beside the folder,
// or OUT/, so that it lies in it, where nothing may be made beside it.
std::string PendingPlaceOfFolder(const std::string& folder);

// Every FIRST whose set may hold the file or the folder `path`: the file itself, the prefix that its name begins with
// (P of P.pdmodel), its folder, or the folder that it is.
std::vector<std::string> PendingPlaces(const std::string& path);

// FinishPendingAt (pending.h) for all of them.
Status FinishPendingAround(const std::string& path);

}  // namespace pdquant

#endif  // PDQUANT_FILES_PENDING_PLACES_H_
