// What is known while a program is imported.
#ifndef PDQUANT_PIR_IMPORT_CONTEXT_H_
#define PDQUANT_PIR_IMPORT_CONTEXT_H_

#include <tsl/robin_map.h>
#include <tsl/robin_set.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/finding.h"
#include "pir/import/draft.h"
#include "pir/import/import.h"
#include "pir/import/tensors.h"
#include "pir/program.h"

namespace pdquant::pir {

// Why a program can't be imported: one line for each kind of op and reason, however many ops it concerns.
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

// The value of full or full_int_array.
struct Constant {
  int32_t element = -1;   // a proto::VarType::Type
  bool is_float = false;  // which of the two fields counts
  std::vector<int64_t> dims;
  double number = 0;              // the one value of all elements
  std::vector<int64_t> integers;  // all elements; one that stands for all of them where there are many
};

// A member of a list: a variable, and perhaps a constant.
struct ListMember {
  VarId var = kLostVar;
  uint32_t constant = kNone;  // in Context::constants
};

// What a value of PIR is in the draft.
struct ValueState {
  enum class Kind : uint8_t {
    kUnknown,    // nothing yet
    kLost,       // its op was refused
    kVar,        // a variable; a tensor or an array
    kList,       // variables
    kNotInFile,  // a parameter that the parameter file doesn't have
  };
  Kind kind = Kind::kUnknown;
  VarId var = kLostVar;
  uint32_t constant = kNone;  // in Context::constants
  uint32_t list = kNone;      // in Context::lists
};

struct Context {
  Context(const Program& the_program, const ImportOptions& the_options, Reasons* the_reasons)
      : program(the_program),
        options(the_options),
        reasons(the_reasons),
        tensors(the_program),
        states(the_program.values.size()) {}

  const Program& program;
  const ImportOptions& options;
  Reasons* reasons;
  Tensors tensors;
  Draft draft;
  std::vector<ValueState> states;  // by ValueId
  std::vector<Constant> constants;
  std::vector<std::vector<ListMember>> lists;
  // The names of outputs, by the value that is the output. Of a value that is an output twice, the first.
  tsl::robin_map<ValueId, std::string> output_names;
  // The names of outputs, by the op that fetches them.
  tsl::robin_map<OpId, std::string> fetch_names;
  std::vector<std::string> inputs;
  tsl::robin_set<int64_t> input_columns;
  struct Output {
    int64_t column;
    VarId var;
    OpId op;
  };
  std::vector<Output> outputs;
  VarId feed_holder = kLostVar;
  VarId fetch_holder = kLostVar;
  bool is_refused = false;  // something was
  bool is_sound = true;     // CheckStructure found nothing
};

}  // namespace pdquant::pir

#endif  // PDQUANT_PIR_IMPORT_CONTEXT_H_
