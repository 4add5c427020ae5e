#ifndef PDQUANT_PIR_TEXT_POOL_H_
#define PDQUANT_PIR_TEXT_POOL_H_

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "ir/name_table.h"

namespace pdquant::pir {

using TextId = NameId;

// The different texts of a program, each held once.
class TextPool {
 public:
  TextId Intern(std::string_view text) {
    const TextId found = table_.Find(text);
    return found != kNoName ? found : table_.Intern(texts_.emplace_back(text));
  }
  // kNoName where the text was never interned.
  TextId Find(std::string_view text) const { return table_.Find(text); }
  std::string_view text(TextId id) const { return table_.name(id); }

 private:
  std::deque<std::string> texts_;  // they stay where they are: the table holds views
  NameTable table_{64};
};

}  // namespace pdquant::pir

#endif  // PDQUANT_PIR_TEXT_POOL_H_
