// With the real git, in repositories of their own; and the commands of docs/guide/git.md and docs/guide/ci-recipes.md.
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "cli/process.h"
#include "support/programs.h"

namespace pdquant::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class GitTest : public CommandTest {
 protected:
  void SetUp() override {
    if (std::system("git --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "git isn't installed";
    const std::string judged = PDQUANT_JUDGED;
    const std::string head =
        "set -e\nexport HOME='" + folder() +
        "' GIT_CONFIG_NOSYSTEM=1 GIT_PAGER=cat LC_ALL=C\n"
        "export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b\n"
        "export PATH='" +
        judged.substr(0, judged.rfind('/')) + "':/usr/bin:/bin PDQUANT_FAULTS='" + Path("faults") + "'\n";
    Write("environment", head);
    Sh("git init -q -b main repo");
    Write("repo/model.pdmodel", ReadFile(PDQUANT_CORPUS "/mlp/main.pb"));
    Sh("cd repo; git add model.pdmodel; git commit -q -m first");
  }

  // Also where a script or git makes nothing of an exit code.
  void TearDown() override {
    if (Exists("faults")) ADD_FAILURE() << Read("faults");
  }

  struct Result {
    int exit_code;
    std::string text;  // standard output and error
  };
  Result Try(const std::string& script) const {
    Write("script", ". '" + Path("environment") + "'\ncd '" + folder() + "'\n" + script + "\n");
    const std::string output = "'" + Path("output") + "'";
    // ReadFile refuses an empty file.
    const int status = std::system(
        ("sh '" + Path("script") + "' > " + output + " 2>&1; code=$?; echo >> " + output + "; exit $code").c_str());
    std::string text = Read("output");
    text.pop_back();
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text};
  }
  std::string Sh(const std::string& script) const {
    const Result result = Try(script);
    EXPECT_EQ(result.exit_code, 0) << script << "\n" << result.text;
    return result.text;
  }
  void Quantize() const { Write("repo/model.pdmodel", ReadFile(PDQUANT_CORPUS "/mlp/abs_max/main.pb")); }
};

TEST_F(GitTest, SetupSaysWhatItDoes) {
  const std::string dry = Sh("cd repo; pdquant git-setup --dry-run");
  EXPECT_THAT(dry, HasSubstr(".gitattributes': would add\n  *.pdmodel diff=pdquant -text -merge\n"));
  EXPECT_THAT(
      dry, HasSubstr("git config --local: would set diff.pdquant.textconv = pdquant show --format canonical --git\n"));
  EXPECT_FALSE(Exists("repo/.gitattributes"));
  EXPECT_EQ(Try("cd repo; git config diff.pdquant.textconv").exit_code, 1);
  Write("repo/.gitattributes", "*.png binary");
  EXPECT_THAT(Sh("cd repo; mkdir sub; cd sub; pdquant git-setup"), HasSubstr(".gitattributes': added\n"));
  const std::string attributes = Read("repo/.gitattributes");
  EXPECT_THAT(attributes, ::testing::StartsWith("*.png binary\n# Paddle"));
  EXPECT_THAT(attributes, HasSubstr("\n__model__ diff=pdquant -text -merge\n"));
  EXPECT_EQ(Sh("cd repo; git config diff.pdquant.textconv"), "pdquant show --format canonical --git\n");
  EXPECT_THAT(Sh("cd repo; pdquant git-setup"), Not(HasSubstr("added")));
  EXPECT_EQ(Read("repo/.gitattributes"), attributes);
  EXPECT_EQ(Try("mkdir plain; cd plain; GIT_CEILING_DIRECTORIES=\"$HOME\" pdquant git-setup").exit_code, 4);
}

TEST_F(GitTest, GlobalSetup) {
  EXPECT_THAT(Sh("pdquant git-setup --global"), HasSubstr("/.config/git/attributes': added\n"));
  Quantize();
  EXPECT_THAT(Sh("cd repo; git diff"), HasSubstr("\n+  op fake_quantize_abs_max\n"));
}

TEST_F(GitTest, DiffLogAndBlameShowText) {
  Sh("cd repo; pdquant git-setup");
  Quantize();
  const std::string diff = Sh("cd repo; git diff -U0");
  EXPECT_THAT(diff, HasSubstr("\n+  op fake_quantize_abs_max\n"));
  EXPECT_THAT(diff, HasSubstr(" @@   op "));
  Sh("cd repo; git commit -q -a -m second");
  EXPECT_THAT(Sh("cd repo; git log -p -- model.pdmodel"), HasSubstr("\n+program\n"));
  EXPECT_THAT(Sh("cd repo; git show"), HasSubstr("\n+    attr bit_length: INT 8\n"));
  EXPECT_THAT(Sh("cd repo; git blame -p --textconv model.pdmodel"), HasSubstr("\n\t  op fake_quantize_abs_max\n"));
}

TEST_F(GitTest, ParameterFilesAreShown) {
  Sh("cd repo; pdquant git-setup");
  Write("repo/m.pdiparams", ReadFile(PDQUANT_FREEZE_CORPUS "/mlp/moving/quant/params"));
  Sh("cd repo; git add .; git commit -q -m parameters");
  Write("repo/m.pdiparams", ReadFile(PDQUANT_FREEZE_CORPUS "/mlp/moving/frozen/params"));
  EXPECT_THAT(Sh("cd repo; git diff"), HasSubstr("\n+  hash: "));
  EXPECT_THAT(Sh("cd repo; GIT_EXTERNAL_DIFF='pdquant diff --git' git diff"), HasSubstr(": 3 of 15 tensors differ\n"));
}

TEST_F(GitTest, ExternalDriver) {
  Sh("cd repo; pdquant git-setup; git add .; git commit -q -m setup; git config diff.pdquant.command 'pdquant diff "
     "--git'");
  Quantize();
  EXPECT_THAT(Sh("cd repo; git diff"),
              HasSubstr("'a/model.pdmodel' -> 'b/model.pdmodel': 12 ops inserted (6 quantize"));
  EXPECT_THAT(Sh("cd repo; git diff --no-ext-diff"), HasSubstr("\n+  op fake_quantize_abs_max\n"));
  Sh("cd repo; git commit -q -a -m second");
  EXPECT_THAT(Sh("cd repo; git log -p --ext-diff -- model.pdmodel"), HasSubstr("\nnew: a program with 29 ops and "));
  Sh("cd repo; git mv model.pdmodel other.pdmodel");
  EXPECT_THAT(Sh("cd repo; git diff --cached -M"),
              HasSubstr("diff --pdquant a/model.pdmodel b/other.pdmodel\nsimilarity index"));
  Sh("cd repo; git commit -q -m third; git rm -q other.pdmodel");
  EXPECT_THAT(Sh("cd repo; git diff --cached"), HasSubstr("\ndeleted: a program with "));
}

TEST_F(GitTest, UnmergedAndMergeTool) {
  Sh("cd repo; pdquant git-setup; git add .; git commit -q -m setup; git checkout -q -b other");
  Write("repo/model.pdmodel", ReadFile(PDQUANT_CORPUS "/mlp/w4a6/main.pb"));
  Sh("cd repo; git commit -q -a -m theirs; git checkout -q main");
  Quantize();
  Sh("cd repo; git commit -q -a -m ours");
  EXPECT_NE(Try("cd repo; git merge other").exit_code, 0);
  EXPECT_THAT(Sh("cd repo; GIT_EXTERNAL_DIFF='pdquant diff --git' git diff --cached"),
              HasSubstr("* Unmerged path model.pdmodel\n"));
  EXPECT_THAT(Try("cd repo; git mergetool -y -t pdquant </dev/null").text, HasSubstr("12 ops inserted (6 quantize"));
}

TEST_F(GitTest, DiffTool) {
  Sh("cd repo; pdquant git-setup");
  Quantize();
  EXPECT_THAT(Sh("cd repo; git difftool -y --extcmd 'pdquant diff' -- model.pdmodel"),
              HasSubstr("12 ops inserted (6 quantize"));
  EXPECT_THAT(Sh("cd repo; git difftool -y -t pdquant -- model.pdmodel"), HasSubstr("12 ops inserted (6 quantize"));
}

// What can't be read is a line, and the end of nothing.
TEST_F(GitTest, UnreadableBlobs) {
  const std::string pointer = ReadFile(PDQUANT_TESTDATA "/reports/git-bad-blob/lfs.pdmodel");
  Sh("cd repo; pdquant git-setup; git add .; git commit -q -m setup");
  Write("repo/lfs.pdmodel", pointer);
  Write("repo/empty.pdmodel", "");
  Write("repo/text.pdmodel", "no program\n");
  Write("repo/cut.pdiparams", ReadFile(PDQUANT_FREEZE_CORPUS "/mlp/moving/quant/params").substr(0, 100));
  Sh("cd repo; git add .; git commit -q -m bad");
  Quantize();
  Sh("cd repo; git commit -q -a -m good");
  const std::string log = Sh("cd repo; git log -p");
  EXPECT_THAT(log, HasSubstr("\n+oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n"));
  EXPECT_THAT(log, HasSubstr("but an empty file\n"));
  EXPECT_THAT(log, HasSubstr("\n+can't be read: "));
  EXPECT_THAT(log, HasSubstr("\n+  op fake_quantize_abs_max\n"));
  EXPECT_THAT(log, HasSubstr("cut.pdiparams"));
  const std::string driver = Sh("cd repo; GIT_EXTERNAL_DIFF='pdquant diff --git' git log -p --ext-diff");
  EXPECT_THAT(driver, HasSubstr("but a git-lfs pointer; run 'git lfs pull'\n"));
  EXPECT_EQ(Try("cd repo; pdquant show --format canonical lfs.pdmodel").exit_code, 3);
  EXPECT_EQ(Try("cd repo; pdquant show --format canonical --git lfs.pdmodel").text, pointer);
}

TEST_F(GitTest, FoldersOfADiffTool) {
  Sh("cd repo; pdquant git-setup; mkdir sub; cp model.pdmodel sub/__model__; echo a > notes; git add .; git commit -q "
     "-m two");
  Quantize();
  Sh("cd repo; cp model.pdmodel sub/__model__; cp model.pdmodel new.pdmodel; echo b > notes; git add -N new.pdmodel");
  const std::string text = Sh("cd repo; git difftool -d -t pdquant");
  EXPECT_THAT(text, HasSubstr("diff --pdquant a/model.pdmodel b/model.pdmodel\n"));
  EXPECT_THAT(text, HasSubstr("'a/sub/__model__' -> 'b/sub/__model__': 12 ops inserted (6 quantize"));
  EXPECT_THAT(text, HasSubstr("b/new.pdmodel\nnew file mode 100644\nnew: a program with "));
  EXPECT_THAT(text, HasSubstr("diff --pdquant a/notes b/notes\ncan't be compared by meaning: "));
}

// git has no hash of files that it doesn't know, so that equal hashes don't mean equal files.
TEST_F(GitTest, FilesOutsideOfTheRepository) {
  Write("left.pb", ReadFile(PDQUANT_CORPUS "/mlp/main.pb"));
  Write("right.pb", ReadFile(PDQUANT_CORPUS "/mlp/abs_max/main.pb"));
  const std::string text = Try("GIT_EXTERNAL_DIFF='pdquant diff --git' git diff --no-index left.pb right.pb").text;
  EXPECT_THAT(text, HasSubstr("'a/left.pb' -> 'b/right.pb': 12 ops inserted (6 quantize"));
  Write("left.pb", "no program\n");
  EXPECT_THAT(Try("GIT_EXTERNAL_DIFF='pdquant diff --git' git diff --no-index left.pb right.pb").text,
              HasSubstr("\ncan't be compared by meaning: 'a/left.pb': not a program"));
}

TEST_F(GitTest, ModeAndRenameAlone) {
  Sh("cd repo; pdquant git-setup; git add .; git commit -q -m setup; chmod +x model.pdmodel");
  const std::string driver = "cd repo; GIT_EXTERNAL_DIFF='pdquant diff --git' ";
  EXPECT_EQ(Sh(driver + "git diff"),
            "diff --pdquant a/model.pdmodel b/model.pdmodel\nold mode 100644\nnew mode 100755\n");
  EXPECT_THAT(Sh("cd repo; git difftool -d -t pdquant"), HasSubstr("old mode 100644\nnew mode 100755\n"));
  Sh("cd repo; git mv model.pdmodel other.pdmodel");
  EXPECT_THAT(Sh(driver + "git diff --cached -M"), HasSubstr("rename from model.pdmodel\nrename to other.pdmodel\n"));
}

// The commands in the blocks of a page; in those of configuration files, the lines that are commands.
std::vector<std::string> CommandsOf(const std::string& page) {
  std::istringstream stream(ReadFile(std::string(PDQUANT_SOURCE "/docs/guide/") + page));
  std::vector<std::string> commands;
  std::string language;
  bool inside = false;
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with("```")) {
      inside = !inside;
      language = line.substr(3);
      continue;
    }
    if (!inside || language.empty()) continue;
    const size_t begin = line.find_first_not_of(" -");
    if (begin == std::string::npos) continue;
    const std::string command = line.substr(begin);
    if (command.starts_with("pdquant ") || command.starts_with("git ") || command.starts_with("GIT_"))
      commands.push_back(command);
  }
  return commands;
}

