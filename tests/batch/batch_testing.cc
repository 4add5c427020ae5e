#include "batch/batch_testing.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "files/temporary.h"
#include "support/programs.h"

namespace pdquant::testing {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> WholeLine(const std::vector<std::string>& arguments) {
  std::vector<std::string> line = {"batch"};
  for (const std::string& argument : arguments) line.push_back(argument);
  line.emplace_back("--");
  line.emplace_back("transpile");
  return line;
}

}  // namespace

void BatchTest::MakeModels(int count) const {
  std::vector<std::string> programs;
  for (const char* network : {"mlp", "lenet", "cond"}) {
    programs.push_back(ReadFile(std::string(PDQUANT_TESTDATA) + "/paddle/transpile/" + network + "/main.pb"));
  }
  for (int i = 0; i < count; ++i) {
    const std::string folder = "in/" + std::to_string(i / 10);
    fs::create_directories(Path(folder));
    std::string text = programs[static_cast<size_t>(i) % programs.size()];
    if (i % 10 == 9) text.resize(100);
    Write(folder + "/m" + std::to_string(i) + ".pb", text);
  }
}

std::map<std::string, std::string> BatchTest::Tree(const std::string& name) const {
  std::map<std::string, std::string> tree;
  for (const auto& entry : fs::recursive_directory_iterator(Path(name))) {
    const std::string path = entry.path().lexically_relative(Path(name));
    if (path.starts_with(".pdquant")) continue;
    const std::string text = entry.is_regular_file() ? ReadFile(entry.path()) : "";
    tree[path] = entry.is_regular_file() ? std::to_string(Fingerprint(text)) : "(folder)";
  }
  return tree;
}

std::string BatchTest::Journal(const std::string& out) const { return Read(out + "/.pdquant/journal-1-of-1.jsonl"); }

Finished BatchTest::Batch(const std::vector<std::string>& arguments) const { return Run(WholeLine(arguments)); }

pid_t BatchTest::Start(const std::vector<std::string>& given) const {
  std::vector<std::string> arguments = WholeLine(given);
  std::vector<char*> argv = {const_cast<char*>(PDQUANT_BINARY)};  // exec doesn't write
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork");
  if (child > 0) return child;
  const auto stand_for = [&](int fd, const std::string& path, int flags) { dup2(open(path.c_str(), flags, 0600), fd); };
  stand_for(STDIN_FILENO, "/dev/null", O_RDONLY);
  stand_for(STDOUT_FILENO, Path("started.out"), O_WRONLY | O_CREAT | O_TRUNC);
  stand_for(STDERR_FILENO, Path("started.err"), O_WRONLY | O_CREAT | O_TRUNC);
  // A shell starts what is in its background with SIGINT ignored, nohup with SIGHUP.
  for (const int number : {SIGINT, SIGHUP}) static_cast<void>(std::signal(number, SIG_DFL));
  if (chdir(folder().c_str()) == 0) execv(argv[0], argv.data());
  _exit(127);
}

int BatchTest::WaitFor(pid_t process) const {
  int status = 0;
  while (waitpid(process, &status, 0) < 0) {
  }
  if (WIFSIGNALED(status)) return -WTERMSIG(status);
  std::string text[2];
  for (const auto& [name, into] : {std::pair("started.out", &text[0]), {"started.err", &text[1]}}) {
    std::ostringstream stream;
    stream << std::ifstream(Path(name), std::ios::binary).rdbuf();
    *into = stream.str();
  }
  const std::string faults = DescribeFaults({"batch"}, {WEXITSTATUS(status), 0, text[0], text[1]});
  if (!faults.empty()) ADD_FAILURE() << faults;
  return WEXITSTATUS(status);
}

std::vector<pid_t> BatchTest::ChildrenOf(pid_t process) {
  const std::string path = "/proc/" + std::to_string(process) + "/task/" + std::to_string(process) + "/children";
  std::vector<pid_t> children;
  while (children.empty()) {
    siginfo_t info = {};
    if (waitid(P_PID, static_cast<id_t>(process), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0) break;
    std::ifstream file(path);
    for (pid_t child; file >> child;) children.push_back(child);
    usleep(1000);
  }
  return children;
}

}  // namespace pdquant::testing
