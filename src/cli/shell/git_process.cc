#include "cli/shell/git_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "files/descriptor.h"

namespace pdquant {
namespace {

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

}  // namespace

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

bool IsOnPath(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const size_t end = rest.find(':');
    const std::string folder(rest.substr(0, end));
    if (!folder.empty() && access((folder + "/" + name).c_str(), X_OK) == 0) return true;
    rest = end == std::string_view::npos ? "" : rest.substr(end + 1);
  }
  return false;
}

}  // namespace pdquant
