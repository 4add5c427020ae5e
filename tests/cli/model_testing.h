// Models of the corpora on the command line.
#ifndef PDQUANT_TESTS_CLI_MODEL_TESTING_H_
#define PDQUANT_TESTS_CLI_MODEL_TESTING_H_

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <set>
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
  // A model of testdata/paddle/static_quantization, by prefix P.
  void CopyStatic(const std::string& model) const {
    const std::string source = PDQUANT_TESTDATA "/paddle/static_quantization/" + model;
    std::filesystem::copy_file(source + "/m.pdmodel", Path("P.pdmodel"),
                               std::filesystem::copy_options::overwrite_existing);
    std::filesystem::copy_file(source + "/m.pdiparams", Path("P.pdiparams"),
                               std::filesystem::copy_options::overwrite_existing);
  }
  // The messages of a command that refuses the model P; nothing is written.
  std::string Refuse(const std::string& command) const {
    const Finished finished = Run({command, "P", "-o", "out/P"});
    EXPECT_EQ(finished.exit_code, 3) << finished.err;
    EXPECT_FALSE(Exists("out"));
    return finished.err;
  }
  // The variables that an op reads though they are neither stored, fed nor written before.
  std::vector<std::string> Dangling(const std::string& file) const {
    const proto::ProgramDesc program = ReadProgram(file);
    std::set<std::string> known;
    for (const proto::VarDesc& var : program.blocks(0).vars()) {
      if (var.persistable()) known.insert(var.name());
    }
    std::vector<std::string> dangling;
    for (const proto::OpDesc& op : program.blocks(0).ops()) {
      for (const auto& slot : op.inputs()) {
        for (const std::string& name : slot.arguments()) {
          if (!known.contains(name)) dangling.push_back(op.type() + " " + name);
        }
      }
      for (const auto& slot : op.outputs()) known.insert(slot.arguments().begin(), slot.arguments().end());
    }
    return dangling;
  }
  static std::vector<std::string> TypesOf(const proto::ProgramDesc& program) {
    std::vector<std::string> types;
    for (const proto::OpDesc& op : program.blocks(0).ops()) types.push_back(op.type());
    return types;
  }
};

}  // namespace pdquant::testing

#endif  // PDQUANT_TESTS_CLI_MODEL_TESTING_H_
