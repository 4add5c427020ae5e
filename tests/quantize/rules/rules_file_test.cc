#include "quantize/rules/rules_file.h"

#include <gmock/gmock.h>

#include <random>

namespace pdquant {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;
using ::testing::StartsWith;

Result<SelectionRules> Read(std::string_view text) {
  const Result<TomlFile> file = TomlFile::Parse("dir/r.toml", text);
  if (!file.ok()) return file.status();
  return ReadRules(*file);
}

std::string Error(std::string_view text) {
  const Result<SelectionRules> rules = Read(text);
  EXPECT_FALSE(rules.ok()) << text;
  if (rules.ok()) return "";
  EXPECT_EQ(rules.status().code(), StatusCode::kUsage);
  return rules.status().message();
}

TEST(RulesFileTest, AllKeys) {
  const Result<SelectionRules> rules = Read(R"(# a comment
[[rule]]
type = "matmul*"
variable = "fc_*.w_0"
scope = "/encoder/"
block = 1
op = 7
products = true
weight-bits = 4
activation-bits = 16
weight-quantize-type = "range_abs_max"
activation-quantize-type = "moving_average_abs_max"

[[rule]]
variable-regex = "fc_[0-9]+"
keep = "float"
)");
  ASSERT_TRUE(rules.ok()) << rules.status().message();
  ASSERT_EQ(rules->size(), 2U);
  const SelectionRule& first = rules->front();
  EXPECT_EQ(first.origin, "r.toml:2");
  for (const QuantizableOp* row : first.types) EXPECT_THAT(row->type, StartsWith("matmul"));
  EXPECT_TRUE(first.variable->Matches("fc_3.w_0"));
  EXPECT_TRUE(first.scope->Matches("/encoder/deep/"));
  EXPECT_THAT(first.block, Optional(1));
  EXPECT_THAT(first.op, Optional(7));
  EXPECT_TRUE(first.products);
  EXPECT_EQ(first.weight_bits, 4);
  EXPECT_EQ(first.activation_bits, 16);
  EXPECT_EQ(first.weight_quantize_type, FindScaleKind("range_abs_max"));
  EXPECT_EQ(first.activation_quantize_type, FindScaleKind("moving_average_abs_max"));
  EXPECT_FALSE(first.keep_float);
  const SelectionRule& second = rules->back();
  EXPECT_EQ(second.origin, "r.toml:14");
  EXPECT_TRUE(second.keep_float);
  EXPECT_EQ(second.why_float, "r.toml:14 keeps it in float");
  EXPECT_TRUE(second.variable->Matches("fc_12"));
}

TEST(RulesFileTest, NoRules) {
  EXPECT_TRUE(Read("")->empty());
  EXPECT_TRUE(Read("rule = []")->empty());
}

TEST(RulesFileTest, AnOpsNumberIsOneOfTheMainBlock) {
  const Result<SelectionRules> rules = Read("[[rule]]\nop = 3\nkeep = 'float'");
  ASSERT_TRUE(rules.ok());
  EXPECT_THAT(rules->front().block, Optional(0));
}

// Each with the place of what is wrong, and what is nearest to it.
TEST(RulesFileTest, Errors) {
  EXPECT_THAT(Error("[[rule]\n"), StartsWith("dir/r.toml:1:8: "));
  EXPECT_EQ(Error("[[rules]]\n"),
            "dir/r.toml:1:3: there is no key 'rules' in a rules file, which is a list of [[rule]]");
  EXPECT_EQ(Error("rule = 1"), "dir/r.toml:1:8: rule has to be a list: [[rule]]");
  EXPECT_EQ(Error("[rule]\nkeep = 'float'"), "dir/r.toml:1:1: rule has to be a list: [[rule]]");
  EXPECT_EQ(Error("rule = [1]"), "dir/r.toml:1:9: rule has to be a list of tables: [[rule]]");
  EXPECT_EQ(Error("[[rule]]\nkeep = 'float'\nvariables = 'a'\n"),
            "dir/r.toml:3:1: a rule has no key 'variables'; the nearest is 'variable'");
  EXPECT_EQ(Error("[[rule]]\ntype = 'conv2'\nkeep = 'float'"),
            "dir/r.toml:2:8: type: no op type that can be quantized is 'conv2'; the nearest is 'conv2d'");
  EXPECT_EQ(Error("[[rule]]\ntype = 'fill_constant'\nactivation-bits = 8"),
            "dir/r.toml:2:8: type: 'fill_constant' has no input that could be rounded");
  EXPECT_EQ(Error("[[rule]]\nvariable = 'a[b'\nkeep = 'float'"),
            "dir/r.toml:2:12: variable: character 2 of the pattern: '[' has no ']'");
  EXPECT_EQ(Error("[[rule]]\nvariable-regex = 'a('\nkeep = 'float'"), "dir/r.toml:2:18: variable-regex: missing ): a(");
  EXPECT_EQ(Error("[[rule]]\nscope = ''\nkeep = 'float'"), "dir/r.toml:2:9: scope: the pattern is empty");
  EXPECT_EQ(Error("[[rule]]\nvariable = 1\nkeep = 'float'"), "dir/r.toml:2:12: variable: has to be a string");
  EXPECT_EQ(Error("[[rule]]\nweight-bits = 1"), "dir/r.toml:2:15: weight-bits: 1 is not between 2 and 16");
  EXPECT_EQ(Error("[[rule]]\nweight-bits = 8.0"), "dir/r.toml:2:15: weight-bits: has to be an integer");
  EXPECT_EQ(Error("[[rule]]\nblock = -1\nkeep = 'float'"), "dir/r.toml:2:9: block: -1 is not between 0 and 2147483647");
  EXPECT_EQ(Error("[[rule]]\nkeep = 'int8'"), "dir/r.toml:2:8: keep: 'int8' is not 'float'");
  EXPECT_EQ(Error("[[rule]]\nproducts = false\nkeep = 'float'"),
            "dir/r.toml:2:12: products: has to be true, or be left out");
  EXPECT_THAT(Error("[[rule]]\nactivation-quantize-type = 'minmax'"),
              StartsWith("dir/r.toml:2:28: activation-quantize-type: 'minmax' is not abs_max, "));
}

TEST(RulesFileTest, WhatARuleSaysAsAWhole) {
  EXPECT_THAT(Error("\n[[rule]]\ntype = 'mul'"),
              StartsWith("dir/r.toml:2:1: the rule says nothing of what it matches"));
  EXPECT_EQ(Error("[[rule]]\nkeep = 'float'\nweight-bits = 4"),
            "dir/r.toml:1:1: a rule with keep = \"float\" has no bits and no types of scales");
  EXPECT_EQ(Error("[[rule]]\nvariable = 'a'\nvariable-regex = 'b'\nkeep = 'float'"),
            "dir/r.toml:1:1: variable and variable-regex exclude each other");
}

// toml++ takes for granted what it looks at later.
TEST(RulesFileTest, WhatIsNoKey) {
  EXPECT_THAT(Error("[+a]"), StartsWith("dir/r.toml:1:2: "));
  EXPECT_THAT(Error("[[#"), StartsWith("dir/r.toml:1:3: "));
  EXPECT_THAT(Error("a = {=1}"), StartsWith("dir/r.toml:1:"));
}

TEST(RulesFileTest, NotEndless) {
  std::string many;
  for (int i = 0; i < 1001; ++i) many += "[[rule]]\nkeep = 'float'\n";
  EXPECT_THAT(Error(many), HasSubstr("there are more than 1000 rules"));
}

// Whatever is done to a file, it is a list of rules, or there is a place where it isn't.
TEST(RulesFileTest, AnyBytes) {
  const std::string whole = R"([[rule]]
type = "conv2d"
variable = 'w_[0-9]*'
scope = "/a/"
weight-bits = 4
[[rule]]
variable-regex = "a(b|c)+"
keep = "float"
[[rule]]
op = 0x1f
block = 0
products = true
activation-quantize-type = """abs_max"""
)";
  const std::string alphabet =
      "[]{}()=.,'\"\\\n#*?!^-+_ \t\0\xff\xc3"
      "ab019erulkpf";
  std::mt19937 random(7);
  int read = 0;
  for (int i = 0; i < 10000; ++i) {
    std::string text = whole;
    for (uint32_t changes = random() % 4 + 1; changes != 0; --changes) {
      const size_t at = random() % text.size();
      const size_t length = random() % 3 == 0 ? random() % 12 : 1;
      switch (random() % 4) {
        case 0:
          text.erase(at, length);
          break;
        case 1:
          text.insert(at, 1, alphabet[random() % alphabet.size()]);
          break;
        case 2:
          text[at] = alphabet[random() % alphabet.size()];
          break;
        default:
          text.insert(at, text.substr(random() % text.size(), length));
      }
      if (text.empty()) text = "a";
    }
    const Result<SelectionRules> rules = Read(text);
    if (rules.ok()) {
      ++read;
      for (const SelectionRule& rule : *rules) {
        if (rule.variable) static_cast<void>(rule.variable->Matches("w_0"));
      }
    } else {
      ASSERT_EQ(rules.status().code(), StatusCode::kUsage);
      ASSERT_THAT(rules.status().message(), StartsWith("dir/r.toml:")) << text;
    }
  }
  EXPECT_GT(read, 100);
}

// Each level of what is nested costs stack where it is read and where it is freed.
TEST(RulesFileTest, DeepNesting) {
  std::string dotted = "a";
  for (int i = 0; i < 400000; ++i) dotted += ".a";
  EXPECT_THAT(Error(dotted + " = 1"), StartsWith("dir/r.toml:1:"));
  EXPECT_THAT(Error("[" + dotted + "]"), StartsWith("dir/r.toml:1:"));
  EXPECT_EQ(Error("b = \"x\"\n" + dotted), "dir/r.toml:2:40: a key has more than 20 parts");
  std::string quoted = "'='";
  for (int i = 0; i < 100000; ++i) quoted += " . \"\\\"=\"";
  EXPECT_THAT(Error("a = {b = \"\"\"\" \"\"\", " + quoted + " = 1}"), HasSubstr("parts"));
  EXPECT_THAT(Error("rule = " + std::string(100000, '[')), StartsWith("dir/r.toml:1:"));
}

}  // namespace
}  // namespace pdquant
