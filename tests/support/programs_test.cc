#include "support/programs.h"

#include <gmock/gmock.h>

#include <filesystem>

namespace pdquant::testing {
namespace {

TEST(CorpusTest, IsComplete) {
  EXPECT_EQ(CorpusRows().size(), 132U);  // 22 networks, 6 configurations
  EXPECT_EQ(CorpusPairs().size(), 88U);
  EXPECT_EQ(AllPrograms().size(), 22U * 2 + 88 * 2);
  for (const CorpusRow& row : CorpusPairs()) {
    for (const char* file : {"main.pb", "startup.pb"}) {
      EXPECT_TRUE(std::filesystem::exists(row.Before(file))) << row.Before(file);
      EXPECT_TRUE(std::filesystem::exists(row.After(file))) << row.After(file);
    }
  }
}

TEST(CorpusTest, PlainFilesAreTheArchives) {
  size_t count = 0;
  for (const auto& folder : std::filesystem::directory_iterator(PDQUANT_TESTDATA "/paddle/transpile")) {
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
      const std::filesystem::path archived = PDQUANT_CORPUS / folder.path().filename() / file.path().filename();
      EXPECT_EQ(ReadFile(file.path().string()), ReadFile(archived.string())) << file.path();
      ++count;
    }
  }
  EXPECT_GE(count, 18U);
}

// Stack traces of the machine that made them don't belong into the repository: they name Paddle's Python files.
TEST(CorpusTest, NoFileHoldsAPathOfAMachine) {
  for (const std::string folder : {PDQUANT_CORPUS, PDQUANT_FREEZE_CORPUS, PDQUANT_TESTDATA}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (!entry.is_regular_file() || entry.path().extension() == ".md") continue;  // notes name our scripts
      EXPECT_THAT(ReadFile(entry.path().string()), ::testing::Not(::testing::HasSubstr(".py"))) << entry.path();
    }
  }
}

TEST(ParseTextTest, LimitsDepth) {
  EXPECT_EQ(ParseText("blocks { idx: 0 parent_idx: -1 }").blocks_size(), 1);
  EXPECT_THROW(ParseText("blocks { idx: }"), std::runtime_error);
  std::string nested;
  for (int i = 0; i < 10000; ++i) nested += "1000 { ";
  EXPECT_THROW(ParseText(nested), std::runtime_error);
}

TEST(LoadTest, ThrowsOnGarbage) { EXPECT_THROW(Load("garbage"), std::runtime_error); }

}  // namespace
}  // namespace pdquant::testing
