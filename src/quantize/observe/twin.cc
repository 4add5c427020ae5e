#include "quantize/observe/twin.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "analysis/quantized_values.h"
#include "analysis/uses.h"
#include "base/escape.h"
#include "check/rules.h"
#include "ir/index.h"
#include "paddle/calibration/plain_ops.h"
#include "paddle/names.h"
#include "paddle/quantizable_ops.h"
#include "paddle/runtimes/engine_passes.h"
#include "pdquant/framework_lite.pb.h"

namespace pdquant {
namespace {

// An output of the two programs, by the ops that write it there.
struct ComparedOutput {
  std::string float_name;
  OpId float_op = 0;
  std::string quantized_name;
  OpId quantized_op = 0;
};

// Finds what can be compared.
class Comparisons {
 public:
  Comparisons(const Program& float_program, const Program& quantized, Findings* findings)
      : float_(float_program),
        quantized_(quantized),
        float_uses_(float_),
        quantized_uses_(quantized_),
        values_(quantized_, quantized_uses_),
        findings_(findings) {}

  std::vector<ComparedOutput> Find() {
    ForEachProduct(float_, 0, [&](OpId op, std::string_view output) { float_ops_[output].push_back(op); });
    for (const IntegerProduct& product : values_.products()) products_[product.op] = &product;
    ForEachProduct(quantized_, 0, [&](OpId op, std::string_view output) { Visit(op, output); });
    for (size_t block = 1; block < quantized_.program().blocks().size(); ++block) {
      ForEachProduct(quantized_, block, [&](OpId op, std::string_view output) {
        if (IsQuantized(op)) LeaveOut(op, output, "it stands in the block of a loop or a branch");
      });
    }
    return std::move(found_);
  }

 private:
  template <typename F>
  static void ForEachProduct(const Index& index, size_t number, const F& f) {
    const Block& block = index.program().block(number);
    for (OpId op = block.first_op; op < block.first_op + block.op_count; ++op) {
      const QuantizableOp* row = FindQuantizable(index.type(op));
      const NameId output = row == nullptr ? kNoName : index.Output(op, row->output);
      if (output != kNoName) f(op, index.name(output));
    }
  }

  bool IsQuantized(OpId op) const {
    if (products_.contains(op)) return true;
    const size_t block = quantized_.program().BlockOfOp(op);
    const auto inputs = quantized_.inputs(op);
    return std::any_of(inputs.begin(), inputs.end(), [&](const Argument& argument) {
      const VarId var = quantized_.Lookup(block, argument.name);
      return var != kNoVar && values_.OfRounded(var) != nullptr;
    });
  }

  // Both programs write a name as often as one another, in the same order.
  void Visit(OpId op, std::string_view output) {
    const size_t count = seen_[output]++;
    if (!IsQuantized(op)) return;
    const auto found = float_ops_.find(output);
    if (found == float_ops_.end() || count >= found->second.size())
      return LeaveOut(op, output, "the float program has no product of that name");
    ComparedOutput compared = {std::string(output), found->second[count], std::string(output), op};
    const auto product = products_.find(op);
    if (product != products_.end()) {
      const IntegerProduct& scaled = *product->second;
      compared.quantized_name = quantized_.name(quantized_.var_name(scaled.scaled));
      compared.quantized_op = scaled.scalings.back().op;
    } else {
      TakeFolded(&compared);
    }
    // What is fed or fetched, or written in another block, has no place in the twin's main block.
    const std::string_view type = quantized_.type(compared.quantized_op);
    if (quantized_.program().BlockOfOp(compared.quantized_op) != 0 || type == op_types::kFeed || IsFetch(type))
      return LeaveOut(op, output, "the op that writes it last isn't one of the main block that computes");
    found_.push_back(std::move(compared));
  }

