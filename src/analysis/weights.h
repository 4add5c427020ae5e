// Which variables are parameters: the weights of the quantizable ops.
#ifndef PDQUANT_ANALYSIS_WEIGHTS_H_
#define PDQUANT_ANALYSIS_WEIGHTS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "ir/index.h"

namespace pdquant {

class Parameters {
 public:
  // `startup` may be null.
  Parameters(const Index& main, const Index* startup);

  enum class Kind : uint8_t {
    kNone,      // no parameter
    kDeclared,  // a parameter to Paddle, too
    kConstant,  // one by its use: persistable, and nothing in the program writes or feeds it
    kDerived,   // made of one of these, by ops that keep its elements (KeepsElements): casts and changes of shape
  };

  // The field is_parameter tells where the program has it (Paddle 2.x). Otherwise a parameter is persistable and the
  // Param of an optimizer op; or not written by a forward op and, where the program has optimizer ops, in the
  // op_role_var of an op or initialized in the startup program. What is left are the weights that a loaded base brings
  // into a training program (load_inference_model): constants. What doubt is left: a persistable variable that the
  // startup program fills and nothing writes, which was made with create_global_var, is taken for a parameter.
  Kind KindOf(VarId var) const;
  bool IsParameter(VarId var) const { return KindOf(var) != Kind::kNone; }
  // The parameter that a parameter or a derived variable is made of; kNoVar for others.
  VarId RootOf(VarId var) const;

 private:
  Kind KindOfOwn(VarId var) const;
  void FindDerived() const;
  void ReadOps();
  bool InRoleVar(NameId name) const;
  bool InitializedInStartup(NameId name) const;
  const std::vector<uint8_t>& Writes() const;
  bool IsConstant(VarId var) const;

  const Index& main_;
  const Index* startup_;
  bool has_flags_ = false;  // some variable has the field is_parameter
  bool has_optimizer_ = false;
  std::vector<bool> written_;    // by variable: a forward op writes it
  std::vector<bool> optimized_;  // by variable: the Param of an optimizer op
  // Made when first asked for:
  mutable std::optional<std::vector<bool>> in_role_var_;  // by name
  mutable std::optional<std::vector<uint8_t>> writes_;    // by variable
  mutable std::optional<std::vector<VarId>> roots_;       // by variable; empty where nothing can be derived
};

}  // namespace pdquant

#endif  // PDQUANT_ANALYSIS_WEIGHTS_H_
