#include "batch/recipe.h"

#include <algorithm>
#include <array>
#include <climits>
#include <utility>

#include "base/escape.h"
#include "base/words.h"
#include "model/model.h"
#include "report/report.h"

namespace pdquant {
namespace {

struct CommandKind {
  std::string_view name;
  bool takes_models;                // else programs
  bool writes;                      // else prints
  std::string_view extension = {};  // of what it writes, where that is no model
};

constexpr std::array<CommandKind, 13> kCommands = {{
    {"transpile", false, true},
    {"freeze", true, true},
    {"int8", true, true},
    {"undo", true, true},
    {"observe", true, true},
    {"read", true, true, ".json"},
    {"quantize", true, true},
    {"weights", true, true},
    {"convert", true, true},
    {"import", true, true},
    {"check", false, false},
    {"show", false, false},
    {"diff", false, false},
}};

const CommandKind* FindCommand(std::string_view name) {
  const auto* found =
      std::find_if(kCommands.begin(), kCommands.end(), [&](const CommandKind& kind) { return kind.name == name; });
  return found == kCommands.end() ? nullptr : found;
}

// The last one counts; null where it isn't given.
const GivenOption* Find(std::string_view name, const std::vector<GivenOption>& given) {
  const auto found =
      std::find_if(given.rbegin(), given.rend(), [&](const GivenOption& option) { return option.name == name; });
  return found == given.rend() ? nullptr : &*found;
}

Status RefuseOptionsOfBatch(const std::vector<GivenOption>& given) {
  for (const GivenOption& option : given) {
    if (option.role != PathRole::kResult) continue;
    return UsageError(option.name + " is not for the command of a batch, which says what is written");
  }
  return {};
}

Status RefuseSharedOutputs(const std::vector<GivenOption>& given) {
  for (const GivenOption& option : given) {
    if (option.role != PathRole::kOutput || option.value.find("{output}") != std::string::npos) continue;
    return UsageError(option.name + ": all models would write the same file; the value has to contain {output}");
  }
  return {};
}

// Fills in the places. What is filled in may have braces of its own.
std::string FillIn(std::string_view value, const Job& job) {
  const std::array<std::pair<std::string_view, std::string>, 3> places = {
      {{"{dir}", WithoutSlashes(OpenableFolder(job.input))}, {"{input}", job.input}, {"{output}", job.output}}};
  std::string text;
  while (!value.empty()) {
    const auto* place =
        std::find_if(places.begin(), places.end(), [&](const auto& entry) { return value.starts_with(entry.first); });
    const bool found = place != places.end();
    text += found ? std::string_view{place->second} : value.substr(0, 1);
    value.remove_prefix(found ? place->first.size() : 1);
  }
  return text;
}

std::string ExtensionFor(const std::vector<GivenOption>& given) {
  std::string_view extension = RowOf(OutputFormat::kText).extension;
  if (const GivenOption* format = Find("--format", given)) {
    for (const OutputFormatRow& row : OutputFormats()) {
      if (row.word == format->value) extension = row.extension;
    }
  }
  return std::string(extension);
}

// A program's file is enough where the parameters are named.
bool TakesModels(const CommandKind& kind, const std::vector<GivenOption>& given) {
  const auto has = [&](std::string_view name) { return Find(name, given) != nullptr; };
  if (kind.name == "diff") return has("--tensors") && !has("--params-a") && !has("--params-b");
  return kind.takes_models && !has("--params");
}

// The parameters that belong to a model which is named by its program's file.
void AddParametersBeside(const std::string& program, std::vector<std::string>* inputs) {
  if (NameOf(program) == kModelName) inputs->push_back(OpenableFolder(program));
  if (program.ends_with(kModelSuffix))
    inputs->push_back(program.substr(0, program.size() - kModelSuffix.size()) + std::string(kParamsSuffix));
}

void AddToKey(std::string_view text, std::string* key) {
  *key += std::to_string(text.size()) + ":" + std::string(text);
}

}  // namespace

std::string BatchCommands() { return JoinWords(WordsOf(kCommands, &CommandKind::name)); }

Status CheckOutputPath(std::string_view path) {
  if (path.size() >= PATH_MAX) {
    return UsageError("the output " + Quote(path) + " is longer than a path can be, " + std::to_string(PATH_MAX) +
                      " bytes");
  }
  if (!IsPlainPath(path)) {
    return UsageError("the output " + Quote(path) +
                      " is not below the output folder: no part may be '..', '.' or empty");
  }
  if (path.substr(0, path.find('/')) == ".pdquant") {
    return UsageError("the output " + Quote(path) + " is in the batch's own folder .pdquant");
  }
  return {};
}

// The first arguments stand for the inputs.
Result<std::vector<GivenOption>> Recipe::Parse(const std::vector<std::string>& more) const {
  std::vector<std::string> arguments = {command()};
  if (!baseline_.empty()) arguments.emplace_back("BASELINE");
  arguments.emplace_back("INPUT");
  arguments.insert(arguments.end(), words_.begin() + 1, words_.end());
  arguments.insert(arguments.end(), more.begin(), more.end());
  Result<std::vector<GivenOption>> given = parse_(arguments);
  if (!given.ok()) return given;
  for (size_t stand_ins = baseline_.empty() ? 1 : 2; stand_ins > 0; --stand_ins) {
    const auto found = std::find_if(given->begin(), given->end(), [](const GivenOption& o) { return o.name.empty(); });
    if (found != given->end()) given->erase(found);
  }
  return given;
}

Result<Recipe> Recipe::Make(std::span<const std::string> words, const std::string& baseline, ParseArguments parse) {
  if (words.empty()) return UsageError("a command is required behind --, such as -- check");
  const CommandKind* kind = FindCommand(words.front());
  if (kind == nullptr) {
    return UsageError("no batch runs " + Quote(words.front()) + ", only " + BatchCommands());
  }
  if ((kind->name == "diff") == baseline.empty()) {
    return UsageError(baseline.empty() ? "diff needs --baseline DIR" : "--baseline is for diff");
  }
  Recipe recipe;
  recipe.words_.assign(words.begin(), words.end());
  recipe.baseline_ = baseline;
  recipe.parse_ = std::move(parse);
  Result<std::vector<GivenOption>> given = recipe.Parse({});
  if (!given.ok()) return given.status();
  if (Status status = RefuseOptionsOfBatch(*given); !status.ok()) return status;
  if (Status status = RefuseSharedOutputs(*given); !status.ok()) return status;
  recipe.takes_models_ = TakesModels(*kind, *given);
  recipe.captures_ = !kind->writes;
  recipe.extension_ = kind->writes ? std::string(kind->extension) : ExtensionFor(*given);
  recipe.given_ = std::move(*given);
  return recipe;
}

Status Recipe::CheckOptions(const std::vector<std::string>& options) const {
  const Result<std::vector<GivenOption>> given = Parse(options);
  return given.ok() ? RefuseOptionsOfBatch(*given) : given.status();
}

Result<Call> Recipe::Bind(const Job& job, const std::string& out) const {
  const Result<std::vector<GivenOption>> given =
      job.options.empty() ? Result<std::vector<GivenOption>>(given_) : Parse(job.options);
  if (!given.ok()) return given.status();
  Call call;
  call.captures = captures_;
  call.inputs.push_back(job.input);
  call.outputs.push_back(job.output);
  call.arguments.push_back(command());
  AddToKey(command(), &call.key_text);
  if (!baseline_.empty()) {
    std::string path = job.output;
    if (path.ends_with(extension_)) path.resize(path.size() - extension_.size());
    path.insert(0, baseline_ + "/");
    call.arguments.push_back(path);
    call.inputs.push_back(path);
  }
  call.arguments.push_back(job.input);
  for (const GivenOption& option : *given) {
    AddToKey(option.name, &call.key_text);
    AddToKey(option.value, &call.key_text);
    std::string value = FillIn(option.value, job);
    if (option.role == PathRole::kInput) call.inputs.push_back(value);
    if (option.role == PathRole::kOutput) {
      if (Status status = CheckOutputPath(value); !status.ok()) return status;
      call.outputs.push_back(value);
      value.insert(0, out + "/");
    }
    call.arguments.push_back(option.is_flag ? option.name : option.name.empty() ? value : option.name + "=" + value);
  }
  if (takes_models_) {
    const std::vector<std::string> programs(call.inputs.begin(), call.inputs.begin() + (baseline_.empty() ? 1 : 2));
    for (const std::string& program : programs) AddParametersBeside(program, &call.inputs);
  }
  if (!call.captures) call.arguments.insert(call.arguments.end(), {"-o", out + "/" + job.output});
  return call;
}

}  // namespace pdquant
