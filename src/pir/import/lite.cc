#include "pir/import/lite.h"

#include "base/escape.h"
#include "pdquant/framework.pb.h"

namespace pdquant::pir {

void CheckForLite(Context* context) {
  const std::vector<bool> used = context->draft.UsedVars();
  for (VarId i = 1; i < used.size(); ++i) {
    const DraftVar& var = context->draft.var(i);
    if (!used[i] || var.kind != proto::VarType::LOD_TENSOR || !var.dims.empty()) continue;
    context->reasons->Add(
        kNone, "import-lite",
        "the tensor " + Quote(var.name) +
            " has no dimensions, as tensors of Paddle 2.5 and later may; Paddle-Lite has none of that kind");
  }
}

}  // namespace pdquant::pir
