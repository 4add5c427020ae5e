// Whole batches: a folder of models, a run over them, what it leaves.
#ifndef PDQUANT_TESTS_BATCH_BATCH_TESTING_H_
#define PDQUANT_TESTS_BATCH_BATCH_TESTING_H_

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "cli/process.h"

namespace pdquant::testing {

class BatchTest : public CommandTest {
 protected:
  // Makes in/N/mM.pb, `count` real programs in folders of ten; each tenth is cut off.
  void MakeModels(int count) const;
  // All files below `name` but the journals: path → a number that tells contents apart.
  std::map<std::string, std::string> Tree(const std::string& name) const;
  std::string Journal(const std::string& out = "out") const;

  // `batch`, these arguments, `-- transpile`.
  Finished Batch(const std::vector<std::string>& arguments) const;
  // The same, without waiting for it: its process. One at a time.
  pid_t Start(const std::vector<std::string>& arguments) const;
  // Its exit code, or minus the signal.
  int WaitFor(pid_t process) const;
  // The processes that it has started, once it has some; none if it ends before.
  static std::vector<pid_t> ChildrenOf(pid_t process);
};

}  // namespace pdquant::testing

#endif  // PDQUANT_TESTS_BATCH_BATCH_TESTING_H_
