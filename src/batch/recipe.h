// What a batch does with each model: the command and options behind "--", and how they become one call.
#ifndef PDQUANT_BATCH_RECIPE_H_
#define PDQUANT_BATCH_RECIPE_H_

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "files/path.h"

namespace pdquant {

// One model of a batch.
struct Job {
  std::string input;                 // as the command gets it
  std::string output;                // below OUT; it tells the jobs of a batch apart
  std::vector<std::string> options;  // its own, from a list; the command's options come before them
};

// One call of a command.
struct Call {
  std::vector<std::string> arguments;  // without the program's name
  // What the result depends on: files, folders, and prefixes of files. Those that may be missing come last.
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;  // below OUT; the first is the job's
  bool captures = false;             // whether standard output is to become the first output
  // The part of the key that isn't contents: the command and its options, with places not yet filled in, so that a
  // folder may move.
  std::string key_text;
};

// An option or an argument that a command got, as its own parser understands it: from its arguments, or from the
// configuration file that these name. Arguments stand in their order.
struct GivenOption {
  std::string name;   // "--report"; empty for an argument
  std::string value;  // empty for a flag
  bool is_flag = false;
  PathRole role = PathRole::kNone;
};

// Parses the arguments of a command, its name first, without running it. Errors: kUsage; kIo for a configuration file.
using ParseArguments = std::function<Result<std::vector<GivenOption>>(const std::vector<std::string>& arguments)>;

// A command that writes gets `-o OUT/PATH`, or OUT/PATH.json where it writes no model. What others print becomes
// OUT/PATH.EXT, EXT as --format says.
//
// In values and arguments, {dir} stands for the input's folder, {input} for the input, {output} for the output below
// OUT. What an option writes beside the result (PathRole::kOutput) is below OUT; where all jobs share the option, its
// value has to contain {output}. Options that say where the result goes (PathRole::kResult) are the batch's.
class Recipe {
 public:
  // `words` is a command and its options. `baseline` is the folder of `diff`, else empty. Errors: kUsage, for a command
  // that no batch runs, and for options that a batch gives itself; those of `parse`.
  static Result<Recipe> Make(std::span<const std::string> words, const std::string& baseline, ParseArguments parse);

  const std::string& command() const { return words_.front(); }
  const std::vector<std::string>& words() const { return words_; }
  // Whether it works on models: in folders these are looked for, not programs.
  bool takes_models() const { return takes_models_; }
  // What is appended to an input's path for its output: ".txt"; empty where that is a program or a model.
  const std::string& extension() const { return extension_; }

  // Checks the options of one job. Errors: kUsage.
  Status CheckOptions(const std::vector<std::string>& options) const;
  // Errors: kUsage, for an output that isn't below OUT.
  Result<Call> Bind(const Job& job, const std::string& out) const;

 private:
  Result<std::vector<GivenOption>> Parse(const std::vector<std::string>& more) const;

  std::vector<std::string> words_;
  std::string baseline_;
  ParseArguments parse_;
  std::vector<GivenOption> given_;  // by `words_`
  std::string extension_;
  bool captures_ = false;  // it prints its output
  bool takes_models_ = false;
};

// The commands that a batch runs: "transpile, freeze or …".
std::string BatchCommands();

// Whether `path` may be an output: below OUT, and not in its .pdquant. Errors: kUsage.
Status CheckOutputPath(std::string_view path);

}  // namespace pdquant

#endif  // PDQUANT_BATCH_RECIPE_H_
