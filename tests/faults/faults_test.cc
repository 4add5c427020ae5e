// `pdquant check` on the bad files that make_faults.py makes, against the tables beside them. PDQUANT_UPDATE=1 in the
// environment rewrites the messages of the tables, and fails; it never changes an exit code.
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "cli/process.h"
#include "support/programs.h"

namespace pdquant::testing {
namespace {

struct Entry {
  std::string name;
  std::string row;
  int exit_code = 0;
  std::string arguments;
  std::string messages;  // each line behind a tab

  std::string Text() const {
    return name + "\t" + row + "\t" + std::to_string(exit_code) + "\t" + arguments + "\n" + messages;
  }
};

std::vector<Entry> ReadTable(const std::string& path) {
  std::vector<Entry> entries;
  std::istringstream lines(ReadFile(path));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('\t')) {
      entries.back().messages += line + "\n";
      continue;
    }
    std::istringstream fields(line);
    Entry entry;
    std::string code;
    std::getline(fields, entry.name, '\t');
    std::getline(fields, entry.row, '\t');
    std::getline(fields, code, '\t');
    std::getline(fields, entry.arguments);
    entry.exit_code = std::stoi(code);
    entries.push_back(entry);
  }
  return entries;
}

std::vector<std::string> Words(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

std::string Indent(const std::string& text) {
  std::string indented;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) indented += "\t" + line + "\n";
  return indented;
}

class FaultsTest : public CommandTest {
 protected:
  // The number of files in the table.
  size_t ExpectTable(const std::string& name) {
    namespace fs = std::filesystem;
    const std::string home = std::string(PDQUANT_TESTDATA) + "/" + name;
    fs::copy(home + "/files", folder(), fs::copy_options::recursive | fs::copy_options::copy_symlinks);
    std::vector<Entry> entries = ReadTable(home + "/table.txt");
    std::string text;
    for (Entry& entry : entries) {
      const Finished finished = Run(Words(entry.arguments));
      EXPECT_EQ(finished.signal, 0) << entry.name;
      EXPECT_EQ(finished.exit_code, entry.exit_code) << entry.name << ": " << finished.err;
      const std::string messages = Indent(finished.err);
      if (!Updates()) {
        EXPECT_EQ(messages, entry.messages) << entry.name << "; PDQUANT_UPDATE=1 rewrites the table";
      }
      entry.messages = messages;
      text += entry.Text();
    }
    if (Updates()) {
      std::ofstream(home + "/table.txt") << text;
      ADD_FAILURE() << home << "/table.txt is rewritten; run the tests again without PDQUANT_UPDATE";
    }
    return entries.size();
  }

  static bool Updates() { return std::getenv("PDQUANT_UPDATE") != nullptr; }
};

TEST_F(FaultsTest, Programs) { EXPECT_GE(ExpectTable("wire"), 100U); }

TEST_F(FaultsTest, Parameters) { EXPECT_GE(ExpectTable("params/faults"), 60U); }

// The script that says what each file is makes these very files.
TEST_F(FaultsTest, FilesAreThoseOfTheScript) {
  const std::string command = "/usr/bin/env python3 " PDQUANT_SOURCE "/tests/faults/make_faults.py " + folder();
  const int code = std::system(command.c_str());
  if (WEXITSTATUS(code) == 127) GTEST_SKIP() << "no python3";
  ASSERT_EQ(code, 0);
  for (const char* part : {"wire/files", "params/faults/files"}) {
    EXPECT_EQ(std::system(("diff -r " + Path(part) + " " PDQUANT_TESTDATA "/" + part).c_str()), 0);
  }
}

}  // namespace
}  // namespace pdquant::testing
