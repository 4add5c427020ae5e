#include <nlohmann/json.hpp>
#include <string_view>

#include "base/version.h"
#include "check/check.h"
#include "cli/about/about.h"
#include "paddle/runtimes/runtimes.h"
#include "report/json_document.h"
#include "show/summary.h"
#include "text/text_sink.h"

namespace pdquant {
namespace {

struct Schema {
  std::string_view name;
  int version;
};

// By CMake, of the schemas in docs/reference.
constexpr Schema kSchemas[] = {
#include "cli/about/schemas.inc"
};

}  // namespace

std::string VersionText() {
  return "pdquant " + std::string(kPdquantVersion) +
         "\nnewest Paddle whose schema is known: " + PaddleVersion(kNewestPaddle) + "\n";
}

std::string VersionJson() {
  std::string text;
  const TextSink sink = AppendTo(&text);
  JsonDocument document("pdquant-version", {{"newest_paddle", PaddleVersion(kNewestPaddle)}}, sink);
  document.BeginList("schemas");
  for (const Schema& schema : kSchemas) document.Add({{"name", schema.name}, {"version", schema.version}});
  document.EndList();
  document.BeginList("targets");
  for (const Runtime& runtime : Runtimes()) {
    document.Add({{"target", runtime.word}, {"name", runtime.name}, {"versions", runtime.versions}});
  }
  document.EndList();
  document.End();
  return text;
}

}  // namespace pdquant