  // Where a batch norm was folded into the op, the outputs behind it are what can be compared.
  void TakeFolded(ComparedOutput* compared) const {
    const VarId var = MainVar(float_, compared->float_name);
    if (var == kNoVar) return;
    const auto readers = float_uses_.readers(var);
    const auto writers = float_uses_.writers(var);
    const auto next = std::upper_bound(writers.begin(), writers.end(), compared->float_op);
    for (auto at = std::upper_bound(readers.begin(), readers.end(), compared->float_op);
         at != readers.end() && (next == writers.end() || *at <= *next); ++at) {
      const OpId reader = *at;
      const EpilogueOp* row = FindEpilogueOp(float_.type(reader));
      if (row == nullptr || row->output != slots::kY) continue;
      const NameId output = float_.Output(reader, row->output);
      if (output == kNoName) continue;
      const VarId folded = MainVar(quantized_, float_.name(output));
      if (folded == kNoVar || quantized_uses_.writers(folded).empty()) continue;
      const OpId writer = quantized_uses_.writers(folded).back();
      if (quantized_.type(writer) == float_.type(reader)) return;  // it is still there
      *compared = {std::string(float_.name(output)), reader, std::string(float_.name(output)), writer};
      return;
    }
  }

  void LeaveOut(OpId op, std::string_view output, const char* why) {
    findings_->Warning("unobserved-value", PlaceOfOp(quantized_, op, "its output", output),
                       std::string("isn't compared: ") + why);
  }

  Index float_;
  Index quantized_;
  Uses float_uses_;
  Uses quantized_uses_;
  QuantizedValues values_;
  Findings* findings_;
  std::map<std::string_view, std::vector<OpId>> float_ops_;  // by output
  std::map<std::string_view, size_t> seen_;                  // the same of the quantized program, so far
  std::map<OpId, const IntegerProduct*> products_;
  std::vector<ComparedOutput> found_;
};

bool HoldsLists(const lite::VarDesc& var) {
  return var.type().type() == lite::VarType::FEED_MINIBATCH || var.type().type() == lite::VarType::FETCH_LIST;
}

// One of the two programs, with its names and block numbers as they are in the twin.
class Half {
 public:
  Half(const Program& program, std::string_view prefix, int32_t first_block)
      : prefix_(prefix), offset_(first_block - 1) {
    program_.ParseFromArray(program.bytes().data(), static_cast<int>(program.bytes().size()));
    for (const auto& block : program_.blocks()) {
      for (const auto& var : block.vars()) {
        names_.insert(var.name());
        if (HoldsLists(var)) lists_.insert(var.name());
      }
    }
    for (const auto& op : program_.blocks(0).ops()) {
      if (op.type() != op_types::kFeed) continue;
      for (const auto& slot : op.outputs()) {
        for (const auto& name : slot.arguments()) {
          if (name != kEmptyVariable) inputs_.insert(name);
        }
      }
    }
    for (auto& block : *program_.mutable_blocks()) Rename(&block);
  }

  lite::ProgramDesc* program() { return &program_; }
  // The fed variables, by their old names.
  const std::set<std::string>& inputs() const { return inputs_; }
  std::string NameInTwin(std::string_view name) const { return std::string(prefix_) + std::string(name); }

 private:
  void Rename(lite::BlockDesc* block) {
    block->set_idx(Renumbered(block->idx()));
    block->set_parent_idx(Renumbered(block->parent_idx()));
    if (block->has_forward_block_idx()) block->set_forward_block_idx(Renumbered(block->forward_block_idx()));
    for (auto& var : *block->mutable_vars()) Rename(var.mutable_name());
    for (auto& op : *block->mutable_ops()) Rename(&op);
  }

