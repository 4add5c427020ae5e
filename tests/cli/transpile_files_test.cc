// Where the outputs of `transpile` go.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/process.h"

namespace pdquant::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class TranspileFilesTest : public CommandTest {
 protected:
  TranspileFilesTest() {
    CopyNetwork("mlp");
    EXPECT_EQ(Run({"transpile", "main.pb", "--startup", "startup.pb", "-o", "expected.pb", "--startup-out",
                   "expected_s.pb", "--activation-quantize-type", "range_abs_max"})
                  .exit_code,
              0);
    main_ = Read("expected.pb");
    startup_ = Read("expected_s.pb");
    unlink(Path("expected.pb").c_str());
    unlink(Path("expected_s.pb").c_str());
  }

  Finished Transpile(const std::vector<std::string>& options, const std::string& input = "") const {
    Invocation invocation;
    invocation.arguments = {"transpile", "--activation-quantize-type", "range_abs_max"};
    invocation.arguments.insert(invocation.arguments.end(), options.begin(), options.end());
    invocation.input = input;
    return Run(invocation);
  }

  std::string main_;     // what comes out
  std::string startup_;  // what comes out
};

TEST_F(TranspileFilesTest, StandardStreams) {
  const Finished finished = Transpile({"-", "-o", "-"}, Read("main.pb"));
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_TRUE(finished.out == main_);
  EXPECT_THAT(finished.err,
              StartsWith("standard input: 3 of 3 products quantized: 3 mul\n"));  // standard output is taken
  EXPECT_EQ(Transpile({"-", "-o", "-", "-q"}, Read("main.pb")).err, "");
  const Finished startup =
      Transpile({"main.pb", "--startup", "-", "-o", "out.pb", "--startup-out", "-"}, Read("startup.pb"));
  EXPECT_TRUE(startup.out == startup_);
  EXPECT_TRUE(Read("out.pb") == main_);
}

TEST_F(TranspileFilesTest, InPlace) {
  EXPECT_EQ(chmod(Path("main.pb").c_str(), 0640), 0);
  const Finished finished = Transpile({"main.pb", "--startup", "startup.pb", "--in-place"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_TRUE(Read("main.pb") == main_);
  EXPECT_TRUE(Read("startup.pb") == startup_);
  struct stat status;
  ASSERT_EQ(stat(Path("main.pb").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0640U);
  EXPECT_THAT(Files(), ElementsAre("main.pb", "startup.pb"));
}

TEST_F(TranspileFilesTest, InPlaceThroughALink) {
  ASSERT_EQ(symlink("main.pb", Path("link.pb").c_str()), 0);
  EXPECT_EQ(Transpile({"link.pb", "--in-place"}).exit_code, 0);
  EXPECT_TRUE(Read("main.pb") == main_);
  EXPECT_THAT(Files(), ElementsAre("link.pb", "main.pb", "startup.pb"));
}

// A file that is right already isn't touched.
TEST_F(TranspileFilesTest, InPlaceWithoutChange) {
  const auto inode = [this](const char* name) {
    struct stat status;
    EXPECT_EQ(stat(Path(name).c_str(), &status), 0);
    return status.st_ino;
  };
  const auto before = inode("startup.pb");
  EXPECT_EQ(Run({"transpile", "main.pb", "--startup", "startup.pb", "--in-place"}).exit_code,
            0);  // abs_max has no state
  EXPECT_EQ(inode("startup.pb"), before);
}

TEST_F(TranspileFilesTest, CantBeWritten) {
  ASSERT_EQ(mkdir(Path("folder").c_str(), 0777), 0);
  for (const char* out : {"missing/out.pb", "folder", "folder/", "main.pb/out.pb"}) {
    const Finished finished = Transpile({"main.pb", "-o", out});
    SCOPED_TRACE(finished.err);
    EXPECT_EQ(finished.exit_code, 4);
    EXPECT_EQ(finished.out, "");
    EXPECT_THAT(finished.err, StartsWith("pdquant: error: '"));
    EXPECT_THAT(finished.err, HasSubstr(" [input-output]\n"));
  }
  const Finished half =
      Transpile({"main.pb", "-o", "out.pb", "--startup", "startup.pb", "--startup-out", "missing/s.pb"});
  EXPECT_EQ(half.exit_code, 4);
  EXPECT_THAT(Files(), ElementsAre("folder", "main.pb", "startup.pb"));
}

// Root writes everywhere, so the process becomes nobody.
TEST_F(TranspileFilesTest, ReadOnlyFolder) {
  ASSERT_EQ(chmod(folder().c_str(), 0755), 0);
  ASSERT_EQ(mkdir(Path("folder").c_str(), 0555), 0);
  Invocation invocation;
  invocation.arguments = {"transpile", "main.pb", "-o", "folder/out.pb"};
  invocation.prepare = [] {
    if (geteuid() == 0 && setuid(65534) != 0) _exit(126);
  };
  const Finished finished = Run(invocation);
  if (finished.exit_code == 127) GTEST_SKIP() << "nobody may run " << PDQUANT_BINARY;
  EXPECT_EQ(finished.exit_code, 4);
  EXPECT_EQ(finished.out, "");
  EXPECT_THAT(finished.err, HasSubstr(": Permission denied [input-output]\n"));
  EXPECT_FALSE(Exists("folder/out.pb"));
}

TEST_F(TranspileFilesTest, NamesOfAllKinds) {
  for (const std::string& name : {std::string("a b"), std::string("a\nb"), std::string("\xff"), std::string("[x]"),
                                  std::string("a,b"), std::string("++"), std::string("transpile")}) {
    const Finished finished = Transpile({"main.pb", "-o", name});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_TRUE(Read(name) == main_);
    EXPECT_EQ(Run({"check", "--", name}).exit_code, 0) << name;
  }
  EXPECT_EQ(Transpile({"main.pb", "-o", "--all"}).exit_code, 0);
  EXPECT_EQ(Transpile({"main.pb", "--out=-x"}).exit_code, 0);
  EXPECT_EQ(Run({"check", "./-x"}).exit_code, 0);
  EXPECT_EQ(Run({"check", "--", "-x"}).exit_code, 0);
}

}  // namespace
}  // namespace pdquant::testing
