#ifndef PDQUANT_TESTS_PIR_PIR_TESTING_H_
#define PDQUANT_TESTS_PIR_PIR_TESTING_H_

#include <algorithm>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "pir/import/import.h"
#include "pir/reader.h"
#include "support/pir_builder.h"
#include "support/programs.h"

namespace pdquant::testing {

// What became of a program: the ProgramDesc, or every reason why there is none, a line each.
struct ImportResult {
  std::optional<proto::ProgramDesc> program;
  std::string reasons;
};

inline ImportResult ImportJson(std::string_view json, const pir::ImportOptions& options = {}) {
  ImportResult result;
  Findings findings;
  Result<pir::Program> program = pir::ReadProgram(json, {}, &findings);
  Status status = program.status();
  if (program.ok()) {
    pir::CheckStructure(&*program, &findings);
    Result<pir::Imported> imported = pir::Import(*program, options, &findings);
    if (imported.ok()) result.program = ParseMessage(imported->bytes);
    status = imported.status();
  }
  for (const Finding& finding : findings.all()) result.reasons += ToString(finding.place) + ": " + finding.text + "\n";
  if (!program.ok()) result.reasons += status.message() + "\n";
  return result;
}

inline ImportResult ImportText(std::string_view lines, const pir::ImportOptions& options = {}) {
  return ImportJson(BuildPir(lines), options);
}

// The types of the ops of a block, with a space between them.
inline std::string TypesOf(const proto::ProgramDesc& program, int block = 0) {
  std::string types;
  for (const auto& op : program.blocks(block).ops()) types += (types.empty() ? "" : " ") + op.type();
  return types;
}

// The first op of a type, in any block.
inline const proto::OpDesc& OpOf(const proto::ProgramDesc& program, std::string_view type) {
  for (const auto& block : program.blocks()) {
    for (const auto& op : block.ops()) {
      if (op.type() == type) return op;
    }
  }
  throw std::runtime_error("no op " + std::string(type));
}

inline const proto::OpDesc::Attr& AttrOf(const proto::OpDesc& op, std::string_view name) {
  for (const auto& attr : op.attrs()) {
    if (attr.name() == name) return attr;
  }
  throw std::runtime_error(op.type() + " has no attribute " + std::string(name));
}

// The folders of the corpus that hold programs of Paddle 3, sorted.
inline std::vector<std::filesystem::path> PirNetworks() {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(PDQUANT_PIR_CORPUS)) {
    if (std::filesystem::exists(entry.path() / "inference.json")) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace pdquant::testing

#endif  // PDQUANT_TESTS_PIR_PIR_TESTING_H_
