#include "pir/reader.h"

#include <gmock/gmock.h>

#include "pir/pir_testing.h"
#include "pir/program.h"

namespace pdquant::testing {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kSmall = R"(
  %1:f32[4,4] = p w
  %2:f32[-1,4] = data x
  %3:f32[-1,4] = 1.matmul %2 %1 | transpose_x=bool:false transpose_y=bool:false struct_name=str:/Linear/
  fetch 0 %3
)";

// The text with one change.
std::string Changed(std::string_view lines, std::string_view from, std::string_view to) {
  std::string json = BuildPir(lines);
  const size_t at = json.find(from);
  EXPECT_NE(at, std::string::npos) << from << " isn't in " << json;
  return at == std::string::npos ? json : json.replace(at, from.size(), to);
}

std::string Reasons(const std::string& json) {
  const ImportResult result = ImportJson(json);
  EXPECT_FALSE(result.program);
  return result.reasons;
}

TEST(PirReader, KnowsOpsValuesTypesAndAttributes) {
  Findings findings;
  Result<pir::Program> program = pir::ReadProgram(BuildPir(kSmall), {}, &findings);
  ASSERT_TRUE(program.ok()) << program.status().message();
  EXPECT_FALSE(findings.has_errors());
  EXPECT_EQ(program->version, 4);
  ASSERT_EQ(program->ops.size(), 4U);
  const pir::Op& matmul = program->ops[2];
  EXPECT_EQ(program->text(matmul.name), "1.matmul");
  EXPECT_EQ(program->ScopeOf(matmul), "/Linear/");
  EXPECT_EQ(program->OperandsOf(matmul)[1].id, 1);
  ASSERT_EQ(matmul.results.size(), 1U);
  EXPECT_EQ(program->values[matmul.results.begin].id, 3);
  EXPECT_EQ(program->TypeOf(matmul.results.begin).dims, (std::vector<int64_t>{-1, 4}));
  ASSERT_EQ(program->parameters.size(), 1U);
  EXPECT_EQ(program->text(program->parameters[0].name), "w");
  EXPECT_EQ(pir::FullName("1.matmul"), "pd_op.matmul");
}

// What JSON itself allows, and this format doesn't.
TEST(PirReader, IsStrict) {
  EXPECT_THAT(Reasons(Changed(kSmall, R"("version":4)", R"("version":4,"version":4)")),
              HasSubstr("the key 'version' twice"));
  EXPECT_THAT(Reasons(Changed(kSmall, R"("version":4)", R"("version":4.0)")), HasSubstr("no whole number"));
  EXPECT_THAT(Reasons(Changed(kSmall, R"("version":4)", R"("version":-1)")), HasSubstr("no whole number"));
  EXPECT_THAT(Reasons(Changed(kSmall, R"("program":)", R"("more":1,"program":)")), HasSubstr("isn't known: 'more'"));
  EXPECT_THAT(Reasons(Changed(kSmall, R"({"%":2})", R"({"%":2,"%":2})")), HasSubstr("the key '%' twice"));
  EXPECT_THAT(Reasons(Changed(kSmall, R"({"%":2})", R"({"%":9223372036854775808})")),
              HasSubstr("doesn't fit into 64 bits"));
  EXPECT_THAT(Reasons(Changed(kSmall, R"({"%":2})", R"({"%":2.0})")), HasSubstr("an operand without a number"));
  EXPECT_THAT(Reasons(Changed(kSmall, R"({"%":2})", R"({"%":2,"x":1})")), HasSubstr("isn't known: 'x'"));
  EXPECT_THAT(Reasons(Changed(kSmall, R"("/Linear/")", "\"\xff\"")), HasSubstr("no UTF-8"));
  EXPECT_THAT(Reasons(Changed(kSmall, R"("version":4)", R"("version":1e999)")), HasSubstr("out of range"));
  EXPECT_THAT(Reasons("[" + BuildPir(kSmall) + "]"), HasSubstr("a list in the place of an object"));
  EXPECT_THAT(Reasons(R"({"base_code":)"), HasSubstr("cut off"));
  EXPECT_THAT(Reasons(Changed(kSmall, R"("0.t_f32")", R"("0.t_f99")")),
              HasSubstr("a type that isn't known: '0.t_f99'"));
  EXPECT_THAT(Reasons(Changed(kSmall, R"("D":false)", R"("D":0)")), HasSubstr("is not of the type '0.a_bool'"));
  EXPECT_THAT(Reasons(Changed(kSmall, R"("0.a_bool")", R"("0.a_booL")")),
              HasSubstr("a type that isn't known: '0.a_booL'"));
  EXPECT_THAT(Reasons(Changed(kSmall, R"("args":[])", R"("args":[],"kwargs":[])")), HasSubstr("'kwargs'"));
  EXPECT_THAT(Reasons(Changed(kSmall, R"("QA":[])", R"("QA":[{"AT":{"#":"0.a_f32","D":1.0},"N":"scale"}])")),
              HasSubstr("an attribute that isn't known: 'scale'"));
  EXPECT_THAT(Reasons(Changed(kSmall, R"(,"OA":[1,0,1])", R"(,"OA":[1,0])")), HasSubstr("flags of a parameter"));
  EXPECT_THAT(Reasons(Changed(kSmall, R"("place"}],"I":[])", R"("place"}],"I":{})")), HasSubstr("no list of operands"));
}

TEST(PirReader, BoundsDepthAndOps) {
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += "[";
  EXPECT_THAT(Reasons(Changed(kSmall, R"("D":"/Linear/")", R"("D":)" + deep)), HasSubstr("nested too deep"));
  Findings findings;
  const auto program = pir::ReadProgram(BuildPir(kSmall), {3}, &findings);
  EXPECT_THAT(program.status().message(), HasSubstr("more than 3 ops"));
}

// A tensor of each rank that a Paddle has, and none of more.
TEST(PirReader, BoundsRanks) {
  const auto lines = [](int rank) {
    std::string dims = "1";
    for (int i = 1; i < rank; ++i) dims += ",1";
    return "%1:f32[" + dims + "] = data x\nfetch 0 %1";
  };
  EXPECT_TRUE(ImportText(lines(12)).program);
  EXPECT_THAT(ImportText(lines(13)).reasons, HasSubstr("a tensor has 13 dimensions; no Paddle takes more than 12"));
}

TEST(PirReader, AnArrayHoldsOneType) {
  EXPECT_THAT(Reasons(BuildPir(R"(
    %1:f32[2,2] = data x
    %2:f32[2,2] = 1.flip %1 | axis=json:{"#":"0.a_array","D":[{"#":"0.a_i32","D":1},{"#":"0.a_i64","D":0}]}
    fetch 0 %2)")),
              HasSubstr("an array of values of different types"));
}

}  // namespace
}  // namespace pdquant::testing
