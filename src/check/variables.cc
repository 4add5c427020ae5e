#include <string>

#include "check/rules.h"
#include "pdquant/framework.pb.h"

namespace pdquant {
namespace {

constexpr int64_t kMostElements = int64_t{1} << 40U;
constexpr size_t kMostDims = 9;  // of Paddle's DDim

// What is impossible about a shape; empty where it is possible. A dimension of -1 is unknown until run time.
std::string WrongShape(const TensorType& tensor) {
  if (tensor.dims.size() > kMostDims) return std::to_string(tensor.dims.size()) + " dimensions; Paddle has at most 9";
  int64_t elements = 1;
  for (const int64_t dim : tensor.dims) {
    if (dim < -1) return "a dimension of " + std::to_string(dim);
    if (dim == -1) continue;
    if (dim > kMostElements || __builtin_mul_overflow(elements, dim, &elements) || elements > kMostElements) {
      return "more than 2^40 elements";
    }
  }
  return "";
}

}  // namespace

void CheckVariables(const Index& index, Findings* findings) {
  const Program& program = index.program();
  for (size_t b = 0; b < program.blocks().size(); ++b) {
    const Block& block = program.block(b);
    for (uint32_t i = 0; i < block.var_count; ++i) {
      const VarId var = block.first_var + i;
      const auto place = [&] {
        Place p;
        p.block = static_cast<int32_t>(b);
        p.variable = index.name(index.var_name(var));
        return p;
      };
      if (index.name(index.var_name(var)).empty()) {
        findings->Error("empty-name", place(), "variable " + std::to_string(i) + " of the block has an empty name",
                        "the file is damaged: export it again");
      } else if (index.IsDeclaredAgain(var) && index.DeclaredIn(b, index.var_name(var)) != var) {
        findings->Error("duplicate-variable", place(), "the block declares the variable twice",
                        "remove one declaration, or export the program again");
      }
      if (!index.persistable(var)) continue;
      const auto [kind, tensor] = program.var(var).kind_and_tensor();
      if (kind != proto::VarType::LOD_TENSOR) continue;
      const std::string wrong = tensor ? WrongShape(*tensor) : "";
      if (!wrong.empty())
        findings->Error("tensor-shape", place(), "the shape of a persistable tensor has " + wrong,
                        "the file is damaged: export it again");
    }
  }
}

}  // namespace pdquant
