// What import tells of what it did.
#ifndef PDQUANT_PIR_IMPORT_IMPORT_REPORT_H_
#define PDQUANT_PIR_IMPORT_IMPORT_REPORT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "pir/import/import.h"

namespace pdquant {

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

#endif  // PDQUANT_PIR_IMPORT_IMPORT_REPORT_H_
