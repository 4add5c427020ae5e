// Runs a command with its standard output closed off, and prints what it took: wall time in ns, user and system time in
// µs, peak resident memory in KiB, exit code. Usage: measure COMMAND [ARGUMENT ...] A process of its own for this, and
// a small one: the kernel counts the memory of the process that starts another as part of the peak of that.
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <ctime>

extern char** environ;

namespace {

int64_t Now() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

int64_t Microseconds(const timeval& time) { return int64_t{time.tv_sec} * 1'000'000 + time.tv_usec; }

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int64_t start = Now();
  if (posix_spawnp(&child, argv[1], &actions, nullptr, argv + 1, environ) != 0) return 4;
  int status = 0;
  rusage usage;
  if (wait4(child, &status, 0, &usage) != child) return 4;
  const int64_t wall = Now() - start;
  std::printf("%" PRId64 " %" PRId64 " %" PRId64 " %ld %d\n", wall, Microseconds(usage.ru_utime),
              Microseconds(usage.ru_stime), usage.ru_maxrss,
              WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}
