#include "check/scales_at_start.h"

#include <utility>

namespace pdquant {

void ScalesAtStart::Note(ScaleTraining training, Place place) {
  if (training == ScaleTraining::kTrained) {
    some_trained_ = true;
  } else {
    at_start_.push_back({std::move(place), training == ScaleTraining::kUnknown});
  }
}

void ScalesAtStart::Report(Findings* findings) {
  for (Scale& scale : at_start_) {
    if (scale.may_be_trained && some_trained_) {
      findings->Warning("untrained-scale", std::move(scale.place),
                        "has the value that it starts with, 0.001, and others of the program were trained: what it "
                        "belongs to never exceeded it, or training never came here");
    } else {
      findings->Error("untrained-scale", std::move(scale.place),
                      "still has the value that it starts with, 0.001: it was never trained",
                      "train the simulated program, and save it with its parameters");
    }
  }
  at_start_.clear();
}

}  // namespace pdquant
