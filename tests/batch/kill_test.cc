// Runs that are killed, as a whole or one worker of them: rows B1, B2, F7, F11.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <random>

#include "batch/batch_testing.h"

namespace pdquant::testing {
namespace {

using ::testing::HasSubstr;

class KillTest : public BatchTest {
 protected:
  // A model that makes its worker wait forever.
  void MakeHangingModel() const { ASSERT_EQ(mkfifo(Path("hang.pb").c_str(), 0600), 0); }
  // How many lines of the journal, which may be growing, say this.
  size_t Count(const std::string& text) const {
    std::ifstream journal(Path("out/.pdquant/journal-1-of-1.jsonl"));
    size_t count = 0;
    for (std::string line; std::getline(journal, line);) count += line.find(text) != std::string::npos ? 1U : 0U;
    return count;
  }
};

TEST_F(KillTest, ADriverKilledAgainAndAgainLosesNothing) {
  constexpr int kModels = 200;
  MakeModels(kModels);
  Batch({"--out", "undisturbed", "in"});
  std::mt19937 random(7);
  for (int round = 0; round < 20; ++round) {
    const pid_t driver = Start({"--out", "out", "-j", "2", "in"});
    usleep(std::uniform_int_distribution<useconds_t>(1000, 60000)(random));
    kill(driver, SIGKILL);
    WaitFor(driver);
  }
  Batch({"--out", "out", "-j", "2", "in"});
  EXPECT_EQ(Tree("out"), Tree("undisturbed"));
  // Nothing that was done is done again. What was in flight at a kill is in no journal.
  EXPECT_EQ(Count("\"status\":\"done\""), kModels * 9U / 10);
}

TEST_F(KillTest, NoWorkerOutlivesTheDriver) {
  MakeHangingModel();
  const pid_t driver = Start({"--out", "out", "hang.pb"});
  const std::vector<pid_t> workers = ChildrenOf(driver);
  ASSERT_EQ(workers.size(), 1U);
  kill(driver, SIGKILL);
  WaitFor(driver);
  const auto lives = [&] {
    std::ifstream file("/proc/" + std::to_string(workers[0]) + "/stat");
    std::string stat;
    return std::getline(file, stat) && stat.find(") Z") == std::string::npos;  // nobody may have waited for it yet
  };
  while (lives()) usleep(1000);
}

// AddressSanitizer catches a crash until main() gives it back its meaning.
bool Catches(pid_t process, int signal) {
  std::ifstream file("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("SigCgt:")) return (std::stoull(line.substr(7), nullptr, 16) >> (signal - 1) & 1U) != 0;
  }
  return false;
}

TEST_F(KillTest, AWorkerThatCrashesCostsItsModelOnly) {
  MakeModels(10);
  MakeHangingModel();
  size_t ended = 0;
  for (const int signal : {SIGSEGV, SIGABRT, SIGKILL}) {
    const pid_t driver = Start({"--out", "out", "-j", "2", "--force", "hang.pb", "in"});
    // The others are larger and go first: a worker that is there once they are through is that of the pipe.
    ended += 10;
    while (Count("\"type\":\"model\"") < ended) usleep(1000);
    const std::vector<pid_t> workers = ChildrenOf(driver);
    ASSERT_EQ(workers.size(), 1U);
    while (Catches(workers[0], signal)) usleep(1000);
    kill(workers[0], signal);
    EXPECT_EQ(WaitFor(driver), 1);
    ++ended;
    EXPECT_THAT(Journal(), HasSubstr("killed by signal " + std::to_string(signal)));
  }
  EXPECT_EQ(Tree("out").size(), 1U + 9U);
}

TEST_F(KillTest, ASignalEndsItByThatSignal) {
  MakeModels(30);
  MakeHangingModel();
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    const pid_t driver = Start({"--out", "out", "in", "hang.pb"});
    ASSERT_FALSE(ChildrenOf(driver).empty());
    kill(driver, signal);
    EXPECT_EQ(WaitFor(driver), -signal);
    EXPECT_EQ(Journal().back(), '\n');
  }
  EXPECT_THAT(Batch({"--out", "out", "--timeout", "0.2", "in", "hang.pb"}).err, ::testing::Not(HasSubstr("journal")));
}

TEST_F(KillTest, ASecondRunOverTheShardStopsAtOnce) {
  MakeModels(9);
  MakeHangingModel();
  const pid_t driver = Start({"--out", "out", "hang.pb"});
  ASSERT_FALSE(ChildrenOf(driver).empty());
  const Finished second = Batch({"--out", "out", "in"});
  EXPECT_EQ(second.exit_code, 75);
  EXPECT_THAT(second.err, HasSubstr("another run works on shard 1/1"));
  EXPECT_EQ(Batch({"--out", "out", "--shard", "1/2", "in"}).exit_code, 0);
  kill(driver, SIGTERM);
  WaitFor(driver);
}

}  // namespace
}  // namespace pdquant::testing
