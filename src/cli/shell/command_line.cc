#include "cli/shell/command_line.h"

#include <google/protobuf/stubs/logging.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <sstream>
#include <utility>

#include "base/escape.h"
#include "cli/about/about.h"
#include "cli/commands/commands.h"
#include "cli/shell/config.h"
#include "cli/shell/console.h"
#include "cli/shell/signals.h"
#include "cli/shell/standard_streams.h"
#include "files/output.h"
#include "files/temporary_registry.h"
#include "quantize/pass.h"

namespace pdquant {
namespace {

struct CommandEntry {
  const char* name;
  const char* summary;  // null for a pass, whose row has it
  std::unique_ptr<Command> (*make)();
  bool takes_rest = false;  // the words behind "--" are for it
};

template <ModelRewrite rewrite>
std::unique_ptr<Command> Make() {
  return MakeModelCommand(rewrite);
}

constexpr auto kCommands = std::to_array<CommandEntry>({
    {"transpile", nullptr, MakeTranspileCommand},
    {"freeze", nullptr, Make<ModelRewrite::kFreeze>},
    {"int8", nullptr, Make<ModelRewrite::kInt8>},
    {"undo", nullptr, Make<ModelRewrite::kUndo>},
    {"weights", nullptr, Make<ModelRewrite::kWeights>},
    {"quantize", nullptr, MakeQuantizeCommand},
    {"convert", nullptr, Make<ModelRewrite::kConvert>},
    {"observe", nullptr, MakeObserveCommand},
    {"read", "Make scales of what an observed model gave", MakeReadCommand},
    {"params", "Put the parameters of a model into one file, or into one for each", MakeParamsCommand},
    {"import", "Make a ProgramDesc of what Paddle 3 exported (PIR)", MakeImportCommand},
    {"check", "Tell whether a program is well formed", MakeCheckCommand},
    {"show", "Show what a program, a model or a parameter file is", MakeShowCommand},
    {"diff", "Tell what changed between two programs or models", MakeDiffCommand},
    {"git-setup", "Make git show programs and parameter files as text", MakeGitSetupCommand},
    {"batch", "Run a command over many models", MakeBatchCommand, true},
    {"completion", "Print a script that completes command lines in a shell", MakeCompletionCommand},
});

std::string SummaryOf(const CommandEntry& command) {
  return command.summary != nullptr ? command.summary : std::string(FindPass(command.name)->summary);
}

constexpr char kDescription[] = "Fixed-point quantization of Paddle programs.";
constexpr char kMoreHelp[] = "'pdquant COMMAND --help' shows the options of a command.\n";
constexpr char kExitCodes[] =
    "Exit codes: 0 done, 1 check found errors, diff differences or batch a model that failed,\n"
    "2 wrong command line or configuration file, 3 an input can't be loaded or is refused,\n"
    "4 reading or writing failed, 70 internal error, 75 worth another try.";

// A wrong command line, of pdquant itself where `command` is empty.
Status Wrong(const std::string& command, const std::string& problem) {
  const std::string prefix = command.empty() ? "" : command + ": ";
  const std::string name = command.empty() ? "pdquant" : "pdquant " + command;
  return UsageError(prefix + problem + "; see '" + name + " --help'");
}

// What CLI11 couldn't place: an option or an argument that there isn't. `known` are the words that might be meant.
std::string Unknown(const std::string& guarded, const char* no_argument, std::span<const std::string_view> known) {
  const std::string word = WithoutGuard(guarded);
  const bool is_option = word.size() > 1 && word[0] == '-';
  std::string text = (is_option ? "there is no option " : no_argument) + Quote(word);
  const std::string_view meant = OtherSpelling(std::string_view(word).substr(0, word.find('=')), known);
  return meant.empty() ? text : text + "; did you mean " + std::string(meant) + "?";
}

// What CLI11's exception means, in our words. `command` is null where none was given.
Status Explain(const CLI::ParseError& error, const CLI::App& app, const CLI::App* command, const OptionList* options) {
  if (const std::vector<std::string> unknown = app.remaining(); !unknown.empty()) {
    return Wrong("", Unknown(unknown[0], "there is no command ", {}));
  }
  if (command == nullptr) return Wrong("", "a command is required");
  if (const std::vector<std::string> unknown = command->remaining(); !unknown.empty()) {
    std::vector<std::string> names;
    if (options != nullptr) {
      for (const std::string_view key : options->Keys()) names.push_back("--" + std::string(key));
    }
    const std::vector<std::string_view> known(names.begin(), names.end());
    return Wrong(command->get_name(), Unknown(unknown[0], "one argument too many: ", known));
  }
  const std::string what = error.what();
  const bool is_mismatch = dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr;
  return Wrong(command->get_name(), is_mismatch ? what.substr(0, what.find(':')) + " needs a value" : Printable(what));
}

// Cuts off what follows the first "--", for a command that takes it as it is. Nothing where there is none.
std::optional<std::vector<std::string>> CutRest(std::vector<std::string>* arguments) {
  if (arguments->empty()) return std::nullopt;
  const auto* entry = std::find_if(kCommands.begin(), kCommands.end(),
                                   [&](const CommandEntry& command) { return command.name == arguments->front(); });
  if (entry == kCommands.end() || !entry->takes_rest) return std::nullopt;
  const auto cut = std::find(arguments->begin(), arguments->end(), "--");
  if (cut == arguments->end()) return std::nullopt;
  std::vector<std::string> rest(cut + 1, arguments->end());
  arguments->erase(cut, arguments->end());
  return rest;
}

// Breaks the help of each option into lines.
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_option_desc(const CLI::Option* option) const override {
    std::istringstream words(CLI::Formatter::make_option_desc(option));
    std::string text;
    size_t line = 0;
    for (std::string word; words >> word;) {
      const bool fits = line + 1 + word.size() <= kHelpWidth;
      if (line != 0) text += fits ? ' ' : '\n';
      text += word;
      line = (fits && line != 0 ? line + 1 : 0) + word.size();
    }
    return text;
  }

