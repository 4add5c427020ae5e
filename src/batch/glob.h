// Patterns of paths: `*`, `?` and `[…]` within a name, `**` for any number of folders.
#ifndef PDQUANT_BATCH_GLOB_H_
#define PDQUANT_BATCH_GLOB_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pdquant {

class Glob {
 public:
  static bool IsPattern(std::string_view text);

  explicit Glob(std::string_view pattern);

  // The folder in front of the first component that is a pattern; "." where there is none.
  const std::string& fixed_part() const { return fixed_part_; }

  // Where in the pattern a walk may be: one element for each component that the next name may have to match. A walk
  // that carries it on visits each folder once, whatever the number of `**`.
  using State = std::vector<size_t>;
  State Start() const;
  // After a folder or file with this name. Sets `*matches` where the whole pattern is matched.
  State Next(const State& state, const std::string& name, bool* matches) const;

 private:
  void AddState(size_t at, State* state) const;

  std::string fixed_part_;
  std::vector<std::string> components_;
};

}  // namespace pdquant

#endif  // PDQUANT_BATCH_GLOB_H_
