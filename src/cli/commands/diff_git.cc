#include "cli/commands/diff_git.h"

#include <string>

#include "base/counted.h"
#include "base/escape.h"
#include "cli/commands/diff_run.h"
#include "diff/diff_report.h"
#include "files/output.h"

namespace pdquant {
namespace {

constexpr char kNoFile[] = "/dev/null";
constexpr char kNoMode[] = ".";

// What is there where there was nothing, or the other way round.
std::string DescribeOnly(const std::string& file, const CommonOptions& common) {
  Findings findings;
  const Result<DiffInput> input = OpenDiffInput(file, false, "", common.limits, &findings);
  if (!input.ok()) return input.status().message();
  if (!input->content.program) return "a parameter file";
  const Program& program = *input->content.program;
  return "a program with " + Counted(program.op_count(), "op") + " and " + Counted(program.var_count(), "variable");
}

// The names that git would show, instead of those of temporary files.
void Rename(DiffResult* result, const std::string& old_path, const std::string& new_path) {
  result->paths = {"a/" + old_path, "b/" + new_path};
}

std::string Head(const DiffArguments& arguments, const std::string& new_path) {
  const auto& in = arguments.inputs;
  std::string head = "diff --pdquant " + EscapeWhole("a/" + in[0]) + " " + EscapeWhole("b/" + new_path) + "\n";
  if (in[1] == kNoFile) head += "new file mode " + Escape(in[6]) + "\n";
  if (in[4] == kNoFile) head += "deleted file mode " + Escape(in[3]) + "\n";
  if (in[3] != in[6] && in[3] != kNoMode && in[6] != kNoMode && in[1] != kNoFile && in[4] != kNoFile) {
    head += "old mode " + Escape(in[3]) + "\nnew mode " + Escape(in[6]) + "\n";
  }
  if (in.size() == 9) {
    // git's own lines: "similarity index 95%\nrename from …\n".
    std::string_view rest = in[8];
    while (!rest.empty()) {
      const size_t end = rest.find('\n');
      if (end != 0) head += Escape(rest.substr(0, end)) + "\n";
      rest = end == std::string_view::npos ? "" : rest.substr(end + 1);
    }
  }
  return head;
}

}  // namespace

int RunDiffForGit(const DiffArguments& arguments, const CommonOptions& common, Console* console) {
  Status output;
  const TextSink sink = [&output](std::string_view text) {
    output = WriteStandardOutput(text);
    return output.ok();
  };
  const auto end = [&] { return output.ok() ? 0 : console->Fail(output); };
  const auto& in = arguments.inputs;
  if (in.size() == 1) {
    sink("* Unmerged path " + EscapeWhole(in[0]) + "\n");
    return end();
  }
  const std::string& new_path = in.size() == 9 ? in[7] : in[0];
  if (!sink(Head(arguments, new_path))) return end();
  if (in[1] == kNoFile || in[4] == kNoFile) {
    const bool is_new = in[1] == kNoFile;
    const std::string& file = is_new ? in[4] : in[1];
    if (file != kNoFile) sink((is_new ? "new: " : "deleted: ") + DescribeOnly(file, common) + "\n");
    return end();
  }
  DiffRun run(arguments, common, console->findings_capacity());
  if (const Status compared = run.Compare(in[1], in[4]); !compared.ok()) {
    // What was found says more than an empty message.
    std::string why = compared.message();
    for (size_t side = 0; side < 2 && why.empty(); ++side) {
      if (run.findings(side).has_errors()) why = Quote(in[side == 0 ? 1 : 4]) + " can't be read as what it looks like";
    }
    sink("can't be compared by meaning: " + why + "\n");
    return end();
  }
  DiffResult* result = run.result();
  Rename(result, in[0], new_path);
  if (result->equal()) {
    if (in[2] != in[5]) sink("equal by meaning: the bytes differ\n");
    return end();
  }
  DiffOutput options;
  options.limit = console->list_limit();
  options.expand = arguments.expand;
  WriteDiff(*result, options, sink);
  return end();
}

}  // namespace pdquant
