// Whether the names of variables can be the names of files.
#ifndef PDQUANT_MODEL_FILE_NAMES_H_
#define PDQUANT_MODEL_FILE_NAMES_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/finding.h"

namespace pdquant {

// Can these names be file names in one folder? `program` is the name of a file that is written there, too, or empty.
// Errors go to the findings, before anything is written: a name that leads out of the folder, is too long, is that of
// the program's file or of a temporary file of ours, or stands in the way of another (`a` and `a/b`). Names that differ
// in case alone are a warning.
void CheckFileNames(const std::vector<std::string>& names, std::string_view program, Findings* findings);

}  // namespace pdquant

#endif  // PDQUANT_MODEL_FILE_NAMES_H_
