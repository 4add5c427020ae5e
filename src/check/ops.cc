#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "analysis/control_flow.h"
#include "base/escape.h"
#include "check/rules.h"
#include "paddle/names.h"
#include "paddle/op_role.h"
#include "paddle/quantization_limits.h"
#include "paddle/quantization_ops.h"

namespace pdquant {
namespace {

// A gradient block may read a gradient that is declared nowhere: recurrent_grad links it at run time. And the gradient
// op of a control op may name one: while_grad lists the gradients of variables of its body among those of its outputs,
// and skips what isn't there.
bool IsLinkedAtRunTime(const Index& index, size_t block, OpId op, std::string_view name) {
  return name.ends_with(kGradientSuffix) &&
         (index.program().block(block).forward >= 0 || IsControlGradient(index.type(op)));
}

// Whether only an op's result can have such a name: nobody gives it to a variable that is fed.
bool IsNameOfResult(std::string_view name) {
  constexpr std::array<std::string_view, 3> kEnds = {".quantized", ".dequantized", ".scale"};
  return IsGradientName(name) || name.find(kTemporaryInfix) != std::string_view::npos ||
         std::any_of(kEnds.begin(), kEnds.end(), [&](std::string_view end) { return name.ends_with(end); });
}

// An op reads a variable before any op that comes earlier in the file writes it.
struct EarlyRead {
  OpId op;
  NameId slot;
  VarId var;
};

// Finds the early reads at which there is no value: nothing that ran before wrote the variable.
class UnwrittenReads {
 public:
  UnwrittenReads(const Index& index, const std::vector<bool>& written, std::vector<EarlyRead> reads)
      : index_(index), written_(written), reads_(std::move(reads)), feeds_(HasFeedOps(index)) {}

  void Report(Findings* findings) {
    std::erase_if(reads_, [&](const EarlyRead& read) { return !CanBeUnwritten(read); });
    // The forward half of a training program that Paddle runs as two, as to_static does, ran before the other one.
    if (!feeds_ && !Has(OpPart::kForward)) reads_.clear();
    if (!feeds_ && !Has(OpPart::kBackward)) {
      // The clone for test of a program whose forward reads gradients, as a gradient penalty does, lacks them.
      std::erase_if(reads_,
                    [&](const EarlyRead& read) { return IsGradientName(index_.name(index_.var_name(read.var))); });
    }
    if (reads_.empty()) return;
    flow_.emplace(index_);
    for (const EarlyRead& read : reads_) {
      if (IsUnwritten(read)) Report(read, findings);
    }
  }

 private:
  static bool HasFeedOps(const Index& index) {
    const NameId feed = index.names().Find(op_types::kFeed);
    const Program& program = index.program();
    for (OpId op = 0; feed != kNoName && op < program.op_count(); ++op) {
      if (index.op(op).type == feed) return true;
    }
    return false;
  }

  bool Has(OpPart part) const {
    for (OpId op = 0; !reads_.empty() && op < index_.program().op_count(); ++op) {
      if (PartOf(index_, op) == part) return true;
    }
    return false;
  }

  // Without feed ops any variable may be fed by its name.
  bool CanBeUnwritten(const EarlyRead& read) const {
    const VarView view = index_.program().var(read.var);
    return (feeds_ || IsNameOfResult(view.name())) && view.kind() == proto::VarType::LOD_TENSOR &&
           !view.need_check_feed();
  }

  bool IsUnwritten(const EarlyRead& read) {
    const size_t block = index_.program().BlockOfOp(read.op);
    if (block != 0) return !written_[read.var] && RunsPlainly(block);
    return !written_[read.var] || FirstWrite(read.var) >= read.op;
  }

  // Whether no op that runs the block, or one around it, gives the block's variables values of its own.
  bool RunsPlainly(size_t block) {
    if (!plain_.empty()) return plain_[block];
    plain_.resize(index_.program().blocks().size());
    for (const uint32_t b : FromOutside()) {
      const Body& body = flow_->body(b);
      plain_[b] = b == 0 || (body.control != nullptr && !body.control->links_locals && plain_[body.outer] &&
                             index_.program().block(b).forward < 0 && !IsControlGradient(index_.type(body.runner)));
    }
    return plain_[block];
  }

