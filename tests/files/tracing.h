// Running output_helper under strace, which can make any system call fail or the last one.
#ifndef PDQUANT_TESTS_FILES_TRACING_H_
#define PDQUANT_TESTS_FILES_TRACING_H_

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "files/io_testing.h"

namespace pdquant {

// A system call of the helper: the `when`-th of this name in its life.
struct Call {
  std::string name;
  int when;
  std::string line;
};

inline bool IsRename(const Call& call) { return call.name == "rename" || call.name == "renameat"; }

// Runs strace with `options` on the helper; the exit code, or minus the signal.
inline int RunTraced(const std::vector<std::string>& options, char text, const std::vector<std::string>& paths) {
  std::vector<std::string> words = {"strace", "-y"};
  words.insert(words.end(), options.begin(), options.end());
  words.insert(words.end(), {PDQUANT_OUTPUT_HELPER, std::string(1, text)});
  words.insert(words.end(), paths.begin(), paths.end());
  return InChild([&] {
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
    setenv("ASAN_OPTIONS", "detect_leaks=0", 1);  // it can't look for leaks while it is traced
    execvp("strace", arguments.data());
    return 127;
  });
}

// Starting a program takes a sanitizer ten times as long: there a sample has to do.
inline std::vector<Call> Sample(const std::vector<Call>& calls) {
  std::vector<Call> sample;
  for (size_t i = 0; i < calls.size(); i += kSanitized ? 5 : 1) sample.push_back(calls[i]);
  return sample;
}

// Those of the write itself, without those that ask for memory.
inline std::vector<Call> ReadCalls(const std::string& log) {
  std::vector<Call> calls;
  std::map<std::string, int> count;
  std::ifstream lines(log);
  bool counts = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.find("/pdquant-end") != std::string::npos) break;
    const std::string name = line.substr(0, line.find('('));
    ++count[name];
    const bool memory = name == "brk" || name == "mmap" || name == "munmap" || name == "madvise";
    if (counts && !memory) calls.push_back({name, count[name], line});
    if (line.find("/pdquant-begin") != std::string::npos) counts = true;
  }
  return calls;
}

}  // namespace pdquant

#endif  // PDQUANT_TESTS_FILES_TRACING_H_
