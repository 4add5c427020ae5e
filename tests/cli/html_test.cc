// show and diff as one HTML file: which facts are in it, and where it goes. The page itself is tested in
// tests/show/html and tests/browser.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "cli/model_testing.h"
#include "cli/process.h"
#include "support/programs.h"

namespace pdquant::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using Json = nlohmann::json;

// The document of that id in a page.
Json DocumentIn(const std::string& html, const std::string& id) {
  const std::string begin = "<script type=\"application/json\" id=\"" + id + "\">";
  const size_t at = html.find(begin);
  EXPECT_NE(at, std::string::npos) << id;
  const size_t end = html.find("</script>", at);
  return Json::parse(html.substr(at + begin.size(), end - at - begin.size()));
}

class HtmlTest : public ModelCommandTest {
 protected:
  HtmlTest() { CopyNetwork("mlp"); }

  Json Show(std::vector<std::string> arguments, const std::string& id = "program") const {
    arguments.insert(arguments.begin(), {"show", "--format", "html"});
    const Finished finished = Run(arguments);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_THAT(finished.out, StartsWith("<!DOCTYPE html>\n"));
    return DocumentIn(finished.out, id);
  }

  void ExpectFailure(const std::vector<std::string>& arguments, int code, const std::string& message) const {
    const Finished finished = Run(arguments);
    EXPECT_EQ(finished.exit_code, code) << finished.err;
    EXPECT_EQ(finished.out, "");
    EXPECT_THAT(finished.err, HasSubstr(message));
  }

  // The quantized value of the weight with that name.
  static Json ValueOf(const Json& program, const std::string& name) {
    for (const Json& value : program["values"]) {
      const auto variable = program["variables"][value["source"].get<size_t>()];
      if (program["texts"][variable[0].get<size_t>()] == name) return value;
    }
    ADD_FAILURE() << "no value of " << name;
    return {};
  }
};

TEST_F(HtmlTest, ProgramIsWhole) {
  const Json program = Show({"main.pb"});
  EXPECT_EQ(program["title"], "main.pb");
  EXPECT_EQ(program["ops"].size(), 29U);  // as `show --list ops` has them
  const Json& texts = program["texts"];
  const Json& first = program["ops"][0];  // 0:0 mul(X=x, Y=fc_0.w_0) -> Out=fc_0.tmp_0
  EXPECT_EQ(texts[first[0].get<size_t>()], "mul");
  EXPECT_EQ(first[5], 6);  // numbers for the inputs: two slots with an argument each
  EXPECT_EQ(texts[first[6].get<size_t>()], "X");
  EXPECT_EQ(first[7], 1);
  EXPECT_EQ(texts[program["variables"][first[8].get<size_t>()][0].get<size_t>()], "x");
}

// The expected values were computed with numpy from the parameters.
TEST_F(HtmlTest, WeightsHaveHistogramAndSqnr) {
  CopyModel("mlp/moving", "quant", "m", "p");
  const Json value = ValueOf(Show({"m", "--params", "p"}), "fc_2.w_0");
  EXPECT_EQ(value["bits"], 8);
  EXPECT_EQ(value["axis"], -1);
  EXPECT_NEAR(value["scale"]["max"].get<double>(), 0.4979420, 1e-7);
  EXPECT_NEAR(value["sqnr_db"].get<double>(), 48.01439779944269, 1e-9);
  EXPECT_NEAR(value["largest_error"].get<double>(), 0.00193286, 1e-8);
  EXPECT_EQ(value["zeros"], 0);
  EXPECT_EQ(value["saturated"], 1);
  const Json histogram = {0, 5, 1, 0, 5, 1, 4, 5, 1, 4, 3, 6, 2, 3, 2, 4, 2, 0, 5, 7, 2, 2,
                          5, 2, 4, 3, 3, 1, 2, 1, 2, 4, 2, 0, 1, 1, 2, 2, 4, 3, 2, 3, 1, 3,
                          3, 2, 2, 1, 4, 3, 3, 2, 2, 3, 2, 2, 2, 3, 5, 2, 2, 0, 0, 2};
  EXPECT_EQ(value["histogram"], histogram);
}

