#include <sys/stat.h>

#include <cmath>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/escape.h"
#include "base/words.h"
#include "cli/commands/commands.h"
#include "cli/commands/diff_run.h"
#include "cli/shell/outputs.h"
#include "cli/shell/standard_streams.h"
#include "diff/diff_report.h"
#include "files/input.h"
#include "files/path.h"

namespace pdquant {
namespace {

constexpr char kNoFile[] = "/dev/null";
constexpr char kNoMode[] = ".";

// A file that changed, as git hands it over.
struct GitChange {
  std::string old_path;  // in the repository
  std::string new_path;
  std::string old_file;  // to read; /dev/null where there is none
  std::string new_file;
  std::string old_mode;  // "100644"
  std::string new_mode;
  std::string renaming;  // git's own lines: "similarity index 95%\nrename from …\n"

  bool is_new() const { return old_file == kNoFile; }
  bool is_deleted() const { return new_file == kNoFile; }
};

// `diff --git`: what git asks of an external diff driver (gitattributes(5), GIT_EXTERNAL_DIFF of git(1)) and of a
// difftool. A driver gets PATH OLD-FILE OLD-HEX OLD-MODE NEW-FILE NEW-HEX NEW-MODE, of a renamed file NEW-PATH and what
// git says of the renaming behind them, of an unmerged one PATH alone; a difftool gets two folders
// (git difftool --dir-diff). Returns 0, whatever the files are: for git any other exit code is the end of the whole
// diff. Only a standard output that can't be written is a failure.
class GitDiff {
 public:
  GitDiff(const DiffArguments& arguments, const CommonOptions& common, Console* console)
      : arguments_(arguments), common_(common), console_(console) {}

  int Do() {
    const std::vector<std::string>& in = arguments_.inputs;
    if (in.size() == 1) {
      Write("* Unmerged path " + EscapeWhole(in[0]) + "\n");
    } else if (in.size() == 2) {
      ShowFolders(in[0], in[1]);
    } else {
      const bool renamed = in.size() == 9;
      Show({in[0], renamed ? in[7] : in[0], in[1], in[4], in[3], in[6], renamed ? in[8] : ""});
    }
    return console_->Fail(output_.status());
  }

 private:
  bool Write(const std::string& text) const { return output_.sink()(text); }

  static std::string ModeOf(const std::string& file) {
    struct stat status = {};
    if (file == kNoFile || stat(file.c_str(), &status) != 0) return kNoMode;
    return (status.st_mode & S_IXUSR) != 0 ? "100755" : "100644";
  }

  bool HaveSameBytes(const std::string& a, const std::string& b) const {
    const Result<Bytes> left = ReadInput(a, common_.limits.max_bytes);
    if (!left.ok()) return false;
    const Result<Bytes> right = ReadInput(b, common_.limits.max_bytes);
    return right.ok() && left->view() == right->view();
  }

  void ShowFiles(const std::string& old_path, const std::string& new_path, const std::string& old_file,
                 const std::string& new_file) {
    const GitChange change = {old_path, new_path, old_file, new_file, ModeOf(old_file), ModeOf(new_file), ""};
    if (change.old_mode != change.new_mode || !HaveSameBytes(old_file, new_file)) Show(change);
  }

  // The files below a folder, by their paths from there; links are files whatever they lead to.
  void ListFiles(const std::string& folder, std::set<std::string>* files) const {
    namespace fs = std::filesystem;
    std::error_code error;
    for (fs::recursive_directory_iterator entry(folder, error); !error && entry != fs::recursive_directory_iterator();
         entry.increment(error)) {
      std::error_code ignored;
      if (entry->is_symlink(ignored) || !entry->is_directory(ignored)) {
        files->insert(entry->path().lexically_relative(folder).string());
      }
    }
    if (error) Write(NameOfInput(folder) + ": can't be listed: " + error.message() + "\n");
  }

  void ShowFolders(const std::string& left, const std::string& right) {
    std::set<std::string> files;
    ListFiles(left, &files);
    ListFiles(right, &files);
    for (const std::string& file : files) {
      const auto find = [&](const std::string& folder) {
        std::error_code error;
        const std::string path = folder + "/" + file;
        return std::filesystem::exists(std::filesystem::symlink_status(path, error)) ? path : kNoFile;
      };
      ShowFiles(file, file, find(left), find(right));
    }
  }