 private:
  static constexpr size_t kHelpWidth = 60;
};

// CLI11 leaves two blank lines between groups of options.
std::string HelpText(const CLI::App& app) {
  std::string text = app.help();
  for (size_t at = text.find("\n\n\n"); at != std::string::npos; at = text.find("\n\n\n", at)) text.erase(at, 1);
  return text;
}

int OutOfMemory() {
  WriteStandardError("pdquant: error: out of memory; try again when more is free [try-again]\n");
  return static_cast<int>(StatusCode::kTryAgain);
}

int Unexpected(const char* what) { return Console({}).Fail(InternalError("unexpected exception: " + Printable(what))); }

// Explains the exception that is being handled, and gives the exit code for it.
int ExplainException() {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return OutOfMemory();
  } catch (const std::exception& e) {
    return Unexpected(e.what());
  } catch (...) {
    return Unexpected("of an unknown type");
  }
}

// For an exception that nobody could catch, such as one in a destructor.
[[noreturn]] void EndWithoutAbort() {
  RemoveTemporariesInSignalHandler();
  int code = static_cast<int>(StatusCode::kInternal);
  if (std::current_exception() != nullptr) code = ExplainException();
  _exit(code);
}

int Run(int argc, char** argv, int* system_error) {
  CommandLine line;
  if (const Status status = line.Parse(argc, argv); !status.ok()) {
    *system_error = status.system_error();
    return Console(line.common().ForConsole()).Fail(status);
  }
  Console console(line.common().ForConsole());
  const int code = line.command() == nullptr ? console.Fail(WriteStandardOutput(line.text()))
                                             : line.command()->Run(line.common(), &console);
  *system_error = console.system_error();
  return code;
}

}  // namespace

// A command and its options are made when they are needed.
struct CommandLine::Slot {
  const CommandEntry* entry;
  CLI::App* app;
  std::unique_ptr<Command> command;
  std::unique_ptr<OptionList> options;
};

CommandLine::CommandLine() : app_(std::make_unique<CLI::App>(kDescription, "pdquant")) {
  app_->formatter(std::make_shared<HelpFormatter>());
  app_->set_help_flag("-h,--help", "print this help and exit");
  app_->set_version_flag("--version", "", "print the version, and the newest Paddle that is known");
  own_options_ = std::make_unique<OptionList>(app_.get());
  own_options_->Format("of --version: text (default) or json, which also has the schemas of all JSON and the targets",
                       {OutputFormat::kText, OutputFormat::kJson}, &version_format_);
  app_->require_subcommand(1);
  app_->footer(std::string(kMoreHelp) + kExitCodes);
  app_->get_formatter()->label("Positionals", "Arguments");
  app_->get_formatter()->label("REQUIRED", "(required)");
  app_->get_formatter()->label("SUBCOMMAND", "COMMAND");
  for (size_t i = 0; i < kCommands.size(); ++i) AddCommand(i);
}

