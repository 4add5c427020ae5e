// Which files make an export of Paddle 3: X.json and X.pdiparams.
#ifndef PDQUANT_MODEL_PIR_FILES_H_
#define PDQUANT_MODEL_PIR_FILES_H_

#include <string>
#include <string_view>

#include "base/status.h"
#include "model/model.h"

namespace pdquant {

inline constexpr std::string_view kPirSuffix = ".json";

// Whether a file, which is a regular one and can be read, begins as a program of PIR does.
bool HoldsPir(const std::string& path);

// Whether it is a regular file *.json whose first bytes are those of a program of Paddle 3 in its PIR form.
bool IsPirFile(const std::string& path);

// The program of Paddle 3 that a folder holds or a prefix names, by its content; the first by its name where a folder
// has several. Empty for none.
std::string FindPirProgram(const std::string& model);

// Finds the files of an export that is named by a folder, a prefix or the program's file. `params` is what --params
// says, or empty: then they are X.pdiparams beside X.json, and nowhere beside a file of another name. Errors:
// kBadInput for a folder with several programs, or without one; kIo where nothing is there; kUsage.
Result<ModelFiles> FindPirModel(const std::string& model, const std::string& params);

}  // namespace pdquant

#endif  // PDQUANT_MODEL_PIR_FILES_H_
