// The example of each rule occurs: `--explain` shows what users will meet. testdata/examples/CODE.txt is a command
// line,
// `$ pdquant …`, and the files that it reads, each with a line of its own that begins it:
//   program FILE      lines of BuildProgram
//   pir FILE          lines of BuildPir
//   text FILE         lines of text
//   tensors FOLDER    tensors, a line each as TensorFile takes them, each in a file of its own
//   text FILE         lines, as they are
//   link FILE OTHER   one more name of OTHER
// The examples of other rules are messages about the bad files of testdata/wire and testdata/params/faults, whose
// tables tests/faults holds against the program.
#include <gmock/gmock.h>

#include <filesystem>
#include <iterator>
#include <set>
#include <sstream>

#include "check/rule_table.h"
#include "cli/process.h"
#include "support/pir_builder.h"
#include "support/program_builder.h"
#include "support/programs.h"
#include "support/tensor_text.h"

namespace pdquant::testing {
namespace {

using ::testing::IsEmpty;

constexpr std::string_view kPrompt = "$ pdquant ";
// No single input brings them about: a fault of pdquant, a lack of memory (OutOfMemoryTest), a run of `batch` that was
// killed, or whose worker was (tests/batch/journal_test.cc, kill_test.cc), a pass in process that isn't given
// parameters.
const std::set<std::string_view> kWithoutInput = {"internal",     "try-again",   "journal",
                                                  "model-failed", "interrupted", "parameters-needed"};

std::string Example(std::string_view code) { return PDQUANT_TESTDATA "/examples/" + std::string(code) + ".txt"; }

bool HasMessage(const std::string& messages, const Rule& rule) {
  std::istringstream lines(messages);
  for (std::string line; std::getline(lines, line);) {
    const bool of_rule = line.ends_with("[" + std::string(rule.code) + "]");
    if (of_rule && line.find(": " + std::string(rule.example)) != std::string::npos) return true;
  }
  return false;
}

class RuleExamples : public CommandTest {
 protected:
  // Makes the files of an example. Returns its command line.
  std::vector<std::string> Make(const std::string& path) const {
    std::vector<std::string> command;
    std::string begun;  // the line that begins a file, and those of the file
    std::istringstream lines(ReadFile(path));
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with(kPrompt)) {
        std::istringstream words(line.substr(kPrompt.size()));
        command.assign(std::istream_iterator<std::string>(words), {});
      } else if (line.starts_with(' ')) {
        begun += line + "\n";
      } else {
        MakePart(begun);
        begun = line + "\n";
      }
    }
    MakePart(begun);
    return command;
  }

 private:
  void MakePart(const std::string& text) const {
    std::istringstream lines(text);
    std::string word;
    std::string name;
    std::string rest;
    lines >> word >> name;
    std::getline(lines, rest);
    const auto make_folder = [](const std::filesystem::path& path) { std::filesystem::create_directories(path); };
    if (word == "program") {
      make_folder(std::filesystem::path(Path(name)).parent_path());
      Write(name, BuildProgram(std::string_view(text).substr(text.find('\n'))).SerializeAsString());
    } else if (word == "pir") {
      Write(name, BuildPir(std::string_view(text).substr(text.find('\n'))));
    } else if (word == "text") {
      Write(name, text.substr(text.find('\n') + 1));
    } else if (word == "tensors") {
      make_folder(Path(name));
      for (std::string line; std::getline(lines, line);) {
        const auto [tensor, bytes] = TensorFile(line);
        Write(name + "/" + tensor, bytes);
      }
    } else if (word == "link") {
      make_folder(std::filesystem::path(Path(name)).parent_path());
      std::filesystem::create_hard_link(Path(rest.substr(1)), Path(name));
    } else if (!word.empty()) {
      FAIL() << "what is " << word;
    }
  }
};

TEST_F(RuleExamples, Occur) {
  const std::string tables =
      ReadFile(PDQUANT_TESTDATA "/wire/table.txt") + ReadFile(PDQUANT_TESTDATA "/params/faults/table.txt");
  for (const Rule& rule : Rules()) {
    if (kWithoutInput.contains(rule.code)) continue;
    if (!std::filesystem::exists(Example(rule.code))) {
      EXPECT_TRUE(HasMessage(tables, rule)) << rule.code << ": no bad file has the message\n" << rule.example;
      continue;
    }
    for (const auto& entry : std::filesystem::directory_iterator(folder())) std::filesystem::remove_all(entry.path());
    const Finished finished = Run(Make(Example(rule.code)));
    EXPECT_TRUE(HasMessage(finished.err, rule)) << rule.code << ": the example\n"
                                                << rule.example << "\nisn't in\n"
                                                << finished.err;
  }
}

TEST(RuleExamplesFolder, HasNoOtherFiles) {
  std::vector<std::string> others;
  for (const auto& entry : std::filesystem::directory_iterator(PDQUANT_TESTDATA "/examples")) {
    if (FindRule(entry.path().stem().string()) == nullptr) others.push_back(entry.path().string());
  }
  EXPECT_THAT(others, IsEmpty());
}

}  // namespace
}  // namespace pdquant::testing
