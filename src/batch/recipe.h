// What a batch does with each model: the command and options behind "--", and how they become one call.
#ifndef PDQUANT_BATCH_RECIPE_H_
#define PDQUANT_BATCH_RECIPE_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "batch/job.h"

namespace pdquant {

// One call of a command.
struct Call {
  std::vector<std::string> arguments;  // without the program's name
  // What the result depends on: files, folders, and prefixes of files. Those that may be missing come last.
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;  // below OUT; the first is the job's
  bool captures = false;             // whether standard output is to become the first output
};

// A command that writes gets `-o OUT/PATH`. What others print becomes OUT/PATH.EXT, EXT as --format says.
//
// In options, {dir} stands for the input's folder, {input} for the input, {output} for the output below OUT. The values
// of --report, --params-out and --startup-out are below OUT; those that all jobs share have to contain {output}.
class Recipe {
 public:
  // `words` is a command and its options. `baseline` is the folder of `diff`, else empty. Errors: kUsage, for a command
  // that no batch runs, and for options that a batch gives itself.
  static Result<Recipe> Make(std::span<const std::string> words, const std::string& baseline);

  const std::string& command() const { return words_.front(); }
  const std::vector<std::string>& words() const { return words_; }
  // Whether it works on models: in folders these are looked for, not programs.
  bool takes_models() const { return takes_models_; }
  // What is appended to an input's path for its output: ".txt"; empty for a command that writes.
  const std::string& extension() const { return extension_; }

  // Checks the options of one job. Errors: kUsage.
  Status CheckOptions(std::span<const std::string> options) const;
  // Errors: kUsage, for an output that isn't below OUT.
  Result<Call> Bind(const Job& job, const std::string& out) const;
  // The part of the key that isn't contents: the words and the options, not yet filled in, so that a folder may move.
  std::string KeyText(const Job& job) const;

 private:
  std::vector<std::string> words_;
  std::string baseline_;
  std::string extension_;
  bool takes_models_ = false;
};

// Whether `path` may be an output: below OUT, and not in its .pdquant. Errors: kUsage.
Status CheckOutputPath(std::string_view path);

}  // namespace pdquant

#endif  // PDQUANT_BATCH_RECIPE_H_
