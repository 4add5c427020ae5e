// Which variables are parameters: the weights of the quantizable ops.
#ifndef PDQUANT_ANALYSIS_WEIGHTS_H_
#define PDQUANT_ANALYSIS_WEIGHTS_H_

#include <optional>
#include <vector>

#include "ir/index.h"

namespace pdquant {

class Parameters {
 public:
  // `startup` may be null.
  Parameters(const Index& main, const Index* startup);

  // The field is_parameter decides where the program has it (Paddle 2.x). Otherwise a parameter is persistable and the
  // Param of an optimizer op; or not written by a forward op and, where the program has optimizer ops, in the
  // op_role_var of an op or initialized in the startup program. What doubt is left: a persistable variable that the
  // startup program fills and nothing writes, which was made with create_global_var, is taken for a parameter; a frozen
  // parameter in a 1.x program with an optimizer is taken for an activation unless the startup program is given.
  bool IsParameter(VarId var) const;

 private:
  void ReadOps();
  bool InRoleVar(NameId name) const;
  bool InitializedInStartup(NameId name) const;

  const Index& main_;
  const Index* startup_;
  bool has_flags_ = false;  // some variable has the field is_parameter
  bool has_optimizer_ = false;
  std::vector<bool> written_;                             // by variable: a forward op writes it
  std::vector<bool> optimized_;                           // by variable: the Param of an optimizer op
  mutable std::optional<std::vector<bool>> in_role_var_;  // by name; made when first asked for
};

}  // namespace pdquant

#endif  // PDQUANT_ANALYSIS_WEIGHTS_H_
