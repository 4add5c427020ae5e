#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "cli/process.h"
#include "support/programs.h"

namespace pdquant::testing {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class DiffCommandTest : public CommandTest {
 protected:
  DiffCommandTest() {
    Write("a.pb", ReadFile(PDQUANT_CORPUS "/mlp/main.pb"));
    Write("b.pb", ReadFile(PDQUANT_CORPUS "/mlp/abs_max/main.pb"));
  }

  Finished Diff(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "diff");
    return Run(arguments);
  }
  // Of programs that differ.
  std::string Text(const std::vector<std::string>& arguments) const {
    const Finished finished = Diff(arguments);
    EXPECT_EQ(finished.exit_code, 1) << finished.err;
    EXPECT_EQ(finished.err, "");
    return finished.out;
  }
};

TEST_F(DiffCommandTest, EqualIsSilent) {
  for (const char* format : {"text", "markdown", "github"}) {
    const Finished finished = Diff({"a.pb", "a.pb", "--format", format});
    EXPECT_EQ(finished.exit_code, 0);
    EXPECT_EQ(finished.out + finished.err, "") << format;
  }
  const Finished json = Diff({"a.pb", "a.pb", "--format", "json"});
  EXPECT_EQ(json.exit_code, 0);
  EXPECT_EQ(nlohmann::json::parse(json.out)["equal"], true);
}