  // What a feed op writes keeps its name: a copy of it is what the program reads.
  void Rename(lite::OpDesc* op) {
    const bool feeds = op->type() == op_types::kFeed;
    for (auto* slots : {op->mutable_inputs(), op->mutable_outputs()}) {
      for (auto& slot : *slots) {
        for (auto& name : *slot.mutable_arguments()) {
          if (!feeds) Rename(&name);
        }
      }
    }
    bool runs_blocks = false;
    for (auto& attr : *op->mutable_attrs()) {
      if (attr.has_var_name()) Rename(attr.mutable_var_name());
      for (auto& name : *attr.mutable_vars_name()) Rename(&name);
      runs_blocks |= attr.has_block_idx() || attr.blocks_idx_size() != 0;
      if (attr.has_block_idx()) attr.set_block_idx(Renumbered(attr.block_idx()));
      for (auto& block : *attr.mutable_blocks_idx()) block = Renumbered(block);
    }
    if (!runs_blocks) return;
    // Ops that run blocks name variables in lists of text, too (the states of recurrent).
    for (auto& attr : *op->mutable_attrs()) {
      for (auto& text : *attr.mutable_strings()) {
        if (names_.count(text) != 0) Rename(&text);
      }
    }
  }

  void Rename(std::string* name) const {
    if (*name != kEmptyVariable && lists_.count(*name) == 0) *name = NameInTwin(*name);
  }
  int32_t Renumbered(int32_t block) const { return block > 0 ? block + offset_ : block; }

  std::string_view prefix_;
  int32_t offset_;
  lite::ProgramDesc program_;
  std::set<std::string> names_;  // that are declared
  std::set<std::string> lists_;  // what is fed and fetched
  std::set<std::string> inputs_;
};

class TwinMaker {
 public:
  TwinMaker(const Program& float_program, const Program& quantized)
      : float_(float_program, kFloatTwin, 1),
        quantized_(quantized, kQuantizedTwin, static_cast<int32_t>(float_program.blocks().size())),
        first_float_op_(float_program.block(0).first_op),
        first_quantized_op_(quantized.block(0).first_op) {}

  Result<Twin> Make(const std::vector<ComparedOutput>& compared) {
    if (float_.inputs() != quantized_.inputs())
      return BadInput("the two programs have other inputs: the quantized one isn't made of the float one");
    KeepOverwritten(compared);
    twin_ = *float_.program();
    block_ = twin_.mutable_blocks(0);
    block_->clear_ops();
    AddInputs();
    AddOps(*float_.program()->mutable_blocks(0), first_float_op_, true);
    AddQuantizedBlocks();
    AddOps(*quantized_.program()->mutable_blocks(0), first_quantized_op_, false);
    for (auto& op : *float_.program()->mutable_blocks(0)->mutable_ops()) {
      if (IsFetch(op.type())) *block_->add_ops() = op;
    }
    Twin twin;
    if (!twin_.SerializeToString(&twin.bytes))
      return BadInput("the two programs together are larger than Paddle can read");
    for (const ComparedOutput& output : compared) {
      const auto copy = copies_.find(output.float_op);
      twin.outputs.push_back({copy != copies_.end() ? copy->second : float_.NameInTwin(output.float_name),
                              quantized_.NameInTwin(output.quantized_name), behind_.at(output.quantized_op)});
    }
    return twin;
  }

 private:
  // A variable that is overwritten is compared as it is behind its op.
  void KeepOverwritten(const std::vector<ComparedOutput>& compared) {
    std::map<std::string_view, size_t> writers;
    for (const auto& op : float_.program()->blocks(0).ops()) {
      for (const auto& slot : op.outputs()) {
        for (const auto& name : slot.arguments()) ++writers[name];
      }
    }
    for (const ComparedOutput& output : compared) {
      std::string name = float_.NameInTwin(output.float_name);
      if (writers[name] > 1) copied_[output.float_op] = std::move(name);
    }
  }

  void Add(const OpBuilder& op) { block_->add_ops()->ParseFromString(op.message()); }

  // Declares `name` like `like`, a variable of the float program's block 0.
  void Declare(const std::string& name, const std::string& like) {
    if (declared_.empty()) {
      for (const auto& var : float_.program()->blocks(0).vars()) declared_[var.name()] = &var;
    }
    const auto found = declared_.find(like);
    if (found == declared_.end()) return;
    lite::VarDesc* made = block_->add_vars();
    *made = *found->second;
    made->set_name(name);
  }

