#include "cli/commands/batch_arguments.h"

#include <fmt/format.h>

#include <cmath>
#include <string_view>
#include <utility>

#include "base/escape.h"
#include "base/shortest_text.h"
#include "batch/recipe.h"
#include "cli/about/about.h"

namespace pdquant {
namespace {

constexpr float kLongestTimeout = 1e7F;  // seconds

// A word as a shell reads it, fit to print: what a terminal, or a reader, might take for something else is written as
// octal digits, in the quotes $'…' of POSIX.1-2024 that bash, zsh and ksh have always had.
std::string ShellWord(const std::string& word) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=:,./@%";
  if (!word.empty() && word[0] != '=' && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string quotable = word;
  std::erase_if(quotable, [](char c) { return c == '\'' || c == '"' || c == '\\'; });
  if (EscapeWhole(quotable) == quotable) return ShellQuoted(word);
  std::string text = "$'";
  for (const char c : word) {
    if (c < ' ' || c > '~') {
      text += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
    } else {
      text += c == '\'' || c == '\\' ? std::string{'\\', c} : std::string(1, c);
    }
  }
  return text + "'";
}

// The options of all commands that matter to what is done.
std::vector<std::string> Passed(const CommonOptions& common) {
  std::vector<std::string> words;
  const LoadLimits usual;
  if (!common.config.empty()) words.insert(words.end(), {"--config", common.config});
  if (common.limits.max_bytes != usual.max_bytes) {
    words.insert(words.end(), {"--max-bytes", std::to_string(common.limits.max_bytes)});
  }
  if (common.limits.max_ops != usual.max_ops) {
    words.insert(words.end(), {"--max-ops", std::to_string(common.limits.max_ops)});
  }
  return words;
}

}  // namespace

void BatchArguments::AddTo(OptionList* options) {
  options->Arguments("INPUT",
                     "files, folders, patterns with *, ?, [] and **, or - for a list on standard input; what follows "
                     "-- is the command, " +
                         BatchCommands() + ", and its options",
                     &inputs);
  options->SetGroup("Files");
  options->OutputFolder("-o,--out", "OUT", "the folder for all outputs, and for .pdquant, the journal", &out);
  options->InputPath("--list", "FILE",
                     "more inputs: one a line, or JSON lines with input, and output and options of their own", &list);
  options->InputPath("--baseline", "DIR", "for diff: the folder with what to compare with", &baseline);
  options->SetGroup("How to run");
  options->Integer("-j,--jobs",
                   "how many at the same time; 0 is the processors there are, or the environment's SLURM_CPUS_PER_TASK",
                   &jobs, [this] { return jobs < 0 || jobs > 4096 ? UsageError("has to be 0 to 4096") : Status(); });
  options->Text("--shard", "I/N|auto",
                "do the I-th of N parts; auto asks the environment: SLURM_ARRAY_TASK_ID, _MIN and _COUNT; "
                "JOB_COMPLETION_INDEX or PARALLEL_SEQ with PDQUANT_SHARDS",
                &shard);
  options->Number("--timeout", "end a model's work after so many seconds; 0 is never", &timeout, [this] {
    const bool in_range = std::isfinite(timeout) && timeout >= 0 && timeout <= kLongestTimeout;
    return in_range ? Status() : UsageError("has to be 0 to 10000000 seconds");
  });
  options->Size("--memory", "the most memory for each worker", "no limit", &memory);
  options->Flag("--fail-fast", "start nothing more after the first failure", &fail_fast);
  options->Flag("--force", "do again what is done and unchanged", &force);
  options->Flag("--retry-failed", "do again what failed before and is unchanged", &retry_failed);
  options->SetGroup("Report");
  options->InputPath("--merge-reports", "OUT", "run nothing: report what all shards have done in OUT", &merge);
  options->Format("text (default), json, junit or markdown",
                  {OutputFormat::kText, OutputFormat::kJson, OutputFormat::kJunit, OutputFormat::kMarkdown}, &format);
}

Status BatchArguments::Validate() const {
  if (!merge.empty()) {
    const bool runs = !inputs.empty() || !list.empty() || !words.empty() || !out.empty();
    return runs ? UsageError("--merge-reports OUT runs nothing: no inputs, no --out and no command go with it")
                : Status();
  }
  if (out.empty()) return UsageError("--out OUT is required; see 'pdquant batch --help'");
  if (words.empty()) return UsageError("a command is required behind --, such as: batch --out OUT models -- check");
  if (inputs.empty() && list.empty()) return UsageError("no input: name files, folders or patterns, or --list FILE");
  return {};
}

std::vector<std::string> BatchArguments::WordsWith(const CommonOptions& common) const {
  std::vector<std::string> all = {words.front()};
  for (std::string& word : Passed(common)) all.push_back(std::move(word));
  all.insert(all.end(), words.begin() + 1, words.end());
  return all;
}

std::string BatchArguments::RetryCommand(const CommonOptions& common) const {
  std::string text = "pdquant batch --retry-failed --out " + ShellWord(out);
  for (const std::string& word : Passed(common)) text += " " + ShellWord(word);
  if (!list.empty()) text += " --list " + ShellWord(list);
  if (!baseline.empty()) text += " --baseline " + ShellWord(baseline);
  if (!shard.empty()) text += " --shard " + ShellWord(shard);
  if (timeout > 0) text += " --timeout " + ShortestText(timeout);
  if (memory > 0) text += " --memory " + std::to_string(memory);
  for (const std::string& input : inputs) text += " " + ShellWord(input);
  text += " --";
  for (const std::string& word : words) text += " " + ShellWord(word);
  return text;
}

}  // namespace pdquant
