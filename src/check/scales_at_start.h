// What check and freeze say of stored scales that still have the value that they start with.
#ifndef PDQUANT_CHECK_SCALES_AT_START_H_
#define PDQUANT_CHECK_SCALES_AT_START_H_

#include <vector>

#include "analysis/trained_scale.h"
#include "base/finding.h"

namespace pdquant {

class ScalesAtStart {
 public:
  // A scale of the program: it was trained, or has the value that it starts with.
  void Note(ScaleTraining training, Place place);
  // untrained-scale. Call it when all scales are known: training that reached one reached the others, too, and one that
  // may be trained had smaller values before it only.
  void Report(Findings* findings);

 private:
  struct Scale {
    Place place;
    bool may_be_trained;
  };
  std::vector<Scale> at_start_;
  bool some_trained_ = false;  // a scale shows that the program was trained
};

}  // namespace pdquant

#endif  // PDQUANT_CHECK_SCALES_AT_START_H_
