// Where a model that was made goes, and writing it.
#ifndef PDQUANT_MODEL_MODEL_OUTPUT_H_
#define PDQUANT_MODEL_MODEL_OUTPUT_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/finding.h"
#include "base/status.h"
#include "files/output.h"
#include "ir/edit/edits.h"
#include "model/model.h"
#include "model/parameter_writer.h"

namespace pdquant {

// What the command line says: -o, or --in-place (then `out` and `params_out` are empty); --params-out may be empty.
struct OutputRequest {
  std::string out;
  std::string params_out;
  bool in_place = false;
  bool as_program_desc = false;  // the program of a file X.json becomes that of X.pdmodel; there is no --in-place
};

struct ModelOutput {
  ModelFiles files;  // with the layout of the input
  // What must not be replaced: files of the input, and those of its parameters in a folder.
  std::vector<std::string> kept;
  std::string kept_folder;
};

// The output has the input's layout: a folder for a folder, with the file names of the input, a prefix for a prefix, a
// file for a file, whose parameters go where ParametersBeside says. `params_out` puts the parameters elsewhere: into
// separate files where it is an existing folder or ends with a slash, into a combined file where it is an existing
// file, otherwise into what the input has. Errors: kUsage where it isn't clear where the parameters go (only if
// `needs_parameters`), and where the output is the input, by link or by another name, without `in_place`; kIo where a
// file is in the way of a folder, or a folder in the way of a file.
Result<ModelOutput> PlanOutput(const ModelFiles& input, const OutputRequest& request, bool needs_parameters);

// Where the parameters alone go, in the other form: pack makes a combined file of separate ones, unpack separate ones
// of a combined file. Errors: kUsage where the input has that form already, or `out` is in the input's place; kIo as
// above.
Result<ModelOutput> PlanParameterOutput(const ModelFiles& input, const std::string& out, ParameterPlace::Kind kind);

// Can the parameters go there, with the program or without it? Findings say which can't: generated names, too, may be
// too long for a file. Errors: kBadInput, with findings, for names that can't be files; kUsage where a file of the
// input would be replaced.
Status CheckParameterFiles(const ModelOutput& output, bool with_program, const std::vector<OutputParameter>& parameters,
                           Findings* findings);

// Adds the program and the parameters to `outputs`, to which nothing else has been added yet, and which replaces all of
// them together. A folder that doesn't exist appears with everything in it by one rename, also that of two files.
// `program` and `parameters` may be null: they are not written then. CheckParameterFiles comes first. Errors: those of
// WriteParameters.
Status WriteModel(const ModelOutput& output, const Rope* program, std::vector<OutputParameter>* parameters,
                  OutputSet* outputs);

// Can these names be file names in one folder? `program` is the name of a file that is written there, too, or empty.
// Errors go to the findings, before anything is written: a name that leads out of the folder, is too long, is that of
// the program's file or of a temporary file of ours, or stands in the way of another (`a` and `a/b`). Names that differ
// in case alone are a warning.
void CheckFileNames(const std::vector<std::string>& names, std::string_view program, Findings* findings);

}  // namespace pdquant

#endif  // PDQUANT_MODEL_MODEL_OUTPUT_H_
