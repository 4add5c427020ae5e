// What the tests of reading and writing files share.
#ifndef PDQUANT_TESTS_FILES_IO_TESTING_H_
#define PDQUANT_TESTS_FILES_IO_TESTING_H_

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "files/output.h"

namespace pdquant {

// Whether a sanitizer watches, which takes its own memory.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
inline constexpr bool kSanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
inline constexpr bool kSanitized = false;
#endif

// A folder of its own for a test; removed afterwards.
class TemporaryFolder {
 public:
  // In memory where that is possible, if `fast`.
  explicit TemporaryFolder(bool fast = false) {
    const bool memory = fast && access("/dev/shm", W_OK) == 0;
    std::string pattern =
        (memory ? std::string("/dev/shm") : std::filesystem::temp_directory_path().string()) + "/pdquant-test-XXXXXX";
    path_ = mkdtemp(pattern.data());
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::string& path() const { return path_; }
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

inline void WriteFile(const std::string& path, std::string_view text) { std::ofstream(path, std::ios::binary) << text; }

inline std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return "(no such file)";
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The names in a folder, sorted.
inline std::vector<std::string> ListFolder(const std::string& path) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(path)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

inline mode_t ModeOf(const std::string& path) {
  struct stat status = {};
  stat(path.c_str(), &status);
  return status.st_mode & 07777U;
}

inline Status WriteOutput(const std::string& path, std::string_view text) {
  OutputSet set;
  if (Status status = set.Add(path, {&text, 1}); !status.ok()) return status;
  return set.Commit();
}

// Two files as one set.
inline Status WritePair(const std::string& a, const std::string& b, std::string_view text_a, std::string_view text_b) {
  OutputSet set;
  if (Status status = set.Add(a, {&text_a, 1}); !status.ok()) return status;
  if (Status status = set.Add(b, {&text_b, 1}); !status.ok()) return status;
  return set.Commit();
}

// Starts `body` in a child process, whose exit code it returns.
template <typename Body>
pid_t StartChild(Body body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  return child;
}

// The exit code, or minus the signal.
inline int WaitForChild(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

template <typename Body>
int InChild(Body body) {
  return WaitForChild(StartChild(body));
}

// InChild, without root's right to do anything.
template <typename Body>
int InChildWithoutRights(Body body) {
  return InChild([&] {
    constexpr uid_t kNobody = 65534;
    if (geteuid() == 0 && (setgid(kNobody) != 0 || setuid(kNobody) != 0)) return 255;
    return body();
  });
}

}  // namespace pdquant

#endif  // PDQUANT_TESTS_FILES_IO_TESTING_H_
