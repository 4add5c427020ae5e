#include "pir/program.h"

#include "pir/words.h"

namespace pdquant::pir {

std::string_view Program::StringOf(const Op& op, std::string_view name) const {
  const TextId id = texts.Find(name);
  if (id == kNoName) return {};
  for (const Attr& attr : AttrsOf(op)) {
    if (attr.name == id && attr.kind == Attr::Kind::kString) return text(attr.text);
  }
  return {};
}

std::string_view Program::ScopeOf(const Op& op) const { return StringOf(op, kScopeAttribute); }

}  // namespace pdquant::pir
