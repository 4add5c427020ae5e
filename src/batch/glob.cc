#include "batch/glob.h"

#include <fnmatch.h>

#include <algorithm>

#include "files/path.h"

namespace pdquant {

bool Glob::IsPattern(std::string_view text) { return text.find_first_of("*?[") != std::string_view::npos; }

Glob::Glob(std::string_view pattern) {
  const size_t wild = std::min(pattern.find_first_of("*?["), pattern.size());
  const size_t slash = pattern.substr(0, wild).rfind('/');
  if (slash == std::string_view::npos) {
    fixed_part_ = ".";
  } else {
    fixed_part_ = slash == 0 ? "/" : pattern.substr(0, slash);
    pattern.remove_prefix(slash + 1);
  }
  for (const std::string& component : SplitPath(pattern)) {
    const bool repeated = component == "**" && !components_.empty() && components_.back() == "**";
    if (!component.empty() && component != "." && !repeated) components_.push_back(component);
  }
}

void Glob::AddState(size_t at, State* state) const {
  if (std::find(state->begin(), state->end(), at) != state->end()) return;
  state->push_back(at);
  if (at < components_.size() && components_[at] == "**") AddState(at + 1, state);
}

Glob::State Glob::Start() const {
  State state;
  AddState(0, &state);
  return state;
}

Glob::State Glob::Next(const State& state, const std::string& name, bool* matches) const {
  State next;
  for (const size_t at : state) {
    if (at == components_.size()) continue;
    if (components_[at] == "**") {
      if (name.front() != '.') AddState(at, &next);
    } else if (fnmatch(components_[at].c_str(), name.c_str(), FNM_PERIOD) == 0) {
      AddState(at + 1, &next);
    }
  }
  *matches = std::find(next.begin(), next.end(), components_.size()) != next.end();
  return next;
}

}  // namespace pdquant
