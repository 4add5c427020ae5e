// Whole command lines: arguments in; standard output, standard error, exit code and files out.
#ifndef PDQUANT_TESTS_CLI_PROCESS_H_
#define PDQUANT_TESTS_CLI_PROCESS_H_

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "support/call_faults.h"

namespace pdquant::testing {

struct Invocation {
  std::vector<std::string> arguments;  // without the program's name
  std::string input;                   // standard input
  std::vector<std::string> environment = {"PATH=/usr/bin:/bin"};
  // Called in the new process before pdquant starts: to close or redirect what it inherits.
  std::function<void()> prepare = [] {};
};

// A test with an empty folder of its own, in which pdquant runs.
class CommandTest : public ::testing::Test {
 protected:
  CommandTest();
  ~CommandTest() override;

  Finished Run(const Invocation& invocation) const;
  Finished Run(const std::vector<std::string>& arguments) const;

  // The folder, and a file in it.
  const std::string& folder() const { return folder_; }
  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  std::string Read(const std::string& name) const;
  void Write(const std::string& name, const std::string& text) const;
  void Remove(const std::string& name) const;
  bool Exists(const std::string& name) const;
  // The names of all files in the folder, sorted.
  std::vector<std::string> Files() const;
  // Copies main.pb and startup.pb of a network of testdata/paddle/transpile here.
  void CopyNetwork(const std::string& network) const;

 private:
  std::string folder_;
};

}  // namespace pdquant::testing

#endif  // PDQUANT_TESTS_CLI_PROCESS_H_
