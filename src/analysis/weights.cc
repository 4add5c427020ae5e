#include "analysis/weights.h"

#include "paddle/names.h"
#include "paddle/op_role.h"

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

bool Parameters::IsParameter(VarId var) const {
  if (has_flags_) return main_.is_parameter(var);
  if (!main_.persistable(var)) return false;
  // Lookahead writes parameters in ops of the forward role, too.
  if (optimized_[var]) return true;
  if (written_[var]) return false;
  if (!has_optimizer_) return true;
  const NameId name = main_.var_name(var);
  return InRoleVar(name) || InitializedInStartup(name);
}

}  // namespace pdquant
