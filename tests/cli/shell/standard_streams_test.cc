// Standard streams that are closed, full, or have nobody at the other end; and signals.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "cli/process.h"

namespace pdquant::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class StandardStreamsTest : public CommandTest {
 protected:
  StandardStreamsTest() { CopyNetwork("mlp"); }

  Finished RunPrepared(const std::vector<std::string>& arguments, std::function<void()> prepare) const {
    Invocation invocation;
    invocation.arguments = arguments;
    invocation.prepare = std::move(prepare);
    return Run(invocation);
  }
  Finished RunWithout(int fd, const std::vector<std::string>& arguments) const {
    return RunPrepared(arguments, [fd] { close(fd); });
  }
};

void RedirectTo(const char* path, int fd) {
  const int file = open(path, O_RDWR);
  if (file < 0 || dup2(file, fd) < 0) _exit(126);
  close(file);
}

void BreakStandardOutput() {
  int ends[2];
  if (pipe(ends) != 0 || dup2(ends[1], STDOUT_FILENO) < 0) _exit(126);
  close(ends[0]);
  close(ends[1]);
}

TEST_F(StandardStreamsTest, FullOutput) {
  const auto full = [] { RedirectTo("/dev/full", STDOUT_FILENO); };
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--help"},
        {"--version"},
        {"check", "main.pb"},
        {"transpile", "main.pb", "--dry-run"},
        {"transpile", "main.pb", "-o", "out.pb"},
        {"transpile", "main.pb", "-o", "-"},
        {"transpile", "main.pb", "-o", "out.pb", "--report", "-", "-q"},
        {"transpile", "main.pb", "-o", "-", "--startup", "startup.pb", "--startup-out", "out.pb", "-q"}}) {
    const Finished finished = RunPrepared(arguments, full);
    EXPECT_EQ(finished.exit_code, 4);
    EXPECT_THAT(finished.err, HasSubstr("No space left on device [input-output]\n"));
  }
  EXPECT_EQ(RunPrepared({"transpile", "main.pb", "-o", "/dev/full"}, [] {}).exit_code, 4);
  EXPECT_THAT(Files(), ElementsAre("main.pb", "startup.pb"));  // 4: nothing is left behind
}

TEST_F(StandardStreamsTest, ClosedOutput) {
  EXPECT_EQ(RunWithout(STDOUT_FILENO, {"check", "main.pb"}).exit_code, 4);
  EXPECT_EQ(RunWithout(STDOUT_FILENO, {"transpile", "main.pb", "-o", "-"}).exit_code, 4);
  EXPECT_EQ(RunWithout(STDOUT_FILENO, {"transpile", "main.pb", "-o", "out.pb"}).exit_code, 4);
  EXPECT_FALSE(Exists("out.pb"));
  EXPECT_EQ(RunWithout(STDOUT_FILENO, {"check", "main.pb", "-q"}).exit_code, 0);
}

// No file that is opened gets the number of a closed stream, and the messages with it.
TEST_F(StandardStreamsTest, ClosedStreamsDontLeakIntoFiles) {
  const std::vector<std::string> arguments = {"transpile", "main.pb", "-v", "-o", "out.pb"};
  ASSERT_EQ(Run(arguments).exit_code, 0);
  const std::string expected = Read("out.pb");
  for (const std::vector<int>& closed : {std::vector<int>{0}, {1}, {2}, {0, 1}, {0, 2}, {1, 2}, {0, 1, 2}}) {
    Remove("out.pb");
    std::vector<std::string> quiet = arguments;
    quiet.push_back("-q");
    const Finished finished = RunPrepared(quiet, [&] {
      for (const int fd : closed) close(fd);
    });
    EXPECT_EQ(finished.exit_code, 0);
    EXPECT_TRUE(Read("out.pb") == expected);
  }
}

TEST_F(StandardStreamsTest, ClosedInput) {
  const Finished finished = RunWithout(STDIN_FILENO, {"check", "-"});
  EXPECT_EQ(finished.exit_code, 4);
  EXPECT_EQ(finished.err, "pdquant: error: standard input: can't read: Bad file descriptor [input-output]\n");
}

// Even where the parent ignores SIGPIPE or has it blocked.
TEST_F(StandardStreamsTest, BrokenPipeIsQuiet) {
  const auto expect_quiet = [this](const std::vector<std::string>& arguments, const std::function<void()>& before) {
    const Finished finished = RunPrepared(arguments, [&] {
      before();
      BreakStandardOutput();
    });
    EXPECT_EQ(finished.signal, SIGPIPE);
    EXPECT_EQ(finished.err, "");
  };
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"--help"},
                                                    {"check", "main.pb"},
                                                    {"transpile", "main.pb", "--dry-run"},
                                                    {"transpile", "main.pb", "-o", "-", "-q"}}) {
    expect_quiet(arguments, [] {});
    expect_quiet(arguments, [] { std::signal(SIGPIPE, SIG_IGN); });
    expect_quiet(arguments, [] {
      sigset_t all;
      sigfillset(&all);
      sigprocmask(SIG_BLOCK, &all, nullptr);
    });
  }
}

// Who doesn't want to read the summary still gets the program.
TEST_F(StandardStreamsTest, BrokenPipeDoesntStopTheWork) {
  const Finished finished = RunPrepared({"transpile", "main.pb", "-o", "out.pb"}, BreakStandardOutput);
  EXPECT_EQ(finished.signal, SIGPIPE);
  EXPECT_EQ(finished.err, "");
  EXPECT_THAT(Files(), ElementsAre("main.pb", "out.pb", "startup.pb"));
}

TEST_F(StandardStreamsTest, LimitOfFileSize) {
  const Finished finished = RunPrepared({"transpile", "main.pb", "-o", "out.pb"}, [] {
    const rlimit limit = {4096, 4096};
    setrlimit(RLIMIT_FSIZE, &limit);
  });
  EXPECT_EQ(finished.exit_code, 4);
  EXPECT_THAT(finished.err, HasSubstr("File too large"));
  EXPECT_THAT(Files(), ElementsAre("main.pb", "startup.pb"));
}

TEST_F(StandardStreamsTest, EndsByTheSignal) {
  ASSERT_EQ(mkfifo(Path("fifo").c_str(), 0600), 0);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXCPU, SIGPIPE}) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      const rlimit no_core = {0, 0};
      setrlimit(RLIMIT_CORE, &no_core);
      std::signal(number, SIG_DFL);  // a shell starts what is in its background with SIGINT ignored
      execl(PDQUANT_BINARY, PDQUANT_BINARY, "check", Path("fifo").c_str(), nullptr);
      _exit(127);
    }
    const int fifo = open(Path("fifo").c_str(), O_WRONLY);  // returns once pdquant reads, so its handlers are there
    ASSERT_GE(fifo, 0);
    kill(child, number);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    close(fifo);
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), number);
  }
}

// As under nohup.
TEST_F(StandardStreamsTest, IgnoredSignalsStayIgnored) {
  const Finished finished = RunPrepared({"transpile", "main.pb", "-o", "out.pb"}, [] {
    std::signal(SIGHUP, SIG_IGN);
    const pid_t pdquant = getpid();
    if (fork() == 0) {  // a sibling of pdquant's that sends it signals from the start
      for (int i = 0; i < 200 && getppid() == pdquant; ++i) {
        kill(pdquant, SIGHUP);
        usleep(100);
      }
      _exit(0);
    }
  });
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_TRUE(Exists("out.pb"));
}

}  // namespace
}  // namespace pdquant::testing
