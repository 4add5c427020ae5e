// What is quantized, by options and by rules: whole command lines on a program of paddlepaddle 2.6.2
// (tests/paddle/make_scoped.py).
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/process.h"
#include "support/programs.h"

namespace pdquant::testing {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;

using Arguments = std::vector<std::string>;
using Decisions = std::map<std::string, std::string>;

Arguments Join(Arguments first, const Arguments& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

class SelectionTest : public CommandTest {
 protected:
  SelectionTest() {
    Write("main.pb", ReadFile(PDQUANT_TESTDATA "/paddle/scoped/main.pb"));
    Write("startup.pb", ReadFile(PDQUANT_TESTDATA "/paddle/scoped/startup.pb"));
  }

  // The report of a dry run that warns of nothing.
  json Report(const Arguments& options) const {
    const Finished finished = Run(Join({"transpile", "main.pb", "--dry-run", "-q", "--report", "-"}, options));
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return json::parse(finished.out);
  }

  static std::string Place(const json& operand) {
    return std::to_string(operand["block"].get<int>()) + ":" + std::to_string(operand["op"].get<int>()) + " " +
           operand["slot"].get<std::string>();
  }

  // Of the operands of forward ops, by "BLOCK:OP SLOT": "8 bits, abs_max, default", or "float, default".
  Decisions Decided(const Arguments& options) const {
    const json report = Report(options);
    Decisions decisions;
    for (const json& rewire : report["rewires"]) {
      if (rewire["gradient"].get<bool>()) continue;
      const json& pair = report["pairs"][rewire["pair"].get<size_t>()];
      decisions[Place(rewire["operand"])] = std::to_string(pair["bits"].get<int>()) + " bits, " +
                                            pair["quantize_type"].get<std::string>() + ", " +
                                            rewire["rule"].get<std::string>();
    }
    for (const json& kept : report["kept"]) {
      if (kept["operand"]["type"].get<std::string>().ends_with("_grad")) continue;
      decisions[Place(kept["operand"])] = "float, " + kept["rule"].get<std::string>();
    }
    return decisions;
  }

  Decisions WithRules(const std::string& toml, const Arguments& options = {}) const {
    Write("rules.toml", toml);
    return Decided(Join({"--rules", "rules.toml"}, options));
  }

  // The ops that read something rounded, as "BLOCK:OP", in the order of the text.
  std::vector<std::string> Quantized(const Arguments& options) const {
    std::vector<std::string> ops;
    for (const auto& [place, decision] : Decided(options)) {
      std::string op = place.substr(0, place.find(' '));
      if (!decision.starts_with("float") && (ops.empty() || ops.back() != op)) ops.push_back(std::move(op));
    }
    return ops;
  }

  std::string Transpiled(const Arguments& options) const {
    const Finished finished = Run(Join({"transpile", "main.pb", "-o", "-", "-q"}, options));
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return finished.out;
  }

  void ExpectWrong(const Arguments& options, const std::string& message) const {
    const Finished finished = Run(Join({"transpile", "main.pb", "-o", "out.pb"}, options));
    EXPECT_EQ(finished.exit_code, 2);
    EXPECT_EQ(finished.out, "");
    EXPECT_EQ(finished.err, "pdquant: error: " + message + " [usage]\n");
    EXPECT_FALSE(Exists("out.pb"));
  }

  std::string Warnings(const Arguments& options) const {
    const Finished finished = Run(Join({"transpile", "main.pb", "-o", "out.pb"}, options));
    EXPECT_EQ(finished.exit_code, 0);
    return finished.err;
  }
};

// Convolutions, and matmul_v2 with a weight, in the branch, too; not the products of attention, nor what Paddle's mark
// is on.
TEST_F(SelectionTest, ByDefault) {
  EXPECT_THAT(Quantized({}), ElementsAre("0:0", "0:29", "0:3", "0:7", "0:9", "1:0"));
  const Decisions decisions = Decided({});
  EXPECT_THAT(decisions, Contains(Pair("0:0 Filter", "8 bits, abs_max, default")));
  EXPECT_THAT(decisions, Contains(Pair("0:15 Y", "float, skip_quant")));
  EXPECT_THAT(decisions, Contains(Pair("0:11 X", "float, default")));
}

TEST_F(SelectionTest, OpTypes) {
  EXPECT_THAT(Quantized({"--op-type", "conv2d"}), ElementsAre("0:0", "0:3"));
  EXPECT_THAT(Quantized({"--op-type", "mul,conv2d"}), ElementsAre("0:0", "0:3"));
  EXPECT_THAT(Quantized({"--op-type", "conv2d", "--op-type", "matmul_v2"}),
              ElementsAre("0:0", "0:29", "0:3", "0:7", "0:9", "1:0"));
  EXPECT_THAT(Quantized({"--op-type", "+pool2d"}), ElementsAre("0:0", "0:2", "0:29", "0:3", "0:7", "0:9", "1:0"));
  EXPECT_THAT(Decided({"--op-type", "conv2d"}), Contains(Pair("0:0 Input", "8 bits, abs_max, --op-type")));
}

TEST_F(SelectionTest, Products) {
  EXPECT_THAT(Quantized({"--products"}), ElementsAre("0:0", "0:11", "0:13", "0:29", "0:3", "0:7", "0:9", "1:0"));
  EXPECT_THAT(Quantized({"--op-type", "matmul_v2", "--products"}),
              ElementsAre("0:11", "0:13", "0:29", "0:7", "0:9", "1:0"));
  EXPECT_THAT(Decided({"--products"}), AllOf(Contains(Pair("0:11 X", "8 bits, abs_max, --products")),
                                             Contains(Pair("0:7 X", "8 bits, abs_max, default"))));
}

// Their data inputs are rounded: no bias, no integers, and of a gradient op no result.
TEST_F(SelectionTest, OpsWithoutWeights) {
  const Decisions decisions = Decided({"--op-type", "elementwise_add,concat,softmax,tanh"});
  EXPECT_THAT(decisions,
              AllOf(Contains(Pair("0:5 X", "8 bits, abs_max, --op-type")),
                    Contains(Pair("0:5 Y", "8 bits, abs_max, --op-type")),
                    Contains(Pair("0:8 X", "8 bits, abs_max, --op-type")), Contains(Pair("0:8 Y", "float, --op-type")),
                    Contains(Pair("0:28 X", "8 bits, abs_max, --op-type")),
                    Contains(Pair("0:12 X", "8 bits, abs_max, --op-type"))));
  const json report = Report({"--op-type", "+pool2d,+elementwise_add,+tanh,+concat"});
  std::map<std::string, std::string> gradients;
  for (const json& rewire : report["rewires"]) {
    if (rewire["gradient"].get<bool>())
      gradients[rewire["operand"]["type"].get<std::string>()] += rewire["operand"]["slot"].get<std::string>();
  }
  EXPECT_EQ(gradients["pool2d_grad"], "X");
  EXPECT_EQ(gradients["concat_grad"], "XX");
  EXPECT_EQ(gradients["elementwise_add_grad"].substr(0, 2), "XX");
  EXPECT_EQ(gradients.count("tanh_grad"), 0U);
}

// What a convolution and an addition read is quantized once.
TEST_F(SelectionTest, AValueIsSharedWithOpsWithoutWeights) {
  const json report = Report({"--op-type", "+elementwise_add"});
  std::vector<std::string> quantized;
  for (const json& pair : report["pairs"]) quantized.push_back(pair["first_reader"]["variable"].get<std::string>());
  EXPECT_EQ(std::count(quantized.begin(), quantized.end(), "pool2d_0.tmp_0"), 1);
}

TEST_F(SelectionTest, SkipAndOnly) {
  EXPECT_THAT(Quantized({"--skip", "type:conv2d"}), ElementsAre("0:29", "0:7", "0:9", "1:0"));
  EXPECT_THAT(Quantized({"--skip", "scope:backbone/deep"}), ElementsAre("0:0", "0:29", "0:7", "0:9", "1:0"));
  EXPECT_THAT(Quantized({"--skip", "scope:/backbone/", "--skip", "linear_[02].*"}), ElementsAre("0:29", "1:0"));
  EXPECT_THAT(Quantized({"--only", "scope:head"}), ElementsAre("0:29", "1:0"));
  EXPECT_THAT(Quantized({"--only", "scope:head", "--only", "conv2d_0.*"}), ElementsAre("0:0", "0:29", "1:0"));
  EXPECT_THAT(Quantized({"--only", "scope:head", "--skip", "concat_*"}), ElementsAre("1:0"));
  const Decisions decisions = Decided({"--only", "type:conv2d", "--skip", "image"});
  EXPECT_THAT(decisions, AllOf(Contains(Pair("0:0 Filter", "float, --skip 'image'")),
                               Contains(Pair("0:3 Filter", "8 bits, abs_max, --only 'type:conv2d'")),
                               Contains(Pair("0:7 X", "float, --only"))));
}

// The whole op stays in float, with its gradient op; what others read of its operands isn't touched by that.
TEST_F(SelectionTest, FloatIsForTheWholeOp) {
  const json report = Report({"--skip", "linear_0.w_0"});
  Decisions reads;
  for (const json& rewire : report["rewires"]) reads[Place(rewire["operand"])] = rewire["reads"].get<std::string>();
  EXPECT_THAT(reads, AllOf(Not(Contains(Key("0:7 X"))), Not(Contains(Key("0:7 Y"))), Not(Contains(Key("0:58 X"))),
                           Not(Contains(Key("0:58 Y"))), Contains(Key("0:9 X")), Contains(Key("0:56 X"))));
}

TEST_F(SelectionTest, LaterRulesWin) {
  EXPECT_THAT(WithRules("[[rule]]\nscope = 'skip_quant'\nweight-bits = 4\n"),
              AllOf(Contains(Pair("0:15 Y", "4 bits, abs_max, rules.toml:1")),
                    Contains(Pair("0:15 X", "8 bits, abs_max, rules.toml:1"))));
  EXPECT_THAT(WithRules("[[rule]]\ntype = 'conv2d'\nkeep = 'float'\n"
                        "[[rule]]\nvariable = 'conv2d_0.w_0'\nweight-bits = 4\n"
                        "[[rule]]\nscope = 'backbone'\nactivation-bits = 6\nweight-bits = 5\n"
                        "[[rule]]\nscope = 'backbone/deep'\nkeep = 'float'\n"),
              AllOf(Contains(Pair("0:0 Filter", "5 bits, abs_max, rules.toml:7")),
                    Contains(Pair("0:0 Input", "6 bits, abs_max, rules.toml:7")),
                    Contains(Pair("0:3 Filter", "float, rules.toml:11"))));
  EXPECT_THAT(WithRules("[[rule]]\nvariable = 'image'\nactivation-bits = 8\n", {"--skip", "conv2d_0.w_0"}),
              Contains(Pair("0:0 Filter", "8 bits, abs_max, rules.toml:1")));
}

TEST_F(SelectionTest, SettingsOfAVariableAreForItsOperands) {
  EXPECT_THAT(WithRules("[[rule]]\nvariable-regex = 'linear_[0-9]+\\.w_0'\nweight-bits = 4\nactivation-bits = 2\n"),
              AllOf(Contains(Pair("0:7 Y", "4 bits, abs_max, rules.toml:1")),
                    Contains(Pair("0:7 X", "8 bits, abs_max, default"))));
}

TEST_F(SelectionTest, ByNumber) {
  EXPECT_THAT(
      WithRules("[[rule]]\nop = 29\nkeep = 'float'\n[[rule]]\nblock = 1\nop = 0\nweight-bits = 3\n"
                "[[rule]]\nop = 11\nactivation-bits = 7\n[[rule]]\nop = 26\nactivation-bits = 9\n"),
      AllOf(Contains(Pair("0:29 Y", "float, rules.toml:1")), Contains(Pair("1:0 Y", "3 bits, abs_max, rules.toml:4")),
            Contains(Pair("0:11 X", "7 bits, abs_max, rules.toml:8")),
            Contains(Pair("0:26 X", "9 bits, abs_max, rules.toml:11"))));
}

TEST_F(SelectionTest, ProductsByRule) {
  EXPECT_THAT(WithRules("[[rule]]\ntype = 'matmul_v2'\nproducts = true\nactivation-bits = 10\n"),
              AllOf(Contains(Pair("0:11 X", "10 bits, abs_max, rules.toml:1")),
                    Contains(Pair("0:7 X", "8 bits, abs_max, default"))));
  EXPECT_THAT(WithRules("[[rule]]\nproducts = true\nscope = 'attention'\nkeep = 'float'\n", {"--products"}),
              Contains(Pair("0:13 Y", "float, rules.toml:1")));
  // A type alone asks for no products.
  EXPECT_THAT(
      WithRules("[[rule]]\ntype = 'matmul_v2'\nactivation-bits = 10\n"),
      AllOf(Contains(Pair("0:11 X", "float, default")), Contains(Pair("0:7 X", "10 bits, abs_max, rules.toml:1"))));
}

// Two ops read one value with other bits: each has its pair, also where the scales are trained.
TEST_F(SelectionTest, OneValueTwice) {
  Write("rules.toml", "[[rule]]\nvariable = 'reshape2_0.tmp_0'\nscope = 'attention'\nop = 9\nactivation-bits = 4\n");
  for (const char* kind : {"abs_max", "moving_average_abs_max", "range_abs_max"}) {
    const Arguments options = {"--rules", "rules.toml", "--activation-quantize-type", kind};
    const json report = Report(options);
    std::map<std::string, std::string> reads;
    for (const json& rewire : report["rewires"]) reads[Place(rewire["operand"])] = rewire["reads"].get<std::string>();
    EXPECT_NE(reads["0:7 X"], reads["0:9 X"]);
    EXPECT_EQ(reads["0:7 X"], reads["0:58 X"]);
    EXPECT_EQ(reads["0:9 X"], reads["0:56 X"]);
    Write("out.pb", Transpiled(options));
    EXPECT_EQ(Run({"check", "out.pb"}).exit_code, 0);
    EXPECT_EQ(Run({"undo", "out.pb", "-o", "back.pb"}).exit_code, 0);
    EXPECT_TRUE(Read("back.pb") == Read("main.pb"));
  }
}

TEST_F(SelectionTest, ScaleKindsByRule) {
  EXPECT_THAT(WithRules("[[rule]]\nscope = 'backbone'\nactivation-quantize-type = 'moving_average_abs_max'\n"
                        "weight-quantize-type = 'range_abs_max'\n"),
              AllOf(Contains(Pair("0:0 Input", "8 bits, moving_average_abs_max, rules.toml:1")),
                    Contains(Pair("0:0 Filter", "8 bits, range_abs_max, rules.toml:1")),
                    Contains(Pair("0:7 X", "8 bits, abs_max, default"))));
}

TEST_F(SelectionTest, TheTestFormHasTheSame) {
  const Arguments options = {"--op-type", "+elementwise_add,+pool2d", "--skip", "scope:head"};
  EXPECT_EQ(Quantized(options), Quantized(Join(options, {"--for-test"})));
}

TEST_F(SelectionTest, InAConfigurationFile) {
  Write("conf.toml", "[transpile]\nop-type = ['conv2d', 'pool2d']\nskip = 'scope:backbone/deep'\nproducts = true\n");
  EXPECT_THAT(Quantized({"--config", "conf.toml"}), ElementsAre("0:0", "0:2"));
  Write("conf.toml", "[transpile]\nop-type = [1]\n");
  ExpectWrong({"--config", "conf.toml"}, "conf.toml:2:11: 'op-type' has to be a string, or an array of such");
}

TEST_F(SelectionTest, UnmetRules) {
  EXPECT_EQ(Warnings({"-q", "--skip", "nothing"}), "");
  EXPECT_EQ(Warnings({"--skip", "linear_*.w0"}),
            "pdquant: warning: 'main.pb': --skip 'linear_*.w0' is about no op that could be quantized; the nearest are "
            "'linear_0.w_0', 'linear_2.w_0', 'linear_4.w_0' [unmet-rule]\n");
  EXPECT_THAT(Warnings({"--skip", "scope:backbon"}), HasSubstr("; the nearest are '/backbone/', "));
  EXPECT_THAT(Warnings({"--op-type", "conv2d_transpose"}),
              HasSubstr("--op-type is about no op that could be quantized"));
  Write("rules.toml", "[[rule]]\nop = 1000\nkeep = 'float'\n[[rule]]\ntype = 'conv2d'\nkeep = 'float'\n");
  EXPECT_EQ(Warnings({"--rules", "rules.toml"}),
            "pdquant: warning: 'main.pb': rules.toml:1 is about no op that could be quantized [unmet-rule]\n");
}

TEST_F(SelectionTest, Wrong) {
  ExpectWrong({"--op-type", "conv2"},
              "--op-type: no op type that can be quantized is 'conv2'; the nearest is 'conv2d'");
  ExpectWrong({"--op-type", "conv2d,"}, "--op-type: the pattern is empty");
  ExpectWrong({"--op-type", "fill_constant"}, "--op-type: 'fill_constant' has no input that could be rounded");
  ExpectWrong({"--skip", "a[b"}, "--skip 'a[b': character 2 of the pattern: '[' has no ']'");
  ExpectWrong({"--only", "type:matmulv2"},
              "--only 'type:matmulv2': no op type that can be quantized is 'matmulv2'; the nearest is 'matmul_v2'");
  ExpectWrong({"--skip", "scope:"}, "--skip 'scope:': the pattern is empty");
  Write("rules.toml", "[[rule]]\nkeep = 'float'\ntype = 'conv2'\n");
  ExpectWrong({"--rules", "rules.toml"},
              "rules.toml:3:8: type: no op type that can be quantized is 'conv2'; the nearest is 'conv2d'");
  const Finished folder = Run({"transpile", "main.pb", "-o", "out.pb", "--rules", "."});
  EXPECT_EQ(folder.exit_code, 2);
  EXPECT_THAT(folder.err, HasSubstr("--rules: '.': is a folder"));
  const Finished missing = Run({"transpile", "main.pb", "-o", "out.pb", "--rules", "missing.toml"});
  EXPECT_EQ(missing.exit_code, 4);
}

TEST_F(SelectionTest, RulesOnStandardInput) {
  Invocation invocation;
  invocation.arguments = {"transpile", "main.pb", "--dry-run", "-q", "--report", "-", "--rules", "-"};
  invocation.input = "[[rule]]\nkeep = 'float'\n";
  const Finished finished = Run(invocation);
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(json::parse(finished.out)["pairs"].size(), 0U);
  invocation.arguments = {"transpile", "-", "--dry-run", "--rules", "-"};
  EXPECT_THAT(Run(invocation).err, HasSubstr("PROGRAM and --rules can't both be standard input"));
}

// The rules file is an input like others: no output may be that file.
TEST_F(SelectionTest, TheRulesFileIsNoOutput) {
  Write("rules.toml", "");
  EXPECT_EQ(Run({"transpile", "main.pb", "-o", "rules.toml", "--rules", "rules.toml"}).exit_code, 2);
}

TEST_F(SelectionTest, DryRunNamesTheRules) {
  Write("rules.toml", "[[rule]]\nscope = 'attention'\nkeep = 'float'\n");
  const Finished finished = Run({"transpile", "main.pb", "--dry-run", "--all", "--rules", "rules.toml"});
  EXPECT_THAT(finished.out, HasSubstr("block 0, op 0 'conv2d', input 'Filter', variable 'conv2d_0.w_0': reads "
                                      "'conv2d_0.w_0.quantized.dequantized', by default\n"));
  EXPECT_THAT(finished.out, HasSubstr("block 0, op 7 'matmul_v2', input 'Y', variable 'linear_0.w_0': rules.toml:1 "
                                      "keeps it in float\n"));
  EXPECT_THAT(finished.out, HasSubstr("variable 'linear_4.w_0': it is marked with skip_quant\n"));
}

// Each line of the page: options, and the file that does the same.
TEST_F(SelectionTest, TheGuide) {
  std::istringstream page(ReadFile(PDQUANT_SOURCE "/docs/guide/selection.md"));
  std::string language;
  std::string text;
  int files = 0;
  std::vector<std::string> made;  // by the commands since the last heading
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("## ")) made.clear();
    if (!line.starts_with("```")) {
      text += line + "\n";
      continue;
    }
    if (language == "toml") {
      Write("rules.toml", text);
      ++files;
    }
    std::istringstream commands(language == "sh" ? text : "");
    for (std::string command; std::getline(commands, command);) {
      SCOPED_TRACE(command);
      ASSERT_TRUE(command.starts_with("pdquant "));
      std::istringstream words(command.substr(8));
      Arguments arguments;
      for (std::string word; words >> word;) {
        if (word.starts_with('\'')) word = word.substr(1, word.size() - 2);
        arguments.push_back(word);
      }
      Remove("q.pb");
      const Finished finished = Run(arguments);
      EXPECT_EQ(finished.exit_code, 0);
      EXPECT_EQ(finished.err, "");
      if (!Exists("q.pb")) continue;
      EXPECT_EQ(Run({"check", "q.pb"}).exit_code, 0);
      // A file says what the option before it does.
      const bool is_pair = language == "sh" && arguments.back() == "rules.toml" && !made.empty();
      if (is_pair) {
        EXPECT_TRUE(Read("q.pb") == made.back());
      }
      made.push_back(Read("q.pb"));
    }
    language = line.substr(3);
    text.clear();
  }
  EXPECT_EQ(files, 5);
}

}  // namespace
}  // namespace pdquant::testing