  void AddInputs() {
    for (const auto& op : float_.program()->blocks(0).ops()) {
      if (op.type() == op_types::kFeed) *block_->add_ops() = op;
    }
    for (const std::string& input : float_.inputs()) {
      Declare(input, float_.NameInTwin(input));
      for (const Half* half : {&float_, &quantized_}) {
        OpBuilder copy;
        BuildUnary(op_types::kAssign, input, half->NameInTwin(input), &copy);
        Add(copy);
      }
    }
    // The copies aren't fed.
    for (auto& var : *block_->mutable_vars()) {
      const std::string_view name = var.name();
      if (name.starts_with(kFloatTwin) && float_.inputs().count(std::string(name.substr(kFloatTwin.size()))) != 0)
        var.set_need_check_feed(false);
    }
  }

  void AddOps(const lite::BlockDesc& block, OpId first, bool is_float) {
    OpId number = first;
    for (const auto& op : block.ops()) {
      const OpId id = number++;
      if (op.type() == op_types::kFeed || IsFetch(op.type())) continue;
      *block_->add_ops() = op;
      if (!is_float) {
        behind_[id] = block_->ops_size() - 1;
        continue;
      }
      const auto copied = copied_.find(id);
      if (copied == copied_.end()) continue;
      const std::string copy = "pdquant.float." + std::to_string(copies_.size());
      Declare(copy, copied->second);
      OpBuilder assign;
      BuildUnary(op_types::kAssign, copied->second, copy, &assign);
      Add(assign);
      copies_[id] = copy;
    }
  }

  void AddQuantizedBlocks() {
    const lite::ProgramDesc& program = *quantized_.program();
    for (const auto& var : program.blocks(0).vars()) {
      if (HoldsLists(var) || var.name() == kEmptyVariable) continue;
      lite::VarDesc* added = block_->add_vars();
      *added = var;
      // A name that both programs share has no prefix.
      const std::string_view name = added->name();
      if (name.starts_with(kQuantizedTwin) &&
          quantized_.inputs().count(std::string(name.substr(kQuantizedTwin.size()))) != 0)
        added->set_need_check_feed(false);
    }
    for (int i = 1; i < program.blocks_size(); ++i) *twin_.add_blocks() = program.blocks(i);
    block_ = twin_.mutable_blocks(0);
    std::set<std::string> known;
    for (const auto& pair : twin_.op_version_map().pair()) known.insert(pair.op_name());
    for (const auto& pair : program.op_version_map().pair()) {
      if (known.count(pair.op_name()) == 0) *twin_.mutable_op_version_map()->add_pair() = pair;
    }
  }

  Half float_;
  Half quantized_;
  const OpId first_float_op_;
  const OpId first_quantized_op_;
  lite::ProgramDesc twin_;
  lite::BlockDesc* block_ = nullptr;
  std::map<std::string_view, const lite::VarDesc*> declared_;  // by the float program
  std::map<OpId, std::string> copied_;                         // float ops whose output is overwritten, and its name
  std::map<OpId, std::string> copies_;
  std::map<OpId, int64_t> behind_;  // places of the quantized program's ops in the twin
};

}  // namespace

VarId MainVar(const Index& index, std::string_view name) {
  const NameId id = index.names().Find(name);
  return id == kNoName ? kNoVar : index.Lookup(0, id);
}

Result<Twin> MakeTwin(const Program& float_program, const Program& quantized, Findings* findings) {
  const std::vector<ComparedOutput> compared = Comparisons(float_program, quantized, findings).Find();
  if (compared.empty()) return BadInput("there is no quantized op in it whose float op the other program has");
  return TwinMaker(float_program, quantized).Make(compared);
}

}  // namespace pdquant