  static std::string Head(const GitChange& change) {
    std::string head =
        "diff --pdquant " + EscapeWhole("a/" + change.old_path) + " " + EscapeWhole("b/" + change.new_path) + "\n";
    if (change.is_new()) head += "new file mode " + Escape(change.new_mode) + "\n";
    if (change.is_deleted()) head += "deleted file mode " + Escape(change.old_mode) + "\n";
    if (change.old_mode != change.new_mode && change.old_mode != kNoMode && change.new_mode != kNoMode &&
        !change.is_new() && !change.is_deleted()) {
      head += "old mode " + Escape(change.old_mode) + "\nnew mode " + Escape(change.new_mode) + "\n";
    }
    for (const std::string_view line : Split(change.renaming, '\n')) {
      if (!line.empty()) head += Escape(line) + "\n";
    }
    return head;
  }

  // What a message says of the temporary file that git made, of the file in the repository.
  static std::string WithPath(std::string message, const std::string& file, const std::string& path) {
    const std::string quoted = Quote(file);
    if (const size_t at = message.find(quoted); at != std::string::npos)
      message.replace(at, quoted.size(), Quote(path));
    return message;
  }

  // What is there where there was nothing, or the other way round.
  std::string DescribeOnly(const std::string& file, const std::string& path) const {
    Findings findings;
    const Result<DiffInput> input = OpenDiffInput(file, false, "", "", common_.limits, &findings);
    if (!input.ok()) {
      const std::string& why = input.status().message();
      return why.empty() ? "can't be read as a program" : WithPath(why, file, path);
    }
    if (!input->content.program) return "a parameter file";
    const Program& program = *input->content.program;
    return "a program with " + Counted(program.op_count(), "op") + " and " + Counted(program.var_count(), "variable");
  }

  void Show(const GitChange& change) {
    if (!Write(Head(change))) return;
    if (change.is_new() || change.is_deleted()) {
      const std::string& file = change.is_new() ? change.new_file : change.old_file;
      const std::string path = change.is_new() ? "b/" + change.new_path : "a/" + change.old_path;
      if (file != kNoFile) Write((change.is_new() ? "new: " : "deleted: ") + DescribeOnly(file, path) + "\n");
      return;
    }
    // Their hashes don't tell: git has none yet for a file in the work tree.
    if (HaveSameBytes(change.old_file, change.new_file)) return;
    DiffRun run(arguments_, common_, console_->findings_capacity());
    if (const Status compared = run.Compare(change.old_file, change.new_file); !compared.ok()) {
      // What was found says more than an empty message.
      std::string why = WithPath(compared.message(), change.old_file, "a/" + change.old_path);
      why = WithPath(why, change.new_file, "b/" + change.new_path);
      for (size_t side = 0; side < 2 && why.empty(); ++side) {
        const std::string path = side == 0 ? "a/" + change.old_path : "b/" + change.new_path;
        if (run.findings(side).has_errors()) why = Quote(path) + " can't be read as what it looks like";
      }
      Write("can't be compared by meaning: " + why + "\n");
      return;
    }
    DiffResult* result = run.result();
    result->paths = {"a/" + change.old_path, "b/" + change.new_path};  // instead of those of temporary files
    if (result->equal()) {
      Write("equal by meaning: the bytes differ\n");
      return;
    }
    DiffOutput options;
    options.limit = console_->list_limit();
    options.expand = arguments_.expand;
    WriteDiff(*result, options, output_.sink());
  }

