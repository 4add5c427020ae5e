// Models: a program and its parameters. Which files belong together, and opening them.
#ifndef PDQUANT_MODEL_MODEL_H_
#define PDQUANT_MODEL_MODEL_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/finding.h"
#include "base/status.h"
#include "ir/program.h"
#include "model/byte_source.h"
#include "model/parameter_reader.h"

namespace pdquant {

// A folder has its program in __model__. A prefix X has it in X.pdmodel, an export of Paddle 3 in X.json, and its
// parameters in X.pdiparams.
inline constexpr std::string_view kModelName = "__model__";
inline constexpr std::string_view kModelSuffix = ".pdmodel";
inline constexpr std::string_view kPirSuffix = ".json";
inline constexpr std::string_view kParamsSuffix = ".pdiparams";

// How a model is named on the command line.
enum class ModelLayout {
  kFolder,  // a folder with __model__ or one *.pdmodel
  kPrefix,  // P, of P.pdmodel
  kFile,    // the program's file
};

struct ModelFiles {
  ModelLayout layout = ModelLayout::kFile;
  std::string root;     // as it was named: the folder, the prefix, the program's file
  std::string program;  // the program's file; "-" is standard input
  // Beside P.pdmodel lies P.pdiparams; beside __model__ lies __params__, else separate files. The path is empty for a
  // program of another name whose parameters nobody named. Whether the files exist is found out when they are opened.
  ParameterPlace parameters;
  bool parameters_given = false;  // by the option
  // The program's file when it was found.
  std::optional<FileIdentity> identity;
};

// Finds the files of a model. `params` is what the option `params_option` says, a file or a folder; empty where it
// isn't given. What a killed writer left unfinished there is finished first. Errors: kBadInput for a folder without a
// model, or with several; kIo where nothing is there.
Result<ModelFiles> FindModel(const std::string& model, const std::string& params,
                             std::string_view params_option = "--params");

// Whether nothing of the program's parameters is there, and nobody said where they are.
bool HasNoParameters(const ModelFiles& files, const Program& program);

// What lies beside a program's file of that name by Paddle's conventions, and of that kind where they allow both; the
// path is empty where there is no convention.
ParameterPlace ParametersBeside(const std::string& program, ParameterPlace::Kind kind);

// Opens the parameters of a model whose program has been read since FindModel. Errors: kUsage where nobody said where
// they are, unless the program has none; those of ParameterReader::Open; kIo where another process has replaced the
// model in the meantime.
//
// Where some are enough, a combined file may hold what save_params writes of a training program: the other parameters,
// the optimizer's state, are a warning each.
Result<std::unique_ptr<ParameterReader>> OpenParameters(const ModelFiles& files, const Program& program,
                                                        Findings* findings, ParameterNeed need = ParameterNeed::kAll);

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

#endif  // PDQUANT_MODEL_MODEL_H_
