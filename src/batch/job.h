#ifndef PDQUANT_BATCH_JOB_H_
#define PDQUANT_BATCH_JOB_H_

#include <string>
#include <vector>

namespace pdquant {

// One model of a batch.
struct Job {
  std::string input;                 // as the command gets it
  std::string output;                // below OUT; it tells the jobs of a batch apart
  std::vector<std::string> options;  // its own, from a list; the command's options come before them
};

}  // namespace pdquant

#endif  // PDQUANT_BATCH_JOB_H_
