#include "pir/program.h"

#include "pir/words.h"

namespace pdquant::pir {

std::string_view Program::ScopeOf(const Op& op) const {
  const TextId scope = texts.Find(kScopeAttribute);
  if (scope == kNoName) return {};
  for (const Attr& attr : AttrsOf(op)) {
    if (attr.name == scope && attr.kind == Attr::Kind::kString) return text(attr.text);
  }
  return {};
}

}  // namespace pdquant::pir