TEST_F(HtmlTest, WeightsOfChannels) {
  const std::string model = PDQUANT_TESTDATA "/paddle/static_quantization/channels/m";
  const Json value = ValueOf(Show({model}), "w");
  EXPECT_EQ(value["axis"], 1);
  EXPECT_EQ(value["scale"]["count"], 5);
  EXPECT_NEAR(value["scale"]["min"].get<double>(), 0.2963907, 1e-7);
  EXPECT_NEAR(value["scale"]["max"].get<double>(), 0.4985731, 1e-7);
  EXPECT_NEAR(value["sqnr_db"].get<double>(), 49.64528211361931, 1e-9);
  EXPECT_EQ(value["saturated"], 5);
}

// 4 bits: R is 7. The scale is max|w| of the model before it was frozen.
TEST_F(HtmlTest, StoredIntegers) {
  CopyModel("mlp/moving_w4a8", "int8", "m", "p");
  const Json value = ValueOf(Show({"m", "--params", "p"}), "fc_2.w_0.int8");
  EXPECT_EQ(value["bits"], 4);
  EXPECT_EQ(value["histogram"].size(), 8U);
  EXPECT_EQ(value["values"], 160);
  EXPECT_NEAR(value["scale"]["max"].get<double>(), 0.4952574, 1e-7);
  EXPECT_FALSE(value.contains("sqnr_db"));
}

TEST_F(HtmlTest, WithoutParametersNothingIsKnownOfThem) {
  CopyModel("mlp/moving", "quant", "m", "p");
  const Json value = ValueOf(Show({"m"}), "fc_2.w_0");
  EXPECT_EQ(value["bits"], 8);
  EXPECT_FALSE(value.contains("histogram"));
  EXPECT_FALSE(value.contains("scale"));
}

