#include <cstdint>
#include <vector>

#include "diff/diff_report.h"
#include "show/html_page.h"
#include "show/view_document.h"

namespace pdquant {
namespace {

// What of A isn't in B, and what the rest of A is in B.
OldOps OldOf(const ProgramDiff& diff) {
  const Index& a = diff.a().index();
  const Index& b = diff.b().index();
  const Matching& matching = diff.matching();
  OldOps old;
  old.index = &a;
  old.block_of = matching.blocks.b_of_a;
  old.var_of.assign(a.program().var_count(), kNoVar);
  for (size_t block = 0; block < a.program().blocks().size(); ++block) {
    const Block& from = a.program().block(block);
    const uint32_t to = old.block_of[block];
    for (uint32_t i = 0; i < from.var_count && to != kNoPartner; ++i) {
      const NameId name = matching.names.b_of_a[a.var_name(from.first_var + i)];
      if (name != kNoPartner) old.var_of[from.first_var + i] = b.DeclaredIn(to, name);
    }
    OpId behind = UINT32_MAX;
    for (uint32_t i = 0; i < from.op_count; ++i) {
      const uint32_t partner = matching.ops.b_of_a[from.first_op + i];
      if (partner == kNoPartner) {
        old.ops.push_back({from.first_op + i, behind});
      } else if (b.program().BlockOfOp(partner) == to) {
        behind = partner;
      }
    }
  }
  return old;
}

}  // namespace

// Without parameters nothing can fail but the sink.
bool WriteDiffHtml(const DiffResult& result, const TextSink& sink) {
  HtmlPage page(sink);
  if (result.program != nullptr) {
    // Of equal programs nothing is matched, and nothing is missing.
    const OldOps old = result.program->equal() ? OldOps() : OldOf(*result.program);
    ViewOptions view;
    view.title = TitleOfInput(result.paths[0]) + " → " + TitleOfInput(result.paths[1]);
    if (old.index != nullptr) view.old = &old;
    if (!WriteViewDocument(result.program->b().index(), view, page.Begin("program")).ok()) return false;
    page.End();
  }
  if (!WriteDiffJson(result, page.Begin("diff"))) return false;
  page.End();
  return page.Finish();
}

}  // namespace pdquant
