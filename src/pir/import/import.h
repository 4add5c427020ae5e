// A program of Paddle 3 (PIR) as a ProgramDesc, the form of Paddle 1 and 2, which Paddle 3 reads as well.
#ifndef PDQUANT_PIR_IMPORT_IMPORT_H_
#define PDQUANT_PIR_IMPORT_IMPORT_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/finding.h"
#include "base/status.h"
#include "pir/program.h"

namespace pdquant::pir {

enum class ImportTarget {
  kPaddle26,  // Paddle 2.6 and 3, which run the same file
  kPaddle3,
  kLite,  // Paddle-Lite and Paddle up to 2.4, which have no tensors without dimensions
};

struct ImportOptions {
  ImportTarget target = ImportTarget::kPaddle26;
  // Shapes that inputs get in the place of those of the file, by their names.
  std::map<std::string, std::vector<int64_t>> input_shapes;
  // Whether to take ops whose row in the table no run has verified, and files of a version that isn't known.
  bool allow_unverified = false;
};

struct Imported {
  std::string bytes;  // the ProgramDesc
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  // How many ops of each type there were, and what they became; sorted by name.
  std::map<std::string, uint64_t> from;
  std::map<std::string, uint64_t> to;
};

// Imports a program whose structure has been checked (CheckStructure; its findings may be errors: then the reasons of
// ops are told all the same). What is not known to come out right is refused, every reason in one run: a finding for
// each kind. The parameters stay as they are in their file. The same program gives the same bytes. Errors: kBadInput,
// with findings. Linear.
Result<Imported> Import(const Program& program, const ImportOptions& options, Findings* findings);

}  // namespace pdquant::pir

namespace pdquant {

// What import tells of what it did.
struct ImportReport {
  int64_t file_version = 0;  // of the format
  const pir::Imported* imported = nullptr;
  uint64_t parameters = 0;
};

// Lines of text for people.
std::string ImportSummary(const ImportReport& report, std::string_view model);
// docs/reference/import-report.schema.json.
std::string ImportReportJson(const ImportReport& report);

}  // namespace pdquant

#endif  // PDQUANT_PIR_IMPORT_IMPORT_H_
