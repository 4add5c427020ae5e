// Why a program can't be imported: one line for each kind of op and reason, however many ops it concerns.
#ifndef PDQUANT_PIR_IMPORT_REASONS_H_
#define PDQUANT_PIR_IMPORT_REASONS_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/finding.h"
#include "pir/program.h"

namespace pdquant::pir {

class Reasons {
 public:
  explicit Reasons(const Program& program) : program_(program) {}

  // `code` is a literal. `op` may be kNone, for the whole program.
  void Add(OpId op, std::string_view code, std::string text, std::string hint = "");
  bool empty() const { return lines_.empty(); }
  // A finding for each line, in the order in which the first of each was found.
  void Report(Findings* findings) const;

 private:
  struct Line {
    OpId first = kNone;
    std::string_view code;
    std::string text;
    std::string hint;
    uint64_t count = 0;
  };
  const Program& program_;
  std::vector<Line> lines_;
  std::map<std::pair<std::string_view, std::string>, size_t> known_;  // op's name and text
};

}  // namespace pdquant::pir

#endif  // PDQUANT_PIR_IMPORT_REASONS_H_