TEST_F(HtmlTest, OverlayIsAReport) {
  CopyModel("mlp/moving", "quant", "m", "p");
  ASSERT_EQ(Run({"freeze", "m", "--params", "p", "-o", "f", "--params-out", "fp", "--report", "r.json"}).exit_code, 0);
  const Json overlay = Show({"m", "--params", "p", "--overlay", "r.json"}, "overlay");
  ASSERT_EQ(overlay["weights"].size(), 3U);
  EXPECT_EQ(overlay["weights"][0]["source"], "fc_2.w_0");  // the worst
  EXPECT_NEAR(overlay["weights"][0]["sqnr_db"].get<double>(), 48.01439779944269, 1e-9);
  Write("other.json", R"({"schema": "pdquant-show", "version": 1})");
  Write("deep.json", std::string(100'000, '['));
  Write("wrong.json", R"({"schema": "pdquant-model-report", "version": 1, "weights": [{"name": 1}], "kept": []})");
  for (const char* report : {"other.json", "deep.json", "wrong.json", "main.pb"})
    ExpectFailure({"show", "--format", "html", "m", "--overlay", report, "-o", "x.html"}, 3, "no report of freeze");
  ExpectFailure({"show", "--format", "html", "m", "--overlay", "nowhere"}, 4, "nowhere");
  ExpectFailure({"show", "m", "--overlay", "r.json"}, 2, "--overlay goes with --format html");
  EXPECT_FALSE(Exists("x.html"));
}

TEST_F(HtmlTest, SeveralModels) {
  const Json models = Show({"main.pb", "startup.pb"}, "models")["models"];
  ASSERT_EQ(models.size(), 2U);
  EXPECT_EQ(models[0]["title"], "main.pb");
  EXPECT_EQ(models[0]["summary"]["ops"], 29);
  EXPECT_EQ(models[1]["summary"]["purpose"], "startup program");
  ExpectFailure({"show", "main.pb", "startup.pb"}, 2, "several inputs go with --format html");
  ExpectFailure({"show", "--format", "html", "-", "-"}, 2, "only one input can be standard input");
  ExpectFailure({"show", "--format", "html", "main.pb", "nowhere"}, 4, "nowhere");
}

TEST_F(HtmlTest, Diff) {
  ASSERT_EQ(Run({"transpile", "main.pb", "-o", "q.pb"}).exit_code, 0);
  const Finished finished = Run({"diff", "main.pb", "q.pb", "--format", "html"});
  EXPECT_EQ(finished.exit_code, 1);
  const Json program = DocumentIn(finished.out, "program");
  EXPECT_EQ(program["ops"].size(), 41U);
  EXPECT_EQ(DocumentIn(finished.out, "diff"), Json::parse(Run({"diff", "main.pb", "q.pb", "--format", "json"}).out));
  // Back again: what is removed stands where it stood, behind it the op that read it.
  const Finished back = Run({"diff", "q.pb", "main.pb", "--format", "html"});
  const Json both = DocumentIn(back.out, "program");
  ASSERT_EQ(both["ops"].size(), 41U);
  const auto is_old = [&](size_t op) { return (both["ops"][op][3].get<int>() >> 4) == 1; };
  EXPECT_TRUE(is_old(0) && is_old(1) && is_old(2) && is_old(3));
  EXPECT_FALSE(is_old(4));
  EXPECT_EQ(both["texts"][both["ops"][4][0].get<size_t>()], "mul");
  EXPECT_EQ(Run({"diff", "main.pb", "main.pb", "--format", "html"}).exit_code, 0);
}

TEST_F(HtmlTest, GoesToAFile) {
  const std::string shown = Run({"show", "--format", "html", "main.pb"}).out;
  EXPECT_EQ(Run({"show", "--format", "html", "main.pb", "-o", "x.html"}).out, "");
  EXPECT_EQ(Read("x.html"), shown);
  EXPECT_EQ(Run({"show", "--format", "html", "main.pb", "-o", "-"}).out, shown);
  EXPECT_EQ(Run({"show", "--list", "ops", "main.pb", "-o", "ops.txt"}).exit_code, 0);
  EXPECT_THAT(Read("ops.txt"), StartsWith("0:0 mul("));
  EXPECT_EQ(Run({"diff", "main.pb", "startup.pb", "--format", "html", "-o", "d.html"}).exit_code, 1);
  EXPECT_THAT(Read("d.html"), StartsWith("<!DOCTYPE html>\n"));
}

// Nothing is half-written, and no input is destroyed.
TEST_F(HtmlTest, RefusedOutputs) {
  const std::string before = Read("main.pb");
  ExpectFailure({"show", "--format", "html", "main.pb", "-o", "main.pb"}, 2, "-o 'main.pb' is the input 'main.pb'");
  ExpectFailure({"diff", "main.pb", "startup.pb", "-o", "startup.pb"}, 2, "is the input 'startup.pb'");
  EXPECT_EQ(Read("main.pb"), before);
  ExpectFailure({"show", "--format", "html", "main.pb", "-o", "no/where/x.html"}, 4, "no/where");
  Write("bad", "{}");
  ExpectFailure({"show", "--format", "html", "bad", "-o", "x.html"}, 3, "not a program of Paddle");
  ExpectFailure({"diff", "bad", "main.pb", "-o", "x.html"}, 3, "not a program of Paddle");
  EXPECT_EQ(Files(), (std::vector<std::string>{"bad", "main.pb", "startup.pb"}));
}

TEST_F(HtmlTest, Batch) {
  const Finished finished = Run({"batch", "--out", "out", "*.pb", "--", "show", "--format", "html"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(Read("out/main.pb.html"), StartsWith("<!DOCTYPE html>\n"));
  ExpectFailure({"batch", "--out", "out2", "*.pb", "--", "show", "-o", "x"}, 2, "-o");
}

TEST_F(HtmlTest, ParameterFiles) {
  Write("params", ReadFile(PDQUANT_TESTDATA "/params/shared_weight.int8.params"));
  ExpectFailure({"show", "--format", "html", "params"}, 2, "'params' is a parameter file: it has no ops");
  ExpectFailure({"show", "--format", "html", "main.pb", "params"}, 2, "'params' is a parameter file: it has no ops");
  const Finished finished = Run({"diff", "params", "params", "--format", "html"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_EQ(DocumentIn(finished.out, "diff")["equal"], true);
}

}  // namespace
}  // namespace pdquant::testing