TEST_F(GitTest, CommandsOfTheGitPage) {
  Quantize();
  const std::vector<std::string> commands = CommandsOf("git.md");
  EXPECT_GT(commands.size(), 10U);
  for (const std::string& command : commands) Sh("cd repo; " + command);
}

// A command that tells that something differs says so by its code; none says anything worse.
TEST_F(GitTest, CommandsOfTheRecipes) {
  const std::string model = PDQUANT_FREEZE_CORPUS "/mlp/moving/quant";
  for (const char* name : {"golden", "trained"}) {
    std::filesystem::create_directory(Path(std::string("repo/") + name));
    Write(std::string("repo/") + name + "/__model__", ReadFile(model + "/model.pb"));
    Write(std::string("repo/") + name + "/__params__", ReadFile(model + "/params"));
  }
  Quantize();
  Write("repo/quantized.pdmodel", Read("repo/model.pdmodel"));
  const std::vector<std::string> commands = CommandsOf("ci-recipes.md");
  EXPECT_GT(commands.size(), 10U);
  std::string last;
  for (const std::string& command : commands) {
    const Result result = Try("cd repo; export GITHUB_STEP_SUMMARY=summary.md; " + command);
    const bool tells = command.starts_with("pdquant diff before.pdmodel model.pdmodel") &&
                       command.find("|| true") == std::string::npos;
    const bool after_undo = command == "pdquant diff model.pdmodel float.pdmodel --ignore op_role_var";
    EXPECT_EQ(result.exit_code, tells || after_undo ? 1 : 0) << command << "\n" << result.text;
    last = command;
  }
  EXPECT_THAT(Read("repo/summary.md"), HasSubstr("12 ops inserted"));
  EXPECT_THAT(Read("repo/diff.sarif"), HasSubstr("\"op-inserted\""));
  EXPECT_THAT(Read("repo/diff.xml"), HasSubstr("<testsuite"));
  EXPECT_THAT(Read("repo/change.html"), HasSubstr("id=\"diff\""));
  EXPECT_THAT(Read("repo/pages/model.pdmodel.html"), HasSubstr("id=\"program\""));
  EXPECT_EQ(Try("cd repo; pdquant diff before.pdmodel float.pdmodel --ignore op_role_var").text, "");
}

// D3: what git runs on files that nobody vouches for starts no other program.
TEST_F(GitTest, DiffAndShowStartNoProcess) {
  if (std::system("strace -V >/dev/null 2>&1") != 0) GTEST_SKIP() << "strace isn't installed";
  Quantize();
  Write("repo/a.pb", ReadFile(PDQUANT_CORPUS "/mlp/main.pb"));
  for (const char* command : {"diff a.pb model.pdmodel --all", "show --format canonical a.pb"}) {
    Try(std::string("cd repo; strace -f -e trace=execve,fork,vfork,clone -o ../trace " PDQUANT_BINARY " ") + command +
        " > ../out 2> ../err; pdquant --judge $? ../out ../err " + command);
    const std::string trace = Read("trace");
    if (trace.find("execve(") == std::string::npos) GTEST_SKIP() << "strace can't trace here";
    EXPECT_EQ(trace.find("execve("), trace.rfind("execve(")) << trace;
  }
}

}  // namespace
}  // namespace pdquant::testing
