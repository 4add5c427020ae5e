// The help texts against testdata/cli/*.txt. PDQUANT_UPDATE=1 in the environment rewrites the files, and fails.
#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>

#include "cli/process.h"
#include "support/programs.h"

namespace pdquant::testing {
namespace {

class HelpTest : public CommandTest {
 protected:
  void ExpectHelp(const std::vector<std::string>& arguments, const std::string& file) {
    const Finished finished = Run(arguments);
    EXPECT_EQ(finished.exit_code, 0);
    EXPECT_EQ(finished.err, "");
    const std::string path = PDQUANT_TESTDATA "/cli/" + file;
    if (std::getenv("PDQUANT_UPDATE") != nullptr) {
      std::ofstream(path) << finished.out;
      FAIL() << path << " is rewritten; run the tests again without PDQUANT_UPDATE";
    }
    EXPECT_EQ(finished.out, ReadFile(path)) << "PDQUANT_UPDATE=1 rewrites " << path;
  }
};

TEST_F(HelpTest, OfPdquant) { ExpectHelp({"--help"}, "help.txt"); }
TEST_F(HelpTest, OfTranspile) { ExpectHelp({"transpile", "--help"}, "help-transpile.txt"); }
TEST_F(HelpTest, OfFreeze) { ExpectHelp({"freeze", "--help"}, "help-freeze.txt"); }
TEST_F(HelpTest, OfInt8) { ExpectHelp({"int8", "--help"}, "help-int8.txt"); }
TEST_F(HelpTest, OfUndo) { ExpectHelp({"undo", "--help"}, "help-undo.txt"); }
TEST_F(HelpTest, OfWeights) { ExpectHelp({"weights", "--help"}, "help-weights.txt"); }
TEST_F(HelpTest, OfQuantize) { ExpectHelp({"quantize", "--help"}, "help-quantize.txt"); }
TEST_F(HelpTest, OfConvert) { ExpectHelp({"convert", "--help"}, "help-convert.txt"); }
TEST_F(HelpTest, OfBatch) { ExpectHelp({"batch", "--help"}, "help-batch.txt"); }
TEST_F(HelpTest, OfCheck) { ExpectHelp({"check", "--help"}, "help-check.txt"); }
TEST_F(HelpTest, OfDiff) { ExpectHelp({"diff", "--help"}, "help-diff.txt"); }
TEST_F(HelpTest, OfGitSetup) { ExpectHelp({"git-setup", "--help"}, "help-git-setup.txt"); }
TEST_F(HelpTest, OfImport) { ExpectHelp({"import", "--help"}, "help-import.txt"); }
TEST_F(HelpTest, OfCompletion) { ExpectHelp({"completion", "--help"}, "help-completion.txt"); }
TEST_F(HelpTest, OfObserve) { ExpectHelp({"observe", "--help"}, "help-observe.txt"); }
TEST_F(HelpTest, OfRead) { ExpectHelp({"read", "--help"}, "help-read.txt"); }
TEST_F(HelpTest, OfShow) { ExpectHelp({"show", "--help"}, "help-show.txt"); }

TEST_F(HelpTest, ShortFormIsTheSame) {
  EXPECT_EQ(Run({"-h"}).out, Run({"--help"}).out);
  EXPECT_EQ(Run({"check", "-h"}).out, Run({"check", "--help"}).out);
}

TEST_F(HelpTest, GoesBeforeWrongOptions) {
  EXPECT_EQ(Run({"transpile", "--weight-bits", "99", "--help"}).exit_code, 0);
  EXPECT_EQ(Run({"check", "--help"}).exit_code, 0);
}

TEST_F(HelpTest, Version) {
  const Finished finished = Run({"--version"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_EQ(finished.out, "pdquant " PDQUANT_VERSION "\nnewest Paddle whose schema is known: 2.6.2\n");
  EXPECT_EQ(finished.err, "");
}

}  // namespace
}  // namespace pdquant::testing
