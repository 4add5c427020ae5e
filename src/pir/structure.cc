#include <tsl/robin_map.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/escape.h"
#include "base/words.h"
#include "ir/name_table.h"
#include "pir/program.h"
#include "pir/reader.h"

namespace pdquant::pir {
namespace {

std::string ValueName(int64_t id) { return "%" + std::to_string(id); }

class Structure {
 public:
  Structure(Program* program, Findings* findings) : program_(program), findings_(findings) {}

  void Check() {
    CheckMain();
    Number();
    Walk();
    CheckNames();
  }

 private:
  void Fail(OpId op, std::string_view code, std::string text) {
    findings_->Error(code, op == kNone ? Place{} : PlaceOf(*program_, op), std::move(text));
  }
  std::string_view NameOf(const Op& op) const { return program_->text(op.name); }

  // The program has one region of one block without arguments.
  void CheckMain() {
    const auto& regions = program_->main_regions;
    if (regions.size() != 1) {
      return Fail(kNone, "pir-region", "the program has " + Counted(regions.size(), "region") + " in the place of one");
    }
    const auto& blocks = program_->regions[regions[0]].blocks;
    if (blocks.size() != 1)
      return Fail(kNone, "pir-region", "the program has " + Counted(blocks.size(), "block") + " in the place of one");
    if (program_->blocks[blocks[0]].arguments.size() != 0)
      Fail(kNone, "pir-region", "the main block has arguments, which nobody gives it");
  }

  // Each id stands for one value of the whole file.
  void Number() {
    by_id_.reserve(program_->values.size());
    for (ValueId i = 0; i < program_->values.size(); ++i) {
      const Value& value = program_->values[i];
      const bool is_null = program_->TypeOf(i).kind == Type::Kind::kNull;
      const char* what = value.is_argument ? "an argument" : "a result";
      if (is_null && value.id == 0 && !value.is_argument) continue;
      if (value.is_argument ? value.id >= 0 : value.id <= 0) {
        Fail(value.op, "pir-value",
             std::string(what) + " has the number " + ValueName(value.id) +
                 (value.is_argument ? "; those of arguments are below 0" : "; those of results are above 0"));
        continue;
      }
      if (!by_id_.emplace(value.id, i).second)
        Fail(value.op, "pir-value", ValueName(value.id) + " is defined a second time");
    }
  }

  // Ops stand before those inside them, so that one pass over all of them sees what is visible where.
  void Walk() {
    visible_.resize(program_->values.size());
    is_open_.resize(program_->blocks.size());
    for (OpId i = 0; i < program_->ops.size(); ++i) {
      while (!inside_.empty() && program_->ops[inside_.back().op].end <= i) Leave();
      EnterBlock(program_->ops[i].block);
      CheckOp(i);
      inside_.push_back({i, kNone});
    }
    while (!inside_.empty()) Leave();
  }

  // The results of an op can be seen when all inside it is over.
  void Leave() {
    const Op& op = program_->ops[inside_.back().op];
    for (ValueId i = op.results.begin; i < op.results.end; ++i) visible_[i] = true;
    CloseBlock();
    inside_.pop_back();
  }

  // The blocks of an op are open one after the other.
  void EnterBlock(BlockId block) {
    if (is_open_[block]) return;
    is_open_[block] = true;
    const Block& entered = program_->blocks[block];
    for (ValueId i = entered.arguments.begin; i < entered.arguments.end; ++i) visible_[i] = true;
    if (entered.op == kNone) return;
    CloseBlock();
    inside_.back().open = block;
  }

  // Of the op around, the block that was entered last.
  void CloseBlock() {
    const BlockId open = std::exchange(inside_.back().open, kNone);
    if (open != kNone) is_open_[open] = false;
  }

  void CheckOp(OpId id) {
    const Op& op = program_->ops[id];
    for (uint32_t i = op.operands.begin; i < op.operands.end; ++i) Resolve(id, &program_->operands[i]);
    if (op.parameter != kNone && op.block != 0) Fail(id, "pir-parameter", "a parameter inside a block");
    CheckFlags(id);
    CheckRegions(id);
    CheckList(id);
    if (NameOf(op) == kYieldOp) CheckYieldPlace(id);
  }

