#include "pir/readers.h"

#include <gmock/gmock.h>

#include "pir/pir_testing.h"

namespace pdquant::testing {
namespace {

using ::testing::HasSubstr;

std::string Said(std::string_view lines) {
  Findings findings;
  Result<pir::Program> program = pir::ReadProgram(BuildPir(lines), {}, &findings);
  if (!program.ok()) return program.status().message();
  pir::CheckStructure(&*program, &findings);
  pir::CheckReaders(*program, &findings);
  std::string said;
  for (const Finding& finding : findings.all()) said += ToString(finding.place) + ": " + finding.text + "\n";
  return said;
}

TEST(PirReaders, EqualOutputsAreTheSameResultOfEqualOps) {
  const auto said = [](const std::string& outputs) {
    return Said(R"(
      %1:f32[2] = data x
      %2:f32[2] %3:i64[2] = 1.topk %1 | axis=i32:0 struct_name=str:/a/
      %4:f32[2] %5:i64[2] = 1.topk %1 | axis=i32:0 struct_name=str:/b/
      %6:f32[2] %7:i64[2] = 1.topk %1 | axis=i32:1
    )" + outputs);
  };
  EXPECT_THAT(said("fetch 0 %2\nfetch 1 %3\nfetch 2 %5"),
              HasSubstr("op 6 'pd_op.fetch': it has what op 5 of the block has, computed twice"));
  EXPECT_EQ(said("fetch 0 %2\nfetch 1 %3\nfetch 2 %6\nfetch 3 %7"), "");
  EXPECT_EQ(said("fetch 0 %2\nfetch 1 %5"), "");
}

}  // namespace
}  // namespace pdquant::testing