  const DiffArguments& arguments_;
  const CommonOptions& common_;
  Console* console_;
  const StandardOutputSink output_;
};

// `pdquant diff`: what changed between two programs, models or parameter files.
int RunDiff(const DiffArguments& arguments, const CommonOptions& common, Console* console) {
  if (arguments.git) return GitDiff(arguments, common, console).Do();
  ResultSink output;
  const std::vector<std::string> inputs = {arguments.inputs[0], arguments.inputs[1], arguments.params_a,
                                           arguments.params_b};
  if (const Status status = output.Open(arguments.out, inputs); !status.ok()) return console->Fail(status);
  DiffRun run(arguments, common, console->findings_capacity());
  const Status compared = run.Compare(arguments.inputs[0], arguments.inputs[1]);
  console->Report({{arguments.inputs[0], &run.findings(0)}, {arguments.inputs[1], &run.findings(1)}});
  if (!compared.ok()) return console->Fail(compared);
  const bool equal = run.result()->equal();
  if (console->shows_summary() || arguments.format != OutputFormat::kText) {
    DiffOutput options;
    options.format = arguments.format;
    options.limit = console->list_limit();
    options.expand = arguments.expand;
    WriteDiff(*run.result(), options, output.sink());
  }
  const Status written = output.Commit();
  if (!output.status().ok()) return console->Fail(output.status());
  if (!written.ok()) return console->Fail(written);
  return equal ? kExitDone : kExitDifferent;
}

}  // namespace

void DiffArguments::AddTo(OptionList* options) {
  options->Arguments(
      "A B",
      "two programs, models or parameter files; one of them may be - for standard input; with --git what "
      "git hands over",
      &inputs);
  options->Format(
      "how it is told: text (default), json, markdown, github (annotations), sarif, junit or html (one file to look "
      "at, offline)",
      {OutputFormat::kText, OutputFormat::kJson, OutputFormat::kMarkdown, OutputFormat::kGithub, OutputFormat::kSarif,
       OutputFormat::kJunit, OutputFormat::kHtml},
      &format);
  options->OutputPath("-o,--out", "FILE", "where it goes; - is standard output, the default", &out, PathRole::kResult);
  options->Flag("--expand", "a line for each op and variable, for those that follow from others, too", &expand);
  options->Flag("--git",
                "act as git's external diff driver (1, 7 or 9 arguments) or difftool (2 folders): always exit code 0",
                &git);
  options->SetGroup("What counts");
  options->Texts("--ignore", "NAME",
                 "leave out attributes of that name, or other facts such as version; NAME may hold *, ? and [], or "
                 "be TYPE.NAME for ops of one type; may be given more than once",
                 &ignore);
  options->Flag("--no-default-ignore", "op_callstack counts, too", &no_default_ignore);
  options->Flag("--ignore-order", "ops that stand elsewhere, but compute the same, are equal", &ignore_order);
  options->Flag("--ignore-names", "variables that are renamed consistently are equal", &ignore_names);
  options->SetGroup("Parameters");
  options->Flag("--tensors", "compare the values of the models' parameters, too", &tensors);
  options->InputPath("--params-a", "FILE|DIR", "with --tensors: the parameters of A", &params_a);
  options->InputPath("--params-b", "FILE|DIR", "with --tensors: the parameters of B", &params_b);
  options->Number("--tolerance", "values that differ by no more are equal", &tolerance, [this] {
    return std::isfinite(tolerance) && tolerance >= 0 ? Status() : UsageError("has to be 0 or more");
  });
}

Status DiffArguments::Validate() const {
  if (git) {
    const bool folders = inputs.size() == 2 && (IsFolder(inputs[0]) || IsFolder(inputs[1]));
    if (inputs.size() != 1 && inputs.size() != 7 && inputs.size() != 9 && !folders) {
      return UsageError(
          "--git takes the 7 arguments that git hands to an external diff driver (9 for a renamed file, 1 "
          "for an unmerged one) or the 2 folders of a difftool, not " +
          std::to_string(inputs.size()));
    }
    if (format != OutputFormat::kText) return UsageError("--git goes with --format text");
    if (!out.empty()) return UsageError("--git writes to standard output");
  } else if (inputs.size() != 2) {
    return UsageError("two inputs are required, A and B; " + std::to_string(inputs.size()) +
                      (inputs.size() == 1 ? " is given" : " are given"));
  } else if (inputs[0] == "-" && inputs[1] == "-") {
    return UsageError("only one of A and B can be standard input");
  }
  if (!tensors && (!params_a.empty() || !params_b.empty())) {
    return UsageError("--params-a and --params-b go with --tensors");
  }
  return {};
}

DiffOptions DiffArguments::Options() const {
  DiffOptions options;
  options.ignore = IgnoreRules(ignore, !no_default_ignore);
  options.ignore_order = ignore_order;
  options.ignore_names = ignore_names;
  return options;
}

std::unique_ptr<Command> MakeDiffCommand() { return std::make_unique<CommandOf<DiffArguments, RunDiff>>(); }

}  // namespace pdquant
