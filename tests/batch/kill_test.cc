// Runs that are killed, as a whole or one worker of them: rows B1, B2, F7, F11.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <random>

#include "batch/batch_testing.h"

namespace pdquant::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class KillTest : public BatchTest {
 protected:
  // A model that makes its worker wait forever.
  void MakeHangingModel() const { ASSERT_EQ(mkfifo(Path("hang.pb").c_str(), 0600), 0); }
  // Done models in the journal.
  size_t Done() const {
    const std::string journal = Exists("out/.pdquant/journal-1-of-1.jsonl") ? Journal() : "";
    size_t count = 0;
    for (size_t at = 0; (at = journal.find("\"status\":\"done\"", at)) != std::string::npos; ++at) ++count;
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
  // Nothing done twice, but what was in flight at a kill.
  EXPECT_LE(Done(), kModels * 9U / 10 + 20 * 2);
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
  for (int i = 0; i < 2000 && lives(); ++i) usleep(1000);
  EXPECT_FALSE(lives());
}

TEST_F(KillTest, AWorkerThatCrashesCostsItsModelOnly) {
  MakeModels(10);
  MakeHangingModel();
  size_t done = 0;
  for (const int signal : {SIGSEGV, SIGABRT, SIGKILL}) {
    const pid_t driver = Start({"--out", "out", "-j", "2", "--force", "hang.pb", "in"});
    ASSERT_FALSE(ChildrenOf(driver).empty());
    // The others are larger and go first.
    done += 9;
    for (int i = 0; i < 5000 && Done() < done; ++i) usleep(1000);
    const std::vector<pid_t> workers = ChildrenOf(driver);
    ASSERT_EQ(workers.size(), 1U);
    kill(workers[0], signal);
    EXPECT_EQ(WaitFor(driver), 1);
    EXPECT_THAT(Journal(), HasSubstr("killed by signal " + std::to_string(signal)));
  }
  EXPECT_EQ(Tree("out").size(), 1U + 9U);
}

TEST_F(KillTest, ASignalEndsItSoonAndByThatSignal) {
  MakeModels(30);
  MakeHangingModel();
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    const pid_t driver = Start({"--out", "out", "in", "hang.pb"});
    ASSERT_FALSE(ChildrenOf(driver).empty());
    const auto start = std::chrono::steady_clock::now();
    kill(driver, signal);
    EXPECT_EQ(WaitFor(driver), -signal);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
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
