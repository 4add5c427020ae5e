// Names for new variables that nothing in a program has yet: the same ones on every run.
#ifndef PDQUANT_QUANTIZE_UNIQUE_NAMES_H_
#define PDQUANT_QUANTIZE_UNIQUE_NAMES_H_

#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "ir/index.h"

namespace pdquant {

class UniqueNames {
 public:
  explicit UniqueNames(const Index& index) : index_(index) {}

  // `name`, or name_1, name_2, … where it is taken. Many copies of one name take no longer than as many of different
  // ones.
  std::string New(const std::string& name) {
    std::string chosen = name;
    if (IsTaken(chosen)) {
      uint32_t& last = last_numbers_[name];
      do {
        chosen = name + "_" + std::to_string(++last);
      } while (IsTaken(chosen));
    }
    made_.insert(chosen);
    return chosen;
  }

 private:
  bool IsTaken(const std::string& name) const { return index_.names().Find(name) != kNoName || made_.contains(name); }

  const Index& index_;
  std::unordered_set<std::string> made_;
  std::unordered_map<std::string, uint32_t> last_numbers_;  // by the name without a number
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_UNIQUE_NAMES_H_
