#include "pir/import/context.h"

#include "base/escape.h"
#include "base/words.h"
#include "pir/reader.h"

namespace pdquant::pir {

void Reasons::Add(OpId op, std::string_view code, std::string text, std::string hint) {
  const std::string_view name = op == kNone ? std::string_view() : program_.text(program_.ops[op].name);
  const auto [known, is_new] = known_.try_emplace({name, text}, lines_.size());
  if (is_new) lines_.push_back({op, code, std::move(text), std::move(hint), 0});
  ++lines_[known->second].count;
}

void Reasons::Report(Findings* findings) const {
  for (const Line& line : lines_) {
    std::string text = line.text;
    if (line.first != kNone) {
      const std::string_view scope = program_.ScopeOf(program_.ops[line.first]);
      if (!scope.empty()) text += ", in " + Quote(scope);
      if (line.count > 1) text += "; " + Counted(line.count - 1, "more op") + " of this type with the same reason";
    }
    findings->Error(line.code, line.first == kNone ? Place{} : PlaceOf(program_, line.first), std::move(text),
                    line.hint);
  }
}

}  // namespace pdquant::pir
