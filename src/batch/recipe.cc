#include "batch/recipe.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/escape.h"
#include "files/beneath.h"
#include "files/destination.h"
#include "report/report.h"

namespace pdquant {
namespace {

struct CommandKind {
  std::string_view name;
  bool takes_models;  // else programs
  bool writes;        // else prints
};

constexpr std::array<CommandKind, 7> kCommands = {{
    {"transpile", false, true},
    {"freeze", true, true},
    {"int8", true, true},
    {"undo", true, true},
    {"check", false, false},
    {"show", false, false},
    {"diff", false, false},
}};

constexpr std::array<std::string_view, 5> kOwnOptions = {"-o", "--out", "--in-place", "--dry-run", "--help"};
constexpr std::array<std::string_view, 3> kOutputOptions = {"--report", "--params-out", "--startup-out"};
constexpr std::array<std::string_view, 5> kInputOptions = {"--params", "--startup", "--config", "--params-a",
                                                           "--params-b"};

template <size_t kSize>
bool IsOneOf(std::string_view name, const std::array<std::string_view, kSize>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

const CommandKind* FindCommand(std::string_view name) {
  const auto* found =
      std::find_if(kCommands.begin(), kCommands.end(), [&](const CommandKind& kind) { return kind.name == name; });
  return found == kCommands.end() ? nullptr : found;
}

// An option among words: "--name value", "--name=value" or a flag.
struct Option {
  std::string_view name;
  std::string* value = nullptr;  // the word that holds the value; null at the end of the words
  size_t start = 0;              // of the value in it
};

template <typename Visit>
void ForEachOption(std::vector<std::string>* words, Visit visit) {
  for (size_t i = 0; i < words->size(); ++i) {
    std::string& word = (*words)[i];
    if (word.size() < 2 || word[0] != '-') continue;
    const size_t equals = word.starts_with("--") ? word.find('=') : std::string::npos;
    const std::string name = word.substr(0, equals);
    if (equals != std::string::npos) {
      visit(Option{name, &word, equals + 1});
    } else {
      visit(Option{name, i + 1 < words->size() ? &(*words)[i + 1] : nullptr, 0});
    }
  }
}

Status CheckWords(std::vector<std::string> words, bool shared) {
  Status status;
  ForEachOption(&words, [&](const Option& option) {
    if (!status.ok()) return;
    if (IsOneOf(option.name, kOwnOptions)) {
      status = UsageError(std::string(option.name) + " is not for the command of a batch, which says what is written");
    } else if (shared && IsOneOf(option.name, kOutputOptions) &&
               (option.value == nullptr || option.value->find("{output}", option.start) == std::string::npos)) {
      status = UsageError(std::string(option.name) +
                          ": all models would write the same file; the value has to contain {output}");
    }
  });
  return status;
}

void ReplaceAll(std::string_view from, const std::string& to, std::string* text) {
  for (size_t at = text->find(from); at != std::string::npos; at = text->find(from, at + to.size())) {
    text->replace(at, from.size(), to);
  }
}

std::string ExtensionFor(std::vector<std::string> words) {
  std::string_view extension = RowOf(OutputFormat::kText).extension;
  ForEachOption(&words, [&](const Option& option) {
    if (option.name != "--format" || option.value == nullptr) return;
    for (const OutputFormatRow& row : OutputFormats()) {
      if (row.word == std::string_view(*option.value).substr(option.start)) extension = row.extension;
    }
  });
  return std::string(extension);
}

bool Has(std::string_view name, std::vector<std::string> words) {
  bool has = false;
  ForEachOption(&words, [&](const Option& option) { has = has || option.name == name; });
  return has;
}

// A program's file is enough where the parameters are named.
bool TakesModels(const CommandKind& kind, const std::vector<std::string>& words) {
  if (kind.name == "diff") return Has("--tensors", words) && !Has("--params-a", words) && !Has("--params-b", words);
  return kind.takes_models && !Has("--params", words);
}

// The parameters that belong to a model which is named by its program's file.
void AddParametersBeside(const std::string& program, std::vector<std::string>* inputs) {
  constexpr std::string_view kSuffix = ".pdmodel";
  if (NameOf(program) == "__model__") inputs->push_back(OpenableFolder(program));
  if (program.ends_with(kSuffix)) inputs->push_back(program.substr(0, program.size() - kSuffix.size()) + ".pdiparams");
}

}  // namespace

Status CheckOutputPath(std::string_view path) {
  if (!IsPlainPath(path)) {
    return UsageError("the output " + Quote(path) +
                      " is not below the output folder: no part may be '..', '.' or empty");
  }
  if (path.substr(0, path.find('/')) == ".pdquant") {
    return UsageError("the output " + Quote(path) + " is in the batch's own folder .pdquant");
  }
  return {};
}

Result<Recipe> Recipe::Make(std::span<const std::string> words, const std::string& baseline) {
  if (words.empty()) return UsageError("a command is required behind --, such as -- check");
  const CommandKind* kind = FindCommand(words.front());
  if (kind == nullptr) {
    return UsageError("no batch runs " + Quote(words.front()) +
                      ", only transpile, freeze, int8, undo, check, show or diff");
  }
  if ((kind->name == "diff") == baseline.empty()) {
    return UsageError(baseline.empty() ? "diff needs --baseline DIR" : "--baseline is for diff");
  }
  Recipe recipe;
  recipe.words_.assign(words.begin(), words.end());
  recipe.baseline_ = baseline;
  recipe.takes_models_ = TakesModels(*kind, recipe.words_);
  if (!kind->writes) recipe.extension_ = ExtensionFor(recipe.words_);
  if (Status status = CheckWords(recipe.words_, true); !status.ok()) return status;
  return recipe;
}

Status Recipe::CheckOptions(std::span<const std::string> options) const {
  return CheckWords({options.begin(), options.end()}, false);
}

Result<Call> Recipe::Bind(const Job& job, const std::string& out) const {
  Call call;
  call.captures = !extension_.empty();
  call.inputs.push_back(job.input);
  call.outputs.push_back(job.output);
  std::vector<std::string> words(words_.begin() + 1, words_.end());
  words.insert(words.end(), job.options.begin(), job.options.end());
  std::string folder = OpenableFolder(job.input);
  if (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  for (std::string& word : words) {
    ReplaceAll("{dir}", folder, &word);
    ReplaceAll("{input}", job.input, &word);
    ReplaceAll("{output}", job.output, &word);
  }
  Status status;
  ForEachOption(&words, [&](const Option& option) {
    if (!status.ok() || option.value == nullptr) return;
    const std::string value = option.value->substr(option.start);
    if (IsOneOf(option.name, kInputOptions)) call.inputs.push_back(value);
    if (!IsOneOf(option.name, kOutputOptions)) return;
    status = CheckOutputPath(value);
    call.outputs.push_back(value);
    option.value->replace(option.start, std::string::npos, out + "/" + value);
  });
  if (!status.ok()) return status;
  if (takes_models_) AddParametersBeside(job.input, &call.inputs);
  call.arguments.push_back(command());
  if (!baseline_.empty()) {
    std::string path = job.output;
    if (path.ends_with(extension_)) path.resize(path.size() - extension_.size());
    path.insert(0, baseline_ + "/");
    call.arguments.push_back(path);
    call.inputs.push_back(path);
  }
  call.arguments.push_back(job.input);
  call.arguments.insert(call.arguments.end(), words.begin(), words.end());
  if (!call.captures) call.arguments.insert(call.arguments.end(), {"-o", out + "/" + job.output});
  return call;
}

std::string Recipe::KeyText(const Job& job) const {
  std::string text;
  for (const auto* words : {&words_, &job.options}) {
    for (const std::string& word : *words) text += std::to_string(word.size()) + ":" + word;
    text += ";";
  }
  return text;
}

}  // namespace pdquant