  void Resolve(OpId op, Operand* operand) {
    if (operand->id == 0) return;
    const auto found = by_id_.find(operand->id);
    if (found == by_id_.end())
      return Fail(op, "pir-value", "the operand " + ValueName(operand->id) + " is defined nowhere");
    const ValueId value = found->second;
    const BlockId block = program_->values[value].block;
    if (!visible_[value]) {
      return Fail(op, "pir-value", "the operand " + ValueName(operand->id) + " is used before it is defined");
    }
    if (!is_open_[block])
      return Fail(op, "pir-value",
                  "the operand " + ValueName(operand->id) + " is defined in another block, where it ends");
    operand->value = value;
    if (!program_->TypeOf(value).is_tensor()) return;
    for (const int64_t dim : program_->TypeOf(value).dims) {
      if (dim < -1 && !IsProductOfUnknown(value, dim))
        return Fail(op, "pir-type",
                    "the operand " + ValueName(operand->id) + " has the dimension " + std::to_string(dim) +
                        "; -1 stands for any");
    }
  }

  // Paddle multiplies all dimensions of what an op flattens, the unknown one (-1) as well: -6 of [-1,6].
  bool IsProductOfUnknown(ValueId value, int64_t dim) const {
    const Op* maker = program_->MakerOf(value);
    if (maker == nullptr) return false;
    const auto operands = program_->OperandsOf(*maker);
    if (operands.empty() || operands[0].value == kNone || !program_->TypeOf(operands[0].value).is_tensor())
      return false;
    int64_t product = 1;
    for (const int64_t factor : program_->TypeOf(operands[0].value).dims) {
      if (__builtin_mul_overflow(product, factor, &product)) return false;
    }
    return product == dim;
  }

  // One flag for each result.
  void CheckFlags(OpId id) {
    const Op& op = program_->ops[id];
    for (const Attr& flag : program_->FlagsOf(op)) {
      if (flag.kind != Attr::Kind::kArray) {
        Fail(id, "pir-format", "the flags " + Quote(program_->text(flag.name)) + " of the results are no list");
      } else if (flag.items.size() != op.results.size()) {
        Fail(id, "pir-format",
             "there are " + Counted(flag.items.size(), "flag") + " " + Quote(program_->text(flag.name)) + " for " +
                 Counted(op.results.size(), "result"));
      }
    }
  }

  void CheckRegions(OpId id) {
    const Op& op = program_->ops[id];
    const size_t regions = op.regions.size();
    const bool is_if = NameOf(op) == kIfOp;
    const bool is_while = NameOf(op) == kWhileOp;
    if (!is_if && !is_while) {
      if (regions != 0) Fail(id, "pir-region", "the op has regions, which only if and while may have");
      return;
    }
    if (regions != (is_if ? 2U : 1U)) {
      return Fail(id, "pir-region",
                  "has " + Counted(regions, "region") + " in the place of " + (is_if ? "two" : "one"));
    }
    for (const RegionId region : program_->RegionsOf(op)) {
      const auto& blocks = program_->regions[region].blocks;
      if (blocks.size() != 1) {
        Fail(id, "pir-region", "a region has " + Counted(blocks.size(), "block") + " in the place of one");
        continue;
      }
      const Block& block = program_->blocks[blocks[0]];
      if (is_if ? block.arguments.size() != 0
                : op.operands.size() == 0 || block.arguments.size() != op.operands.size() - 1 ||
                      op.results.size() != block.arguments.size()) {
        Fail(id, "pir-region",
             is_if ? "a branch has arguments"
                   : "a loop needs as many operands behind its condition as arguments and results; it has " +
                         Counted(op.operands.size(), "operand") + ", " + Counted(block.arguments.size(), "argument") +
                         " and " + Counted(op.results.size(), "result"));
      }
      CheckYield(id, block, op.results.size() + (is_while ? 1 : 0));
    }
  }