// What transpile inserts: a line for each pair, and nothing else.
TEST_F(DiffCommandTest, QuantizationReadsWell) {
  const std::string text = Text({"a.pb", "b.pb"});
  EXPECT_THAT(text,
              StartsWith("'a.pb' -> 'b.pb': 12 ops inserted (6 quantize/dequantize pairs), 6 ops changed; 18 variables "
                         "inserted\n"
                         "+ 0:0,0:1 fake_quantize_abs_max, fake_dequantize_max_abs: fc_0.w_0 -> "
                         "fc_0.w_0.quantized.dequantized, 8 bits; for 0:4 mul Y, 0:34 mul_grad Y\n"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 7);
  const std::string back = Text({"b.pb", "a.pb"});
  EXPECT_THAT(back, HasSubstr("\n- 0:0,0:1 fake_quantize_abs_max, fake_dequantize_max_abs: "));
  const std::string expanded = Text({"a.pb", "b.pb", "--expand", "--all"});
  EXPECT_EQ(std::count(expanded.begin(), expanded.end(), '+'), 12 + 18);
  EXPECT_THAT(expanded, HasSubstr("~ 0:0 -> 0:4 mul making fc_0.tmp_0\n"
                                  "    in X: x -> x.quantized.dequantized\n"
                                  "    in Y: fc_0.w_0 -> fc_0.w_0.quantized.dequantized\n"));
}

TEST_F(DiffCommandTest, LongListsAreCut) {
  Write("resnet.pb", ReadFile(PDQUANT_CORPUS "/resnet/main.pb"));
  const std::string text = Text({"a.pb", "resnet.pb"});
  EXPECT_THAT(text, EndsWith(" more; --all shows them\n"));
  EXPECT_THAT(Text({"a.pb", "resnet.pb", "--all"}), Not(HasSubstr("--all shows them")));
  EXPECT_LT(Text({"a.pb", "resnet.pb", "--all", "--expand", "--format", "markdown"}).size(), size_t{1} << 20U);
}

TEST_F(DiffCommandTest, Ignore) {
  proto::ProgramDesc program = ParseMessage(Read("a.pb"));
  for (proto::OpDesc& op : *program.mutable_blocks(0)->mutable_ops()) {
    for (auto& attr : *op.mutable_attrs()) {
      if (attr.name() == "op_role") attr.set_i(attr.i() + 1);
      if (attr.name() == "op_callstack") attr.add_strings("elsewhere.py");
    }
  }
  program.mutable_version()->set_version(2006002);
  Write("c.pb", program.SerializeAsString());
  EXPECT_EQ(Diff({"a.pb", "c.pb"}).exit_code, 1);
  EXPECT_EQ(Diff({"a.pb", "c.pb", "--ignore", "op_role"}).exit_code, 1);
  EXPECT_EQ(Diff({"a.pb", "c.pb", "--ignore", "op_role", "--ignore", "version"}).exit_code, 0);
  EXPECT_EQ(Diff({"a.pb", "c.pb", "--ignore", "*.op_ro*", "--ignore", "program.version"}).exit_code, 0);
  EXPECT_THAT(Text({"a.pb", "c.pb", "--ignore", "op_role"}), HasSubstr("~ program, version: 1008005 -> 2006002\n"));
}

TEST_F(DiffCommandTest, Tensors) {
  const std::string model = PDQUANT_FREEZE_CORPUS "/mlp/moving";
  const std::vector<std::string> arguments = {model + "/quant/model.pb",
                                              model + "/frozen/model.pb",
                                              "--tensors",
                                              "--params-a",
                                              model + "/quant/params",
                                              "--params-b",
                                              model + "/frozen/params",
                                              "--all"};
  EXPECT_THAT(Text(arguments), HasSubstr("\n~ tensor fc_0.w_0: 416 of 416 values differ, by "));
  std::vector<std::string> tolerant = arguments;
  tolerant.insert(tolerant.end(), {"--tolerance", "200"});
  EXPECT_THAT(Text(tolerant), Not(HasSubstr("tensor ")));
  EXPECT_EQ(Diff({model + "/quant/params", model + "/quant/params"}).exit_code, 0);
  EXPECT_THAT(Text({model + "/quant/params", model + "/frozen/params"}), HasSubstr(": 3 of 15 tensors differ\n"));
}

// A checkpoint of parameters beside its training program: the optimizer's state isn't there.
TEST_F(DiffCommandTest, PartialParameters) {
  const std::string files = PDQUANT_TESTDATA "/reports/partial-parameters";
  const auto compare = [&](const std::string& a, const std::string& b) {
    return Diff({files + "/main.pb", files + "/main.pb", "--tensors", "--params-a", files + "/" + a, "--params-b",
                 files + "/" + b});
  };
  for (const std::string partial : {"params-only", "only.params"}) {
    const Finished here = compare(partial, "all.params");
    EXPECT_EQ(here.exit_code, 1) << here.err;
    EXPECT_THAT(here.out, HasSubstr("\n+ tensor fc_0.w_0_moment1_0: FP32 "));
    EXPECT_THAT(here.out, Not(HasSubstr(" tensor fc_0.w_0: ")));
    EXPECT_THAT(here.err, HasSubstr("warning"));
    EXPECT_THAT(here.err, HasSubstr("fc_0.w_0_moment1_0"));
    EXPECT_THAT(here.err, Not(HasSubstr("'fc_0.w_0'")));
  }
  const Finished same = compare("params-only", "only.params");
  EXPECT_EQ(same.exit_code, 0) << same.out << same.err;
  EXPECT_THAT(same.err, HasSubstr("fc_0.w_0_moment1_0"));
  // One that is missing, of a model for inference.
  const std::string model = PDQUANT_FREEZE_CORPUS "/mlp/moving/frozen";
  Run({"params", "unpack", model + "/model.pb", "--params", model + "/params", "-o", "some"});
  Remove("some/fc_0.w_0");
  const Finished one = Diff(
      {model + "/model.pb", model + "/model.pb", "--tensors", "--params-a", "some", "--params-b", model + "/params"});
  EXPECT_EQ(one.exit_code, 1) << one.err;
  EXPECT_THAT(one.out, HasSubstr(": 1 of "));
  EXPECT_THAT(one.out, HasSubstr("\n+ tensor fc_0.w_0: "));
}

TEST_F(DiffCommandTest, WhatCannotBeCompared) {
  Write("params", ReadFile(PDQUANT_FREEZE_CORPUS "/mlp/moving/quant/params"));
  Write("text", "no program");
  EXPECT_EQ(Diff({"a.pb", "params"}).exit_code, 3);
  EXPECT_EQ(Diff({"a.pb", "text"}).exit_code, 3);
  EXPECT_EQ(Diff({"a.pb", "missing"}).exit_code, 4);
  EXPECT_EQ(Diff({"a.pb"}).exit_code, 2);
  EXPECT_EQ(Diff({"-", "-"}).exit_code, 2);
  EXPECT_EQ(Diff({"a.pb", "b.pb", "--params-a", "x"}).exit_code, 2);
  EXPECT_EQ(Diff({"--git", "a.pb", "b.pb"}).exit_code, 2);
}

TEST_F(DiffCommandTest, GitsArguments) {
  const Finished changed = Diff({"--git", "m.pdmodel", "a.pb", "1", "100644", "b.pb", "2", "100644"});
  EXPECT_EQ(changed.exit_code, 0);
  EXPECT_THAT(changed.out,
              StartsWith("diff --pdquant a/m.pdmodel b/m.pdmodel\n'a/m.pdmodel' -> 'b/m.pdmodel': 12 ops inserted"));
  const Finished added = Diff({"--git", "m", "/dev/null", ".", ".", "b.pb", "2", "100644"});
  EXPECT_EQ(added.exit_code, 0);
  EXPECT_THAT(added.out, HasSubstr("new file mode 100644\nnew: a program with "));
  const Finished renamed = Diff({"--git", "m", "a.pb", "1", "100644", "a.pb", "1", "100644", "n",
                                 "similarity index 100%\nrename from m\nrename to n\n"});
  EXPECT_EQ(renamed.exit_code, 0);
  EXPECT_EQ(renamed.out, "diff --pdquant a/m b/n\nsimilarity index 100%\nrename from m\nrename to n\n");
  const Finished unmerged = Diff({"--git", "m"});
  EXPECT_EQ(unmerged.exit_code, 0);
  EXPECT_EQ(unmerged.out, "* Unmerged path m\n");
  Write("text", "no program");
  const Finished broken = Diff({"--git", "m", "a.pb", "1", "100644", "text", "2", "100644"});
  EXPECT_EQ(broken.exit_code, 0);
  EXPECT_THAT(broken.out, HasSubstr("can't be compared by meaning: "));
}

// D3: names can't leave their place in any format.
TEST_F(DiffCommandTest, HostileNames) {
  const std::string hostile = "x\n::error::y\x1b[31m|<script>`[l](http://e)\r%0A\"'&]]>";
  proto::ProgramDesc before = ParseMessage(Read("a.pb"));
  proto::ProgramDesc after = before;
  proto::OpDesc* op = after.mutable_blocks(0)->add_ops();
  op->set_type(hostile);
  auto* slot = op->add_outputs();
  slot->set_parameter(hostile);
  slot->add_arguments(hostile);
  Write("c.pb", after.SerializeAsString());
  for (const char* format : {"text", "json", "markdown", "github", "sarif", "junit"}) {
    const Finished finished = Diff({"a.pb", "c.pb", "--format", format});
    EXPECT_EQ(finished.exit_code, 1);
    const std::string& text = finished.out;
    EXPECT_THAT(text, Not(HasSubstr("\x1b"))) << format;
    EXPECT_THAT(text, Not(HasSubstr("\n::error::y"))) << format;
    EXPECT_THAT(text, Not(HasSubstr("\r"))) << format;
    if (std::string(format) == "json" || std::string(format) == "sarif") {
      EXPECT_TRUE(nlohmann::json::accept(text));
    }
    if (std::string(format) == "markdown") {
      EXPECT_THAT(text, Not(HasSubstr("<script>")));
      EXPECT_THAT(text, Not(HasSubstr("`")));
      EXPECT_THAT(text, Not(HasSubstr("http:")));
    }
    if (std::string(format) == "junit") {
      EXPECT_THAT(text, Not(HasSubstr("<script>")));
    }
  }
}

TEST_F(DiffCommandTest, JsonIsAsDocumented) {
  Write("c.pb", ReadFile(PDQUANT_CORPUS "/cond/main.pb"));
  const std::string model = PDQUANT_FREEZE_CORPUS "/mlp/moving";
  const std::vector<std::vector<std::string>> cases = {
      {"a.pb", "b.pb"},
      {"a.pb", "a.pb"},
      {"b.pb", "c.pb"},
      {model + "/quant/params", model + "/frozen/params"},
      {model + "/frozen/model.pb", model + "/int8/model.pb", "--tensors", "--params-a", model + "/frozen/params",
       "--params-b", model + "/int8/params"}};
  std::string files;
  for (size_t i = 0; i < cases.size(); ++i) {
    std::vector<std::string> arguments = cases[i];
    arguments.insert(arguments.end(), {"--format", "json"});
    Write(std::to_string(i) + ".json", Diff(arguments).out);
    files += " " + Path(std::to_string(i) + ".json");
  }
  const int code = std::system(("/usr/bin/env python3 " PDQUANT_SOURCE "/tests/support/validate_json.py " PDQUANT_SOURCE
                                "/docs/reference/diff.schema.json" +
                                files)
                                   .c_str());
  if (WEXITSTATUS(code) == 77) GTEST_SKIP() << "python3-jsonschema isn't installed";
  EXPECT_EQ(code, 0);
}

}  // namespace
}  // namespace pdquant::testing
