// What the passes over models work with while they run.
#ifndef PDQUANT_QUANTIZE_PASS_RUN_H_
#define PDQUANT_QUANTIZE_PASS_RUN_H_

#include "analysis/uses.h"
#include "ir/edit/op_rewrites.h"
#include "ir/index.h"
#include "quantize/pass.h"

namespace pdquant {

// The main program, who reads and writes its variables, and the changes of its ops, which a pass queues when it has
// seen all. `P` is the pass.
template <typename P>
class PassRun {
 protected:
  // Both have to outlive the run.
  PassRun(const PassContext& context, P* pass)
      : context_(context), pass_(pass), index_(context.main->index), uses_(index_), rewrites_(index_.program()) {}

  // The op goes, whatever was to become of it.
  void RemoveOp(OpId op) {
    context_.main->edits.RemoveOp(op);
    rewrites_.Forget(op);
  }

  const PassContext& context_;
  P* pass_;
  const Index& index_;
  Uses uses_;
  OpRewrites rewrites_;
};

}  // namespace pdquant

#endif  // PDQUANT_QUANTIZE_PASS_RUN_H_
