#include "diff/diff_report.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "base/escape.h"
#include "base/words.h"
#include "check/rules.h"
#include "diff/diff_text.h"

namespace pdquant {
namespace {

using What = Change::What;

constexpr Level kError = Level::kError;
constexpr std::array<ReportRule, 16> kRules = {{
    {"op-inserted", kError, "An op is only in B", ""},
    {"op-removed", kError, "An op is only in A", ""},
    {"op-changed", kError, "An op has other arguments or attributes", ""},
    {"op-moved", kError, "An op stands elsewhere", "With --ignore-order, only where values change with it."},
    {"variable-inserted", kError, "A variable is only in B", ""},
    {"variable-removed", kError, "A variable is only in A", ""},
    {"variable-changed", kError, "A variable has another type or property", ""},
    {"variables-renamed", kError, "Variables are renamed consistently", "Equal with --ignore-names."},
    {"block-inserted", kError, "A block that no op runs is only in B", ""},
    {"block-removed", kError, "A block that no op runs is only in A", ""},
    {"block-changed", kError, "A block lies in another block, or has unknown fields", ""},
    {"program-changed", kError, "The version of Paddle or of an op, or an unknown field, is another one", ""},
    {"tensor-inserted", kError, "A parameter is only in B", ""},
    {"tensor-removed", kError, "A parameter is only in A", ""},
    {"tensor-changed", kError, "A parameter has another type or shape", ""},
    {"tensor-values", kError, "A parameter has other values", ""},
}};

std::string_view CodeOf(const Change& change) {
  const auto pick = [&](size_t inserted, size_t removed, size_t changed) {
    return kRules[change.inserted() ? inserted : change.removed() ? removed : changed].code;
  };
  switch (change.what) {
    case What::kProgram:
      return kRules[11].code;
    case What::kRenames:
      return kRules[7].code;
    case What::kBlock:
      return pick(8, 9, 10);
    case What::kOp:
      return change.moved ? kRules[3].code : pick(0, 1, 2);
    case What::kVar:
      break;
  }
  return pick(4, 5, 6);
}

Place PlaceOf(const ProgramDiff& diff, const Change& change) {
  const bool in_b = change.b != kNoPartner;
  const ComparedProgram& side = in_b ? diff.b() : diff.a();
  const uint32_t number = in_b ? change.b : change.a;
  if (change.what == What::kOp) return PlaceOfOp(side.index(), number);
  Place place;
  if (change.what == What::kVar) {
    place.block = static_cast<int32_t>(side.program().BlockOfVar(number));
    place.variable = side.index().name(side.index().var_name(number));
  } else if (change.what == What::kBlock) {
    place.block = static_cast<int32_t>(number);
  }
  return place;
}

// "inserted: relu(X=a) -> Out=b", "changed: attr groups: 1 -> 2; was 0:3".
std::string TextOf(const Change& change, const ChangeText& text) {
  std::string line;
  if (change.inserted() || change.removed()) {
    line = (change.inserted() ? "inserted: " : "removed: ") + text.title;
    for (const std::string& detail : text.details) line += "; " + detail;
    if (change.removed() && change.what == What::kOp) line += "; the place is that in A";
    return line;
  }
  for (const std::string& detail : text.details) line += (line.empty() ? "" : "; ") + detail;
  if (line.empty()) line = text.title;
  if (!text.place_a.empty() && text.place_a != text.place_b) line += "; in A " + text.place_a;
  return line;
}

std::string_view CodeOf(const TensorChange& change) {
  if (!change.type_a) return kRules[12].code;
  if (!change.type_b) return kRules[13].code;
  return change.type_differs ? kRules[14].code : kRules[15].code;
}

Findings FindingsOf(const DiffResult& result, const DiffOutput& options) {
  Findings findings(std::max(options.limit, Findings::kDefaultCapacity));
  const ProgramDiff* diff = result.program.get();
  for (size_t i = 0; diff != nullptr && i < diff->changes().size(); ++i) {
    const Change& change = diff->changes()[i];
    if (!HasLine(change, options.expand)) continue;
    if (!findings.keeps(kError)) {
      findings.Error(CodeOf(change), {}, "");
    } else {
      findings.Error(CodeOf(change), PlaceOf(*diff, change), TextOf(change, Describe(*diff, i, {})));
    }
  }
  for (const TensorChange& change : result.tensor_changes) {
    findings.Error(CodeOf(change), {}, NameTensorChange(change) + ": " + DescribeTensorChange(change));
  }
  return findings;
}

std::string Title(const DiffResult& result) {
  return NameOfInput(result.paths[0]) + " -> " + NameOfInput(result.paths[1]) + ": " + result.Summary();
}

bool WriteReport(const DiffResult& result, const DiffOutput& options, const TextSink& sink) {
  const Findings findings = FindingsOf(result, options);
  Report report;
  report.command = "diff";
  report.exit_code = result.equal() ? 0 : 1;
  report.summary = Title(result);
  report.inputs.push_back({result.paths[1], &findings, {kRules.begin(), kRules.end()}});
  return RowOf(options.format).write_findings(report, sink);
}

}  // namespace

std::string DiffResult::Summary() const {
  if (equal()) return "equal";
  std::string summary;
  if (program != nullptr && !program->equal()) summary = DescribeCounts(*program);
  if (tensor_changes.empty()) return summary;
  if (!summary.empty()) summary += "; ";
  return summary + std::to_string(tensor_changes.size()) + " of " + Counted(tensors, "tensor") +
         (tensor_changes.size() == 1 ? " differs" : " differ");
}

bool WriteDiffLines(const DiffResult& result, const DiffOutput& options, const TextSink& sink) {
  if (!sink(Title(result) + "\n")) return false;
  DiffTextOptions text;
  text.limit = options.limit;
  text.expand = options.expand;
  if (options.limit == SIZE_MAX) text.describe = {SIZE_MAX / 2, SIZE_MAX / 2};
  if (result.program != nullptr && !WriteDiffText(*result.program, text, sink)) return false;
  TextBuffer buffer(sink);
  const size_t shown = std::min(options.limit, result.tensor_changes.size());
  for (size_t i = 0; i < shown; ++i) {
    const TensorChange& change = result.tensor_changes[i];
    *buffer.text() += !change.type_a ? "+ " : !change.type_b ? "- " : "~ ";
    *buffer.text() += NameTensorChange(change) + ": " + DescribeTensorChange(change) + "\n";
    if (!buffer.Flow()) return false;
  }
  if (shown < result.tensor_changes.size()) {
    *buffer.text() +=
        "and " + std::to_string(result.tensor_changes.size() - shown) + " more tensors; --all shows them\n";
  }
  return buffer.Flush();
}

bool WriteDiff(const DiffResult& result, const DiffOutput& options, const TextSink& sink) {
  switch (options.format) {
    case OutputFormat::kText:
      return result.equal() || WriteDiffLines(result, options, sink);
    case OutputFormat::kJson:
      return WriteDiffJson(result, sink);
    case OutputFormat::kHtml:
      return WriteDiffHtml(result, sink);
    case OutputFormat::kMarkdown:
      return result.equal() || WriteDiffMarkdown(result, options, sink);
    case OutputFormat::kGithub:
      return result.equal() || WriteReport(result, options, sink);
    default:
      return WriteReport(result, options, sink);
  }
}

}  // namespace pdquant