CommandLine::~CommandLine() = default;

void CommandLine::AddCommand(size_t number) {
  auto slot = std::make_unique<Slot>();
  slot->entry = &kCommands[number];
  slot->app = app_->add_subcommand(slot->entry->name, SummaryOf(*slot->entry));
  slot->app->group("Commands");
  slot->app->preparse_callback([this, raw = slot.get()](size_t) { Build(raw); });
  slots_.push_back(std::move(slot));
}

void CommandLine::Build(Slot* slot) {
  if (slot->options != nullptr) return;
  slot->options = std::make_unique<OptionList>(slot->app);
  slot->command = slot->entry->make();
  slot->command->AddOptions(slot->options.get());
  common_.AddTo(slot->options.get());
}

CommandLine::Slot* CommandLine::Find(std::string_view name) const {
  for (const auto& slot : slots_) {
    if (slot->entry->name == name) return slot.get();
  }
  return nullptr;
}

CommandLine::Slot* CommandLine::Parsed() const {
  for (const auto& slot : slots_) {
    if (slot->app->parsed()) return slot.get();
  }
  return nullptr;
}

Status CommandLine::TakeOptions(const Slot& slot) {
  if (const Status status = slot.options->TakeParsed(); !status.ok()) return Wrong(slot.entry->name, status.message());
  if (common_.config.empty()) return {};
  return ApplyConfig(common_.config, slot.entry->name, [this](std::string_view name) -> OptionList* {
    Slot* found = Find(name);
    if (found == nullptr) return nullptr;
    Build(found);
    return found->options.get();
  });
}

Status CommandLine::TakeVersion() {
  if (const Status status = own_options_->TakeParsed(); !status.ok()) return Wrong("", status.message());
  text_ = version_format_ == OutputFormat::kJson ? VersionJson() : VersionText();
  return {};
}

CommandTree CommandLine::Describe() {
  CommandTree tree;
  tree.pdquant = DescribeCommand(*app_, *own_options_);
  tree.exit_codes = kExitCodes;
  for (const auto& slot : slots_) {
    Build(slot.get());
    tree.commands.push_back(DescribeCommand(*slot->app, *slot->options));
    tree.commands.back().takes_rest = slot->entry->takes_rest;
  }
  return tree;
}

Status CommandLine::Parse(int argc, char** argv) {
  std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  std::optional<std::vector<std::string>> rest = CutRest(&arguments);
  try {
    for (std::string& argument : arguments) argument = GuardFromLists(std::move(argument));
    std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the end
    app_->parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    text_ = HelpText(*app_);
    return {};
  } catch (const CLI::CallForVersion&) {
    return TakeVersion();
  } catch (const CLI::ParseError& error) {
    const Slot* slot = Parsed();
    return slot == nullptr ? Explain(error, *app_, nullptr, nullptr)
                           : Explain(error, *app_, slot->app, slot->options.get());
  }
  const Slot* slot = Parsed();
  if (own_options_->Find("format")->is_given()) {
    return Wrong("", "--format stands behind the command; in front of it, it is for --version");
  }
  if (Status status = TakeOptions(*slot); !status.ok()) return status;
  command_ = slot->command.get();
  options_ = slot->options.get();
  if (rest) command_->TakeRest(std::move(*rest));
  return {};
}

int RunCommandLine(int argc, char** argv, int* system_error) {
  int ignored = 0;
  if (system_error == nullptr) system_error = &ignored;
  *system_error = 0;
  OpenStandardStreams();
  InstallSignalHandlers();
  std::set_terminate(EndWithoutAbort);
  google::protobuf::SetLogHandler(nullptr);
  try {
    return Run(argc, argv, system_error);
  } catch (...) {
    try {
      return ExplainException();
    } catch (...) {  // no memory is left for the explanation
      return OutOfMemory();
    }
  }
}

}  // namespace pdquant
