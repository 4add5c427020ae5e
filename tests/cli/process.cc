#include "cli/process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "pdquant/framework.pb.h"
#include "support/programs.h"

namespace pdquant::testing {
namespace {

namespace fs = std::filesystem;

// A file without a name, so that a full pipe can't stop the process.
class Capture {
 public:
  explicit Capture(const std::string& text = "") : file_(std::tmpfile()) {
    if (file_ == nullptr) throw std::runtime_error("tmpfile");
    std::fwrite(text.data(), 1, text.size(), file_);
    std::rewind(file_);
  }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
  ~Capture() { std::fclose(file_); }

  int fd() const { return fileno(file_); }
  std::string Text() const {
    std::rewind(file_);
    std::string text;
    for (int c = std::fgetc(file_); c != EOF; c = std::fgetc(file_)) text += static_cast<char>(c);
    return text;
  }

 private:
  std::FILE* file_;
};

std::string WithoutColors(const std::string& text) {
  return std::regex_replace(text, std::regex("\x1b\\[[0-9;]*m"), "");
}

std::vector<std::string> OptionsIn(const std::string& text) {
  static const std::regex option("--[a-z][a-z0-9-]*");
  return {std::sregex_token_iterator(text.begin(), text.end(), option), std::sregex_token_iterator()};
}

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));  // exec doesn't write
  pointers.push_back(nullptr);
  return pointers;
}

// The options that a command's help names; all commands' for `batch`, which hands messages on.
const std::set<std::string>& OptionsOf(const std::string& command) {
  static std::map<std::string, std::set<std::string>> known;
  const auto [entry, is_new] = known.try_emplace(command);
  if (!is_new) return entry->second;
  const bool is_batch = command == "batch";
  for (const std::string& name :
       is_batch ? std::vector<std::string>{"batch", "transpile", "freeze", "int8", "undo", "check", "show", "diff"}
                : std::vector<std::string>{command}) {
    std::FILE* help = popen(("'" PDQUANT_BINARY "' " + name + " --help 2>/dev/null").c_str(), "r");
    if (help == nullptr) throw std::runtime_error("popen");
    std::string text;
    for (int c = std::fgetc(help); c != EOF; c = std::fgetc(help)) text += static_cast<char>(c);
    pclose(help);
    for (const std::string& option : OptionsIn(text)) entry->second.insert(option);
  }
  return entry->second;
}

