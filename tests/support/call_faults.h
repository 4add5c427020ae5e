// What is asked of every call of the program, whatever is tested. No test calls the program without it: those in C++
// call through CommandTest (cli/process.h) or BatchTest, all others through judged_pdquant.cc. check_calls.py looks for
// others.
#ifndef PDQUANT_TESTS_SUPPORT_CALL_FAULTS_H_
#define PDQUANT_TESTS_SUPPORT_CALL_FAULTS_H_

#include <string>
#include <vector>

namespace pdquant::testing {

struct Finished {
  int exit_code = -1;  // -1 where a signal ended it
  int signal = 0;
  std::string out;
  std::string err;
};

// A failure without an error on standard error, an error without a failure, something beside the result on standard
// output, or advice to use an option that the command doesn't have.
std::vector<std::string> FaultsOf(const std::vector<std::string>& arguments, const Finished& finished);

// The same as text, with the command line and what it said; empty where there are none.
std::string DescribeFaults(const std::vector<std::string>& arguments, const Finished& finished);

}  // namespace pdquant::testing

#endif  // PDQUANT_TESTS_SUPPORT_CALL_FAULTS_H_
