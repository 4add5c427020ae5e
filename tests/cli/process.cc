#include "cli/process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

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

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));  // exec doesn't write
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

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
  const std::string faults = DescribeFaults(invocation.arguments, finished);
  if (!faults.empty()) ADD_FAILURE() << faults;
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