// Whether an option that a message names is one of the command, or of another command that the message names.
bool IsOptionIn(const std::string& line, const std::string& command, const std::string& option) {
  if (OptionsOf(command).contains(option)) return true;
  for (const char* other : {"transpile", "freeze", "int8", "undo"}) {
    if (line.find(" " + std::string(other) + " ") != std::string::npos && OptionsOf(other).contains(option))
      return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> FaultsOf(const std::vector<std::string>& arguments, const Finished& finished) {
  if (finished.signal != 0 || finished.exit_code >= 126) return {};  // a signal's end is quiet; nothing ran
  const auto one_of = [](const std::string& word, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  const std::string command = arguments.empty() ? "" : arguments[0];
  std::vector<std::string> faults;
  const std::string err = WithoutColors(finished.err);
  const bool has_error = ("\n" + err).find("\npdquant: error: ") != std::string::npos;
  const bool tells_by_code = finished.exit_code == 1 && one_of(command, {"diff", "batch"});
  if (finished.exit_code == 1 && !one_of(command, {"check", "diff", "batch"})) faults.emplace_back("exit code 1");
  if (finished.exit_code == 0 && has_error) faults.emplace_back("an error line, and exit code 0");
  if (finished.exit_code != 0 && !tells_by_code && !has_error) faults.emplace_back("a failure without an error line");
  if ((finished.exit_code == 2 || finished.exit_code == 3) && !one_of(command, {"check", "show", "batch"}) &&
      !finished.out.empty()) {
    faults.emplace_back("a failure that writes to standard output");
  }
  if (("\n" + finished.out).find("\npdquant: ") != std::string::npos) {
    faults.emplace_back("a message on standard output");
  }
  const auto value_of = [&](std::initializer_list<std::string_view> names) -> std::string {
    for (size_t i = 0; i + 1 < arguments.size(); ++i) {
      if (one_of(arguments[i], names)) return arguments[i + 1];
    }
    return "";
  };
  const bool is_dry = std::find(arguments.begin(), arguments.end(), "--dry-run") != arguments.end();
  if (finished.exit_code == 0 && !finished.out.empty()) {
    if (value_of({"--report"}) == "-" && !nlohmann::json::accept(finished.out)) {
      faults.emplace_back("more than the report on standard output");
    }
    if (value_of({"-o", "--out"}) == "-" && !is_dry && one_of(command, {"transpile", "freeze", "int8", "undo"}) &&
        !proto::ProgramDesc().ParseFromString(finished.out)) {
      faults.emplace_back("more than the program on standard output");
    }
  }
  static const std::regex quoted("(^|[ (])'[^']*'");
  std::istringstream lines(err);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("pdquant: ")) continue;
    line = std::regex_replace(line, quoted, " ");
    for (const std::string& option : OptionsIn(line)) {
      if (!IsOptionIn(line, command, option)) faults.push_back("advice to use " + option + ": " + line);
    }
  }
  return faults;
}

CommandTest::CommandTest() : folder_(fs::temp_directory_path() / "pdquant_cli_XXXXXX") {
  if (mkdtemp(folder_.data()) == nullptr) throw std::runtime_error("mkdtemp");
}

CommandTest::~CommandTest() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

Finished CommandTest::Run(const Invocation& invocation) const {
  std::vector<std::string> arguments = {PDQUANT_BINARY};
  arguments.insert(arguments.end(), invocation.arguments.begin(), invocation.arguments.end());
  const std::vector<char*> argv = Pointers(arguments);
  const std::vector<char*> environment = Pointers(invocation.environment);
  const Capture in(invocation.input);
  const Capture out;
  const Capture err;
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork");
  if (child == 0) {
    dup2(in.fd(), STDIN_FILENO);
    dup2(out.fd(), STDOUT_FILENO);
    dup2(err.fd(), STDERR_FILENO);
    for (int fd = STDERR_FILENO + 1; fd < 64; ++fd) close(fd);
    if (chdir(folder_.c_str()) != 0) _exit(126);
    invocation.prepare();
    execve(argv[0], argv.data(), environment.data());
    _exit(127);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
  }
  Finished finished;
  if (WIFEXITED(status)) finished.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) finished.signal = WTERMSIG(status);
  finished.out = out.Text();
  finished.err = err.Text();
  for (const std::string& fault : FaultsOf(invocation.arguments, finished)) {
    std::string line = "pdquant";
    for (const std::string& argument : invocation.arguments) line += " " + argument;
    ADD_FAILURE() << line << ": exit code " << finished.exit_code << ", " << fault << "\n" << finished.err;
  }
  return finished;
}

Finished CommandTest::Run(const std::vector<std::string>& arguments) const {
  Invocation invocation;
  invocation.arguments = arguments;
  return Run(invocation);
}

std::string CommandTest::Read(const std::string& name) const { return ReadFile(Path(name)); }

void CommandTest::Write(const std::string& name, const std::string& text) const {
  std::ofstream(Path(name), std::ios::binary) << text;
}

void CommandTest::Remove(const std::string& name) const { fs::remove(Path(name)); }

bool CommandTest::Exists(const std::string& name) const { return fs::exists(fs::symlink_status(Path(name))); }

std::vector<std::string> CommandTest::Files() const {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder_)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

void CommandTest::CopyNetwork(const std::string& network) const {
  const fs::path source = fs::path(PDQUANT_TESTDATA) / "paddle" / "transpile" / network;
  for (const char* name : {"main.pb", "startup.pb"}) fs::copy_file(source / name, Path(name));
}

}  // namespace pdquant::testing
