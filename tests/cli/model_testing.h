// Models of the freeze corpus on the command line.
#ifndef PDQUANT_TESTS_CLI_MODEL_TESTING_H_
#define PDQUANT_TESTS_CLI_MODEL_TESTING_H_

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/process.h"
#include "pdquant/framework.pb.h"
#include "support/programs.h"

namespace pdquant::testing {

class ModelCommandTest : public CommandTest {
 protected:
  // Copies a form (quant, frozen, int8) of a model of the corpus: the program and the combined parameters.
  void CopyModel(const std::string& model, const std::string& form, const std::string& program,
                 const std::string& params) const {
    const std::string source = std::string(PDQUANT_FREEZE_CORPUS) + "/" + model + "/" + form;
    for (const auto& [from, to] : {std::pair(source + "/model.pb", program), std::pair(source + "/params", params)}) {
      std::filesystem::create_directories(std::filesystem::path(Path(to)).parent_path());
      std::filesystem::copy_file(from, Path(to));
    }
  }
  // The names in a folder and in those beneath it, sorted.
  std::vector<std::string> FilesIn(const std::string& folder) const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(Path(folder))) {
      if (!entry.is_directory()) names.push_back(entry.path().lexically_relative(Path(folder)));
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  proto::ProgramDesc ReadProgram(const std::string& name) const { return ParseMessage(Read(name)); }
};

}  // namespace pdquant::testing

#endif  // PDQUANT_TESTS_CLI_MODEL_TESTING_H_