  // The last op of a block hands over its values.
  void CheckYield(OpId id, const Block& block, size_t count) {
    const OpId last = program_->LastOp(block);
    if (last == kNone || NameOf(program_->ops[last]) != kYieldOp)
      return Fail(id, "pir-region", "a block doesn't end with a yield");
    const size_t yielded = program_->ops[last].operands.size();
    if (yielded != count) {
      Fail(id, "pir-region",
           "a block yields " + Counted(yielded, "value") + " in the place of " + std::to_string(count));
    }
  }

  void CheckYieldPlace(OpId id) {
    const Op& op = program_->ops[id];
    const Block& block = program_->blocks[op.block];
    if (block.op == kNone) Fail(id, "pir-region", "a yield in the main block");
    if (op.end != block.ops.end) Fail(id, "pir-region", "a yield that isn't the last op of its block");
    if (op.results.size() != 0) Fail(id, "pir-region", "a yield with results");
  }

  // combine makes a list; split and slice take one.
  void CheckList(OpId id) {
    const Op& op = program_->ops[id];
    const std::string_view name = NameOf(op);
    if (name == kCombineOp) {
      if (op.results.size() != 1 || program_->TypeOf(op.results.begin).kind != Type::Kind::kList)
        return Fail(id, "pir-type", "combine has to make one list");
      const Type& list = program_->TypeOf(op.results.begin);
      if (list.items.size() != op.operands.size()) {
        Fail(id, "pir-type",
             "a list of " + Counted(list.items.size(), "member") + " is made of " +
                 Counted(op.operands.size(), "operand"));
      }
      return;
    }
    if (name != kSplitOp && name != kListItemOp) return;
    if (op.operands.size() != 1) return Fail(id, "pir-type", "has to have one operand, a list");
    const ValueId list = program_->OperandsOf(op)[0].value;
    if (list == kNone) return;
    if (program_->TypeOf(list).kind != Type::Kind::kList) return Fail(id, "pir-type", "its operand is no list");
    if (name == kSplitOp && program_->TypeOf(list).items.size() != op.results.size()) {
      Fail(id, "pir-type",
           "a list of " + Counted(program_->TypeOf(list).items.size(), "member") + " is split into " +
               Counted(op.results.size(), "result"));
    }
  }

  void CheckNames() {
    NameMap<OpId> names;
    const auto has_zero = [&](OpId op, std::string_view name, const std::string& what) {
      const bool has = name.find('\0') != std::string_view::npos;
      if (has) Fail(op, "pir-parameter", what + " whose name holds a zero byte: " + Quote(name));
      return has;
    };
    const auto add = [&](OpId op, TextId id, const std::string& what) {
      const std::string_view name = program_->text(id);
      if (name.empty()) return Fail(op, "pir-parameter", what + " without a name");
      if (has_zero(op, name, what)) return;
      if (!names.emplace(name, op).second)
        Fail(op, "pir-parameter", what + " with a name that another parameter or input has: " + Quote(name));
    };
    for (const Parameter& parameter : program_->parameters) {
      if (!program_->ops[parameter.op].is_damaged) add(parameter.op, parameter.name, "a parameter");
    }
    for (OpId i = 0; i < program_->ops.size(); ++i) {
      const std::string_view op_name = NameOf(program_->ops[i]);
      if (op_name == kFetchOp) has_zero(i, program_->StringOf(program_->ops[i], kNameAttribute), "an output");
      if (!IsInputOp(op_name)) continue;
      for (const Attr& attr : program_->AttrsOf(program_->ops[i])) {
        if (program_->text(attr.name) == kNameAttribute && attr.kind == Attr::Kind::kString)
          add(i, attr.text, "an input");
      }
    }
  }

  Program* program_;
  Findings* findings_;
  tsl::robin_map<int64_t, ValueId> by_id_;
  std::vector<bool> visible_;  // by value
  std::vector<bool> is_open_;  // by block
  // The ops around the one that is looked at, each with the one of its blocks that is open.
  struct Around {
    OpId op;
    BlockId open;
  };
  std::vector<Around> inside_;
};

}  // namespace

void CheckStructure(Program* program, Findings* findings) { Structure(program, findings).Check(); }

}  // namespace pdquant::pir
