// Stands for pdquant where a script calls it: runs it, and judges the call (call_faults.h). A fault is told on standard
// error and in the file that PDQUANT_FAULTS names, where it names one, and makes the exit code 99.
// Usage: pdquant ARGUMENT…; for a call that is made already: pdquant --judge EXIT_CODE OUT ERR ARGUMENT…, where OUT and
// ERR are files with what it wrote, and the code is negative for a signal.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "support/call_faults.h"

namespace {

using pdquant::testing::Finished;

constexpr int kFaulty = 99;

std::string ReadFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

std::string ReadBack(std::FILE* file) {
  std::rewind(file);
  std::string text;
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
  return text;
}

void WriteAll(int fd, const std::string& text) {
  for (size_t at = 0; at < text.size();) {
    const ssize_t written = write(fd, text.data() + at, text.size() - at);
    if (written <= 0) return;  // as a pipe that nobody reads any more
    at += static_cast<size_t>(written);
  }
}

Finished Run(char** argv) {
  std::FILE* out = std::tmpfile();
  std::FILE* err = std::tmpfile();
  if (out == nullptr || err == nullptr) std::exit(kFaulty);
  const pid_t child = fork();
  if (child == 0) {
    dup2(fileno(out), STDOUT_FILENO);
    dup2(fileno(err), STDERR_FILENO);
    argv[0] = const_cast<char*>(PDQUANT_BINARY);  // exec doesn't write
    execv(argv[0], argv);
    _exit(127);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) std::exit(kFaulty);
  Finished finished;
  if (WIFEXITED(status)) finished.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) finished.signal = WTERMSIG(status);
  finished.out = ReadBack(out);
  finished.err = ReadBack(err);
  WriteAll(STDOUT_FILENO, finished.out);
  WriteAll(STDERR_FILENO, finished.err);
  return finished;
}

bool IsFaulty(const std::vector<std::string>& arguments, const Finished& finished) {
  const std::string faults = pdquant::testing::DescribeFaults(arguments, finished);
  if (faults.empty()) return false;
  std::cerr << "judged: " << faults;
  if (const char* log = std::getenv("PDQUANT_FAULTS"); log != nullptr) std::ofstream(log, std::ios::app) << faults;
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc >= 5 && std::string(argv[1]) == "--judge") {
    const int code = std::atoi(argv[2]);
    const Finished finished = {code < 0 ? -1 : code, code < 0 ? -code : 0, ReadFile(argv[3]), ReadFile(argv[4])};
    return IsFaulty({argv + 5, argv + argc}, finished) ? kFaulty : 0;
  }
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const Finished finished = Run(argv);
  if (IsFaulty(arguments, finished)) return kFaulty;
  if (finished.signal != 0) raise(finished.signal);
  return finished.signal != 0 ? 128 + finished.signal : finished.exit_code;
}
