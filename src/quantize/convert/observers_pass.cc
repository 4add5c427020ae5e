#include <cmath>
#include <map>
#include <set>
#include <vector>

#include "check/rules.h"
#include "paddle/control_ops.h"
#include "paddle/names.h"
#include "paddle/quantization_ops.h"
#include "quantize/convert/convert_passes.h"
#include "quantize/freeze/frozen_products.h"
#include "quantize/freeze/out_scales.h"
#include "quantize/pass_run.h"

namespace pdquant {

class DissolveObserversPass::Rewriter : private PassRun<DissolveObserversPass> {
 public:
  Rewriter(const PassContext& context, DissolveObserversPass* pass)
      : PassRun(context, pass),
        integers_of_(index_.program().var_count(), kNoVar),
        same_as_(index_.program().var_count(), kNoVar) {}

  bool Run() {
    for (OpId op = 0; op < index_.program().op_count(); ++op) {
      const QuantizationOp* kind = FindQuantizationOp(index_.type(op));
      if (kind != nullptr && index_.program().op(op).BoolOr(attributes::kOnlyObserver, false)) {
        Dissolve(op, *kind);
      } else {
        Visit(op);
      }
    }
    if (removed_.empty() || context_.findings->has_errors()) return !context_.findings->has_errors();
    CleanLists();
    for (const OpId op : removed_) RemoveOp(op);
    rewrites_.Queue(&context_.main->edits);
    return true;
  }

 private:
  // What a variable is, where an observer passed it on.
  VarId Original(VarId var) const { return same_as_[var] == kNoVar ? var : same_as_[var]; }

  void Dissolve(OpId op, const QuantizationOp& kind) {
    const VarId from = index_.InputVar(op, kind.operand);
    const VarId to = index_.OutputVar(op, kind.output);
    if (from == kNoVar || to == kNoVar) return;
    if (kind.role == QuantizationRole::kQuantize) {
      RefuseOtherReaders(to);
      integers_of_[to] = Original(from);
      TellThreshold(Original(from), index_.InputVar(op, kind.scale));
    } else if (integers_of_[from] != kNoVar) {
      same_as_[to] = integers_of_[from];
      copies_[integers_of_[from]].insert(to);
    } else {
      return;  // its partner isn't there: it is reported as one that is alone
    }
    removed_.insert(op);
    for (const Argument& argument : index_.arguments(op)) {
      if (index_.name(argument.slot) != kind.operand || kind.role == QuantizationRole::kDequantize)
        pass_->unneeded_.emplace(index_.name(argument.name));
    }
  }

  // The integers go with the observer: only what passes the value on may read them.
  void RefuseOtherReaders(VarId integers) {
    for (const OpId reader : uses_.readers(integers)) {
      const QuantizationOp* kind = FindQuantizationOp(index_.type(reader));
      const bool partner = kind != nullptr && kind->role == QuantizationRole::kDequantize &&
                           index_.program().op(reader).BoolOr(attributes::kOnlyObserver, false);
      if (partner || uses_.OnlyLists(reader, integers)) continue;
      context_.findings->Error("foreign-quantization", PlaceOfOp(index_, reader, "", index_.NameOf(integers)),
                               "it reads the integers that an observer writes, which goes");
    }
  }

  void TellThreshold(VarId value, VarId scale) {
    const auto writers = uses_.writers(value);
    if (pass_->values_ == nullptr || scale == kNoVar || writers.size() != 1) return;
    const Result<std::vector<float>> read = pass_->values_->Read(index_.NameOf(scale), 1);
    if (!read.ok() || read->empty() || !std::isfinite((*read)[0])) return;
    SetOutScale(index_, writers[0], value, (*read)[0], &rewrites_);
  }

  void Visit(OpId op) {
    const size_t block = index_.program().BlockOfOp(op);
    for (const Argument& argument : index_.inputs(op)) {
      const VarId var = index_.Lookup(block, argument.name);
      if (var == kNoVar || same_as_[var] == kNoVar) continue;
      rewrites_.ReplaceInput(op, index_.name(argument.slot), index_.name(argument.name),
                             {index_.NameOf(same_as_[var])});
    }
    for (const Argument& argument : index_.outputs(op)) {
      const VarId var = index_.Lookup(block, argument.name);
      if (var == kNoVar) continue;
      integers_of_[var] = kNoVar;
      if (same_as_[var] != kNoVar) copies_[same_as_[var]].erase(var);
      same_as_[var] = kNoVar;
      Overwrite(op, var);
    }
  }

  // A value that is written again: what was passed on of it would be lost, if somebody reads that still.
  void Overwrite(OpId op, VarId var) {
    const auto found = copies_.find(var);
    if (found == copies_.end()) return;
    for (const VarId copy : found->second) {
      same_as_[copy] = kNoVar;
      for (const OpId reader : uses_.readers(copy)) {
        if (reader <= op || removed_.contains(reader)) continue;
        context_.findings->Error("foreign-quantization", PlaceOfOp(index_, reader, "", index_.NameOf(copy)),
                                 "it reads what an observer passed on of a value that is overwritten before it");
        break;
      }
    }
    copies_.erase(found);
  }

  // The lists of control ops lose what only the pairs had.
  void CleanLists() {
    std::set<NameId> used;
    for (OpId op = 0; op < index_.program().op_count(); ++op) {
      if (removed_.contains(op) || FindControlOp(index_.type(op)) != nullptr) continue;
      for (const Argument& argument : index_.arguments(op)) used.insert(argument.name);
    }
    const auto goes = [&](VarId var) {
      return var != kNoVar && !used.contains(index_.var_name(var)) && pass_->unneeded_.contains(index_.NameOf(var));
    };
    CleanControlLists(index_, goes, &rewrites_);
  }

  std::set<OpId> removed_;
  std::vector<VarId> integers_of_;           // by variable: the value of which an observer made integers
  std::vector<VarId> same_as_;               // by variable: the value that an observer passed on as it
  std::map<VarId, std::set<VarId>> copies_;  // the reverse
};

Result<Outcome> DissolveObserversPass::Run(const PassContext& context) {
  unneeded_.clear();
  Rewriter rewriter(context, this);
  if (!rewriter.Run()) return BadInput("the program's observers can't be taken out");
  return context.main->edits.empty() ? Outcome::kUnchanged : Outcome::kChanged;
}

}  // namespace pdquant