  // The blocks, those that run others first.
  std::vector<uint32_t> FromOutside() const {
    std::vector<uint32_t> order(index_.program().blocks().size());
    for (uint32_t b = 0; b < order.size(); ++b) order[flow_->body(b).enter] = b;
    return order;
  }

  // The first op of the main block that writes the variable, itself or in a body that it runs; 0 where a block that
  // nothing runs writes it.
  OpId FirstWrite(VarId var) {
    if (first_write_.empty()) FindFirstWrites();
    return first_write_[var];
  }

  void FindFirstWrites() {
    const Program& program = index_.program();
    std::vector<OpId> runner(program.blocks().size());  // in the main block
    first_write_.assign(program.var_count(), kNoOp);
    for (const uint32_t b : FromOutside()) {
      const Body& body = flow_->body(b);
      if (b != 0 && body.runner != kNoOp) runner[b] = body.outer == 0 ? body.runner : runner[body.outer];
      const Block& block = program.block(b);
      for (OpId op = block.first_op; op < block.first_op + block.op_count; ++op) {
        for (const Argument& argument : index_.outputs(op)) {
          const VarId var = index_.Lookup(b, argument.name);
          if (var != kNoVar) first_write_[var] = std::min(first_write_[var], b == 0 ? op : runner[b]);
        }
      }
    }
  }

  void Report(const EarlyRead& read, Findings* findings) const {
    constexpr char kHint[] = "an op was removed, or put behind one that needs it: export the program again";
    Place place =
        PlaceOfOp(index_, read.op, "input " + Quote(index_.name(read.slot)), index_.name(index_.var_name(read.var)));
    if (feeds_) {
      findings->Error("unwritten-variable", std::move(place),
                      "the variable has no value here: it is not stored, and no op before feeds or writes it", kHint);
    } else {
      findings->Warning("unwritten-result", std::move(place),
                        "no op before writes the variable, and its name is that of an op's result", kHint);
    }
  }

  const Index& index_;
  const std::vector<bool>& written_;  // by variable: some op writes it
  std::vector<EarlyRead> reads_;
  bool feeds_;
  std::optional<ControlFlow> flow_;
  std::vector<OpId> first_write_;  // by variable; empty until it is needed
  std::vector<bool> plain_;        // by block: RunsPlainly; empty until it is needed
};

class OpRules {
 public:
  OpRules(const Index& index, Findings* findings)
      : index_(index),
        findings_(findings),
        empty_(index.names().Find(kEmptyVariable)),
        runs_(BlocksThatRun(index)),
        lists_(index.program().op_count()),
        written_(index.program().var_count()),
        read_early_(index.program().var_count()) {
    for (const BlockReference& reference : index.block_references()) lists_[reference.op] = true;
  }

  void Check(size_t block, OpId op) {
    if (index_.type(op).empty()) Add(block, "empty-name", PlaceOfOp(index_, op), "the op's type is empty", kDamaged);
    for (const Argument& argument : index_.inputs(op)) CheckInput(block, op, argument);
    for (const Argument& argument : index_.outputs(op)) {
      const VarId var = CheckArgument(block, op, argument, false);
      if (var != kNoVar) written_[var] = true;
    }
    if (IsQuantizationOp(index_.type(op))) CheckBits(block, op);
  }

  void CheckReference(const VarReference& reference) {
    const size_t block = index_.program().BlockOfOp(reference.op);
    if (index_.Lookup(block, reference.name) != kNoVar) return;
    ReportUndeclared(block, reference.op, "attribute " + Quote(index_.name(reference.attribute)),
                     index_.name(reference.name));
  }

  // Needs a program that breaks no other rule.
  void CheckReads() { UnwrittenReads(index_, written_, std::move(early_reads_)).Report(findings_); }

