#include "analysis/value_types.h"

#include <string>

#include "paddle/names.h"
#include "pdquant/framework.pb.h"

namespace pdquant {

namespace {

int32_t Declared(const Index& index, VarId var) { return ValueTypes::Declared(index.program().var(var).lod_tensor()); }

// By name: what the first of its declarations says that says anything.
std::vector<int32_t> DeclaredByName(const Index& index) {
  std::vector<int32_t> types(index.names().size(), kUnknownType);
  for (VarId var = 0; var < index.program().var_count(); ++var) {
    int32_t& type = types[index.var_name(var)];
    if (type == kUnknownType) type = Declared(index, var);
  }
  return types;
}

// The same of a startup program, whose ops tell, too.
std::vector<int32_t> InitializedByName(const Index& startup) {
  std::vector<int32_t> types = DeclaredByName(startup);
  for (OpId op = 0; op < startup.program().op_count(); ++op) {
    for (const Argument& argument : startup.outputs(op)) {
      int32_t& type = types[argument.name];
      if (type == kUnknownType) type = TypeByAttributes(startup, op);
    }
  }
  return types;
}

}  // namespace

int32_t ValueTypes::Declared(const std::optional<TensorType>& tensor) {
  return tensor && tensor->data_type != proto::VarType::BOOL ? tensor->data_type : kUnknownType;
}

int32_t ValueTypes::TypeOf(VarId var) const {
  if (const int32_t declared = pdquant::Declared(main_, var); declared != kUnknownType) return declared;
  if (!built_) Build();
  return types_[var];
}

// The ops come in the order of the program, so that what an op reads is known before what it writes.
void ValueTypes::Build() const {
  built_ = true;
  const Program& program = main_.program();
  const std::vector<int32_t> by_name = DeclaredByName(main_);
  const std::vector<int32_t> in_startup = startup_ == nullptr ? std::vector<int32_t>() : InitializedByName(*startup_);
  types_.resize(program.var_count());
  for (VarId var = 0; var < types_.size(); ++var) {
    types_[var] = pdquant::Declared(main_, var);
    if (types_[var] == kUnknownType) types_[var] = FromNames(var, by_name, in_startup);
  }
  for (size_t b = 0; b < program.blocks().size(); ++b) {
    const Block& block = program.block(b);
    for (OpId op = block.first_op; op < block.first_op + block.op_count; ++op) {
      for (const Argument& argument : main_.outputs(op)) {
        const VarId var = main_.Lookup(b, argument.name);
        if (var != kNoVar && types_[var] == kUnknownType) types_[var] = FromWriter(b, op);
      }
    }
  }
}

int32_t ValueTypes::FromNames(VarId var, const std::vector<int32_t>& by_name,
                              const std::vector<int32_t>& in_startup) const {
  const std::string_view name = main_.name(main_.var_name(var));
  const auto type_of = [](const Index& index, const std::vector<int32_t>& types, std::string_view of) {
    const NameId id = index.names().Find(of);
    return id == kNoName ? kUnknownType : types[id];
  };
  int32_t type = startup_ == nullptr ? kUnknownType : type_of(*startup_, in_startup, name);
  if (type == kUnknownType) type = by_name[main_.var_name(var)];
  if (type == kUnknownType) type = type_of(main_, by_name, std::string(name) + std::string(kGradientSuffix));
  return type == kUnknownType ? type_of(main_, by_name, VariableOfRecomputed(name)) : type;
}

// An op writes the type of its data.
int32_t ValueTypes::FromWriter(size_t block, OpId op) const {
  if (const int32_t type = TypeByAttributes(main_, op); type != kUnknownType) return type;
  int32_t found = kUnknownType;
  for (const Argument& argument : main_.inputs(op)) {
    const VarId var = main_.Lookup(block, argument.name);
    if (var == kNoVar || !IsFloatType(types_[var])) continue;
    for (const std::string_view slot : DataSlots()) {
      if (main_.name(argument.slot) == slot) return types_[var];
    }
    if (found == kUnknownType) found = types_[var];
  }
  return found;
}

}  // namespace pdquant
