#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/escape.h"
#include "base/words.h"
#include "cli/about/about.h"
#include "cli/commands/commands.h"
#include "files/descriptor.h"
#include "files/folder.h"
#include "files/input.h"
#include "files/output.h"
#include "files/path.h"

namespace pdquant {
namespace {

// `pdquant git-setup`: writes the settings that make git show programs and parameter files as text.
class GitSetupCommand : public Command {
 public:
  void AddOptions(OptionList* options) override;
  int Run(const CommonOptions& common, Console* console) override;

 private:
  bool global_ = false;
  bool dry_run_ = false;
};

constexpr std::array<std::string_view, 5> kPatterns = {"*.pdmodel", "__model__", "*.pdiparams", "__params__",
                                                       "inference.json"};
// Shown as text, but neither changed at line ends nor merged line by line.
constexpr std::string_view kAttributes = " diff=pdquant -text -merge";
constexpr std::string_view kHeading =
    "# Paddle programs and parameters, shown as text by pdquant (pdquant git-setup).\n";
constexpr uint64_t kMostAttributes = uint64_t{16} << 20U;

struct GitAnswer {
  int exit_code = 0;
  std::string out;  // without the last newline
};

// What a new process shall do with its streams.
class FileActions {
 public:
  FileActions() { posix_spawn_file_actions_init(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }

  posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

std::string ReadAll(int descriptor) {
  std::string text;
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t count = read(descriptor, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    text.append(buffer.data(), static_cast<size_t>(count));
  }
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

// Runs git, of PATH, and waits for it. Only `git-setup` does: no other command starts a process. git's own messages are
// dropped. Errors: kIo where there is no git, or a signal ended it.
Result<GitAnswer> RunGit(const std::vector<std::string>& arguments) {
  std::array<int, 2> pipe_ends;
  if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) return IoError(std::string("can't run git: ") + std::strerror(errno));
  Descriptor read_end(pipe_ends[0]);
  Descriptor write_end(pipe_ends[1]);
  FileActions actions;
  posix_spawn_file_actions_addopen(actions.get(), 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(actions.get(), write_end.get(), 1);
  posix_spawn_file_actions_addopen(actions.get(), 2, "/dev/null", O_WRONLY, 0);
  std::vector<char*> words = {const_cast<char*>("git")};
  for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  pid_t process = 0;
  const int error = posix_spawnp(&process, "git", actions.get(), nullptr, words.data(), environ);
  if (error != 0) return IoError(std::string("can't run git: ") + std::strerror(error));
  write_end = Descriptor();
  GitAnswer answer;
  answer.out = ReadAll(read_end.get());
  int status = 0;
  while (waitpid(process, &status, 0) < 0) {
    if (errno != EINTR) return IoError(std::string("can't wait for git: ") + std::strerror(errno));
  }
  if (!WIFEXITED(status)) return IoError("git was ended by a signal");
  answer.exit_code = WEXITSTATUS(status);
  return answer;
}

// Whether PATH has an executable file of that name.
bool IsOnPath(const std::string& name) {
  const char* path = std::getenv("PATH");
  const std::vector<std::string_view> folders = Split(path == nullptr ? "" : path, ':');
  return std::any_of(folders.begin(), folders.end(), [&](std::string_view folder) {
    return !folder.empty() && access((std::string(folder) + "/" + name).c_str(), X_OK) == 0;
  });
}

struct Setting {
  std::string key;
  std::string value;
};

// What git's shell has to run: by name where PATH has it, else this very file.
std::string Program() {
  if (IsOnPath("pdquant")) return "pdquant";
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? "pdquant" : ShellQuoted(self.string());
}

std::vector<Setting> Settings() {
  const std::string program = Program();
  return {
      {"diff.pdquant.textconv", program + " show --format canonical --git"},
      {"diff.pdquant.xfuncname", "^(block .*|  (op|var) .*|record .*)$"},
      {"difftool.pdquant.cmd", "if test -d \"$LOCAL\"; then " + program + " diff --git \"$LOCAL\" \"$REMOTE\"; else " +
                                   program + " diff \"$LOCAL\" \"$REMOTE\"; fi"},
      {"mergetool.pdquant.cmd",
       program + " diff \"$BASE\" \"$LOCAL\"; " + program + " diff \"$BASE\" \"$REMOTE\"; exit 1"},
      {"mergetool.pdquant.trustExitCode", "true"},
  };
}

// The lines of a file that the patterns lack.
std::vector<std::string> MissingLines(std::string_view text) {
  const std::vector<std::string_view> lines = Split(text, '\n');
  std::vector<std::string> missing;
  for (const std::string_view pattern : kPatterns) {
    const bool found = std::any_of(lines.begin(), lines.end(), [&](std::string_view line) {
      return line.starts_with(pattern) && line.size() > pattern.size() &&
             (line[pattern.size()] == ' ' || line[pattern.size()] == '\t') &&
             line.find("diff=pdquant") != std::string_view::npos;
    });
    if (!found) missing.push_back(std::string(pattern) + std::string(kAttributes) + "\n");
  }
  return missing;
}

class GitSetup {
 public:
  GitSetup(bool global, bool dry_run) : global_(global), dry_run_(dry_run) {}

  Status Do() {
    if (Status status = FindAttributes(); !status.ok()) return status;
    if (Status status = WriteAttributes(); !status.ok()) return status;
    for (const Setting& setting : Settings()) {
      if (Status status = Set(setting); !status.ok()) return status;
    }
    return {};
  }

  // What was done, or would be.
  const std::string& text() const { return text_; }

 private:
  Status FindAttributes() {
    if (!global_) {
      Result<GitAnswer> top = RunGit({"rev-parse", "--show-toplevel"});
      if (!top.ok()) return top.status();
      if (top->exit_code != 0 || top->out.empty()) {
        return IoError("this folder is in no git repository with a work tree; go to one, or say --global");
      }
      attributes_ = top->out + "/.gitattributes";
      return {};
    }
    Result<GitAnswer> file = RunGit({"config", "--global", "--type=path", "--get", "core.attributesFile"});
    if (!file.ok()) return file.status();
    if (file->exit_code == 0 && !file->out.empty()) {
      attributes_ = file->out;
      return {};
    }
    const char* config = std::getenv("XDG_CONFIG_HOME");
    const char* home = std::getenv("HOME");
    if (config != nullptr && *config != '\0') {
      attributes_ = std::string(config) + "/git/attributes";
    } else if (home != nullptr && *home != '\0') {
      attributes_ = std::string(home) + "/.config/git/attributes";
    } else {
      return IoError("--global needs the environment variable HOME");
    }
    return {};
  }

  Status WriteAttributes() {
    std::string before;
    struct stat status;
    if (stat(attributes_.c_str(), &status) == 0) {
      Result<Bytes> bytes = ReadInput(attributes_, kMostAttributes, "");
      if (!bytes.ok()) return bytes.status();
      before = bytes->view();
    }
    const std::vector<std::string> missing = MissingLines(before);
    if (missing.empty()) {
      text_ += Quote(attributes_) + ": as it has to be\n";
      return {};
    }
    text_ += Quote(attributes_) + (dry_run_ ? ": would add\n" : ": added\n");
    for (const std::string& line : missing) text_ += "  " + line;
    if (dry_run_) return {};
    if (Status made = MakeFolders(OpenableFolder(attributes_)); !made.ok()) return made;
    const std::string gap = before.empty() || before.ends_with('\n') ? "" : "\n";
    const std::string added_lines = Join(missing, "");
    const std::array<std::string_view, 4> pieces = {before, gap, kHeading, added_lines};
    OutputSet output;
    if (Status added = output.Add(attributes_, pieces); !added.ok()) return added;
    return output.Commit();
  }

  Status Set(const Setting& setting) {
    const std::string scope = global_ ? "--global" : "--local";
    Result<GitAnswer> now = RunGit({"config", scope, "--get", setting.key});
    if (!now.ok()) return now.status();
    if (now->exit_code == 0 && now->out == setting.value) {
      text_ += "git config " + scope + ": " + setting.key + " is as it has to be\n";
      return {};
    }
    text_ += "git config " + scope + (dry_run_ ? ": would set " : ": set ") + setting.key + " = " +
             Printable(setting.value) + "\n";
    if (dry_run_) return {};
    const Result<GitAnswer> set = RunGit({"config", scope, "--replace-all", setting.key, setting.value});
    if (!set.ok()) return set.status();
    if (set->exit_code != 0) {
      return IoError("git can't set " + setting.key + " (exit code " + std::to_string(set->exit_code) + ")");
    }
    return {};
  }

  bool global_;
  bool dry_run_;
  std::string attributes_;
  std::string text_;
};

}  // namespace

void GitSetupCommand::AddOptions(OptionList* options) {
  options->Flag("--global", "for all repositories of this user, not for this one alone", &global_);
  options->Flag("--dry-run", "say what would be written, and write nothing", &dry_run_);
}

int GitSetupCommand::Run(const CommonOptions& /*common*/, Console* console) {
  GitSetup setup(global_, dry_run_);
  const Status status = setup.Do();
  if (console->shows_summary()) {
    if (const Status output = WriteStandardOutput(setup.text()); !output.ok()) return console->Fail(output);
  }
  return status.ok() ? kExitDone : console->Fail(status);
}

std::unique_ptr<Command> MakeGitSetupCommand() { return std::make_unique<GitSetupCommand>(); }

}  // namespace pdquant