 private:
  static constexpr char kDamaged[] = "the file is damaged: export it again";

  // What stands in a block that nothing runs can do no harm.
  void Add(size_t block, std::string_view code, Place place, std::string text, std::string hint) {
    const Level level = runs_[block] ? Level::kError : Level::kNote;
    findings_->Add({code, level, std::move(place), std::move(text), std::move(hint)});
  }

  void CheckInput(size_t block, OpId op, const Argument& argument) {
    const VarId var = CheckArgument(block, op, argument, true);
    if (var == kNoVar || lists_[op] || written_[var] || read_early_[var] || index_.persistable(var) || !runs_[block])
      return;
    read_early_[var] = true;
    early_reads_.push_back({op, argument.slot, var});
  }

  VarId CheckArgument(size_t block, OpId op, const Argument& argument, bool input) {
    if (argument.name == empty_) return kNoVar;
    const VarId var = index_.Lookup(block, argument.name);
    if (var != kNoVar) return var;
    const std::string_view name = index_.name(argument.name);
    if (input && IsLinkedAtRunTime(index_, block, op, name)) return kNoVar;
    if (index_.name(argument.slot) == slots::kBlockingQueue || IsLeftOver(block, argument.name)) return kNoVar;
    ReportUndeclared(block, op, (input ? "input " : "output ") + Quote(index_.name(argument.slot)), name);
    return kNoVar;
  }

  void ReportUndeclared(size_t block, OpId op, std::string part, std::string_view name) {
    Place place = PlaceOfOp(index_, op, std::move(part), name);
    if (name.empty()) return Add(block, "empty-name", std::move(place), "an argument with an empty name", kDamaged);
    Add(block, "undeclared-variable", std::move(place), "no visible block declares the variable",
        runs_[block] ? "the program was cut or edited: export it again" : "nothing runs the block, so it does no harm");
  }

  // A second backward that goes through a loop leaves a gradient block that nothing runs, and whose gradients only the
  // first one's block declares.
  bool IsLeftOver(size_t block, NameId name) const {
    return !runs_[block] && index_.program().block(block).forward >= 0 &&
           index_.name(name).ends_with(kGradientSuffix) && index_.FirstDeclaration(name) != kNoVar;
  }

  void CheckBits(size_t block, OpId op) {
    const auto check = [&](std::string_view attribute, int32_t bits) {
      if (bits >= kFewestBits && bits <= kMostBits) return;
      Add(block, "bit-length", PlaceOfOp(index_, op, "attribute " + Quote(attribute)),
          "a bit length of " + std::to_string(bits), "it has to be 2 to 16");
    };
    index_.program().op(op).ForEachAttr([&](const AttrView& attr) {
      if (attr.name() == attributes::kBitLength) {
        if (const auto bits = attr.AsInt()) check(attributes::kBitLength, *bits);
      } else if (attr.name() == attributes::kQuantBits) {
        for (const int32_t bits : attr.AsInts()) check(attributes::kQuantBits, bits);
      }
    });
  }

  const Index& index_;
  Findings* findings_;
  NameId empty_;
  std::vector<bool> runs_;        // by block
  std::vector<bool> lists_;       // by op: it runs blocks, and its inputs are what they may use
  std::vector<bool> written_;     // by variable: an op that comes before the one at hand writes it
  std::vector<bool> read_early_;  // by variable
  std::vector<EarlyRead> early_reads_;
};

}  // namespace

void CheckOps(const Index& index, bool sound_sub_blocks, Findings* findings) {
  OpRules rules(index, findings);
  const Program& program = index.program();
  for (size_t b = 0; b < program.blocks().size(); ++b) {
    const Block& block = program.block(b);
    for (uint32_t i = 0; i < block.op_count; ++i) rules.Check(b, block.first_op + i);
  }
  for (const VarReference& reference : index.var_references()) rules.CheckReference(reference);
  // In a program that breaks other rules, a missing value follows from what was reported already.
  if (sound_sub_blocks && !findings->has_errors()) rules.CheckReads();
}

}  // namespace pdquant
