// Names for new variables that nothing in a program has yet: the same ones on every run.
#ifndef PDQUANT_QUANTIZE_UNIQUE_NAMES_H_
#define PDQUANT_QUANTIZE_UNIQUE_NAMES_H_

#include <string>
#include <string_view>
#include <unordered_set>

#include "ir/index.h"

namespace pdquant {

class UniqueNames {
 public:
  explicit UniqueNames(const Index& index) : index_(index) {}

  bool IsTaken(std::string_view name) const {
    return index_.names().Find(name) != kNoName || made_.contains(std::string(name));
  }
  void Take(const std::string& name) { made_.insert(name); }
  // `name`, or name_1, name_2, … where it is taken.
  std::string New(const std::string& name) {
    std::string chosen = name;
    for (uint32_t i = 1; IsTaken(chosen); ++i) chosen = name + "_" + std::to_string(i);
    made_.insert(chosen);
    return chosen;
  }

 private:
  const Index& index_;
  std::unordered_set<std::string> made_;
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_UNIQUE_NAMES_H_
