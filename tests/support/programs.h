// Programs for tests: from files, from text, and those that Paddle made (testdata/paddle/MANIFEST.md).
// What fails throws: GoogleTest reports it as the failure of the test.
#ifndef PDQUANT_TESTS_SUPPORT_PROGRAMS_H_
#define PDQUANT_TESTS_SUPPORT_PROGRAMS_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/finding.h"
#include "ir/program.h"
#include "pdquant/framework.pb.h"

namespace pdquant::testing {

std::string ReadFile(const std::string& path);

// The program that protobuf's own parser reads.
proto::ProgramDesc ParseMessage(std::string_view bytes);
// A program as text protobuf.
proto::ProgramDesc ParseText(const std::string& text);
// The program as pdquant reads it; findings are dropped unless asked for.
Program Load(std::string_view bytes, Findings* findings = nullptr);
Program Load(const proto::ProgramDesc& message, Findings* findings = nullptr);

// A row of corpus.json: what the reference made of a network with these options.
struct CorpusRow {
  std::string network;
  std::string config;
  std::vector<std::string> options;  // as on the command line: --weight-bits 4 …
  std::string error;                 // where the reference fails or is wrong: then there are no expected files

  // The paths of main.pb, or startup.pb, before and after.
  std::string Before(std::string_view file) const;
  std::string After(std::string_view file) const;
};
// All rows, or the 88 without an error.
std::vector<CorpusRow> CorpusRows();
std::vector<CorpusRow> CorpusPairs();
// The path of a network's main.pb before any rewrite.
std::string MainOf(std::string_view network);
// The paths of all programs of the corpus, before and after, sorted.
std::vector<std::string> AllPrograms();

}  // namespace pdquant::testing

#endif  // PDQUANT_TESTS_SUPPORT_PROGRAMS_H_
