#include <gmock/gmock.h>

#include "library/pdquant.h"
#include "support/program_builder.h"
#include "support/program_compare.h"
#include "support/programs.h"

namespace pdquant::library {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Network(const std::string& file) { return pdquant::testing::ReadFile(PDQUANT_CORPUS "/" + file); }

// Expected from QuantizeTranspiler of paddlepaddle 1.8.5.
TEST(Library, TranspilesAsTheReference) {
  const Transpiled made = Transpile(Network("mlp/main.pb"), Network("mlp/startup.pb"));
  ASSERT_EQ(made.code, 0) << made.failure;
  EXPECT_THAT(made.messages, IsEmpty());
  const auto compare = [](const std::string& bytes, const std::string& expected) {
    return pdquant::testing::CompareAsGraphs(pdquant::testing::ParseMessage(Network(expected)),
                                             pdquant::testing::ParseMessage(bytes));
  };
  EXPECT_THAT(compare(made.main, "mlp/abs_max/main.pb"), IsEmpty());
  EXPECT_THAT(compare(made.startup, "mlp/abs_max/startup.pb"), IsEmpty());
  EXPECT_THAT(made.report, HasSubstr("\"schema\""));
}

TEST(Library, SaysWhatAnOptionTakes) {
  const std::string main = Network("mlp/main.pb");
  const auto failure = [&](const Options& options) {
    const Transpiled made = Transpile(main, std::nullopt, options);
    EXPECT_EQ(made.code, 2);
    EXPECT_EQ(made.main, "");
    return made.failure;
  };
  EXPECT_EQ(failure({{"weight-bits", "17"}}), "--weight-bits: 17 is not between 2 and 16");
  EXPECT_EQ(failure({{"weight-bits", "many"}}), "--weight-bits: 'many' is no number of that size");
  EXPECT_EQ(failure({{"for-test", "yes"}}), "--for-test: 'yes' is no true or false");
  EXPECT_EQ(failure({{"weight-quantize-type", "best"}}), "--weight-quantize-type: 'best' is no kind of scale");
  EXPECT_EQ(failure({{"bits", "8"}}), "no option is named 'bits'");
  EXPECT_THAT(failure({{"form", "linear"}, {"weight-quantize-type", "range_abs_max"}}),
              HasSubstr("--weight-quantize-type"));
}

TEST(Library, RefusesWhatIsNoProgram) {
  EXPECT_EQ(Transpile("hello").code, 3);
  EXPECT_EQ(Transpile(Network("mlp/main.pb"), "hello").code, 3);
  EXPECT_THAT(Transpile("hello").failure, HasSubstr("not a program of Paddle"));
  EXPECT_EQ(Check("").code, 3);
  EXPECT_EQ(Diff("", Network("mlp/main.pb")).code, 3);
}

TEST(Library, ChecksAndCompares) {
  const std::string main = Network("mlp/main.pb");
  EXPECT_EQ(Check(main).code, 0);
  const std::string broken =
      pdquant::testing::BuildProgram("var w float32[8,8] persistable\nvar w float32[8,8]\nmul X=x Y=w : Out=y")
          .SerializeAsString();
  const Answer answer = Check(broken);
  EXPECT_EQ(answer.code, 1);
  ASSERT_EQ(answer.messages.size(), 1U);
  EXPECT_EQ(answer.messages[0].code, "duplicate-variable");
  EXPECT_EQ(answer.messages[0].place, "block 0, variable 'w'");
  EXPECT_EQ(answer.messages[0].severity, Severity::kError);
  EXPECT_EQ(Check(main, "onednn").code, 1);  // a training program
  EXPECT_EQ(Check(main, "gpu").code, 2);
  EXPECT_EQ(Diff(main, main).code, 0);
  const Compared compared = Diff(main, broken);
  EXPECT_EQ(compared.code, 1);
  EXPECT_THAT(compared.text, HasSubstr("ops removed"));
}

}  // namespace
}  // namespace pdquant::library
