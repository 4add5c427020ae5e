#include "analysis/weights.h"

#include <algorithm>

#include "paddle/names.h"
#include "paddle/op_role.h"
#include "paddle/tensor_ops.h"

namespace pdquant {

Parameters::Parameters(const Index& main, const Index* startup) : main_(main), startup_(startup) {
  for (VarId var = 0; var < main.program().var_count(); ++var) has_flags_ |= main.has_is_parameter(var);
  if (!has_flags_) ReadOps();
}

void Parameters::ReadOps() {
  const Program& program = main_.program();
  written_.resize(program.var_count());
  optimized_.resize(program.var_count());
  const NameId param = main_.names().Find(slots::kParam);
  for (size_t b = 0; b < program.blocks().size(); ++b) {
    const Block& block = program.block(b);
    for (OpId op = block.first_op; op < block.first_op + block.op_count; ++op) {
      switch (PartOf(main_, op)) {
        case OpPart::kForward:
          for (const Argument& argument : main_.outputs(op)) {
            const VarId var = main_.Lookup(b, argument.name);
            if (var != kNoVar && main_.persistable(var)) written_[var] = true;
          }
          break;
        case OpPart::kOptimizer:
          for (const Argument& argument : main_.inputs(op)) {
            if (argument.slot != param) continue;
            has_optimizer_ = true;
            const VarId var = main_.Lookup(b, argument.name);
            if (var != kNoVar) optimized_[var] = true;
          }
          break;
        default:
          break;
      }
    }
  }
}

bool Parameters::InRoleVar(NameId name) const {
  if (!in_role_var_) {
    in_role_var_.emplace(main_.names().size());
    for (OpId op = 0; op < main_.program().op_count(); ++op) {
      const auto attr = main_.program().op(op).attr(attributes::kOpRoleVar);
      if (!attr) continue;
      for (const std::string_view text : attr->AsStrings()) {
        const NameId id = main_.names().Find(text);
        if (id != kNoName) (*in_role_var_)[id] = true;
      }
    }
  }
  return (*in_role_var_)[name];
}

bool Parameters::InitializedInStartup(NameId name) const {
  if (startup_ == nullptr) return false;
  // The startup program declares what it initializes in its own block 0.
  const NameId in_startup = startup_->names().Find(main_.name(name));
  return in_startup != kNoName && startup_->DeclaredIn(0, in_startup) != kNoVar;
}

// By variable: how many ops write it, 2 standing for more as well.
const std::vector<uint8_t>& Parameters::Writes() const {
  if (!writes_) {
    const Program& program = main_.program();
    writes_.emplace(program.var_count());
    for (size_t b = 0; b < program.blocks().size(); ++b) {
      const Block& block = program.block(b);
      for (OpId op = block.first_op; op < block.first_op + block.op_count; ++op) {
        for (const Argument& argument : main_.outputs(op)) {
          const VarId written = main_.Lookup(b, argument.name);
          if (written != kNoVar && (*writes_)[written] < 2) ++(*writes_)[written];
        }
      }
    }
  }
  return *writes_;
}

bool Parameters::IsConstant(VarId var) const {
  return main_.persistable(var) && !main_.program().var(var).need_check_feed() && Writes()[var] == 0;
}

Parameters::Kind Parameters::KindOfOwn(VarId var) const {
  const auto declared_if = [&](bool declared) {
    return declared ? Kind::kDeclared : IsConstant(var) ? Kind::kConstant : Kind::kNone;
  };
  if (has_flags_) return declared_if(main_.is_parameter(var));
  if (!main_.persistable(var)) return Kind::kNone;
  // Lookahead writes parameters in ops of the forward role, too.
  if (optimized_[var]) return Kind::kDeclared;
  if (written_[var]) return Kind::kNone;
  if (!has_optimizer_) return Kind::kDeclared;
  const NameId name = main_.var_name(var);
  return declared_if(InRoleVar(name) || InitializedInStartup(name));
}

// A variable that several ops write may hold something else.
void Parameters::FindDerived() const {
  const Program& program = main_.program();
  roots_.emplace();
  std::vector<bool> keeps(main_.names().size());
  for (OpId op = 0; op < program.op_count(); ++op) {
    if (KeepsElements(main_.type(op))) keeps[main_.op(op).type] = true;
  }
  if (std::find(keeps.begin(), keeps.end(), true) == keeps.end()) return;
  roots_->assign(program.var_count(), kNoVar);
  for (OpId op = 0; op < program.op_count(); ++op) {
    if (!keeps[main_.op(op).type]) continue;
    const VarId from = main_.InputVar(op, slots::kX);
    const VarId to = main_.OutputVar(op, slots::kOut);
    if (from == kNoVar || to == kNoVar || Writes()[to] > 1 || main_.persistable(to)) continue;
    (*roots_)[to] = KindOfOwn(from) != Kind::kNone ? from : (*roots_)[from];
  }
}

VarId Parameters::RootOf(VarId var) const {
  if (KindOfOwn(var) != Kind::kNone) return var;
  if (!roots_) FindDerived();
  return roots_->empty() ? kNoVar : (*roots_)[var];
}

Parameters::Kind Parameters::KindOf(VarId var) const {
  const Kind own = KindOfOwn(var);
  return own == Kind::kNone && RootOf(var) != kNoVar ? Kind::kDerived : own;
}

}  // namespace pdquant
