#include <gmock/gmock.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "cli/process.h"
#include "support/programs.h"

namespace pdquant::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class ShowCommandTest : public CommandTest {
 protected:
  ShowCommandTest() {
    CopyNetwork("mlp");
    Write("params", ReadFile(PDQUANT_TESTDATA "/params/shared_weight.int8.params"));
  }

  std::string Show(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "show");
    const Finished finished = Run(arguments);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_EQ(finished.err, "");
    return finished.out;
  }

  void ExpectFailure(std::vector<std::string> arguments, int code, const std::string& message) const {
    arguments.insert(arguments.begin(), "show");
    const Finished finished = Run(arguments);
    EXPECT_EQ(finished.exit_code, code);
    EXPECT_EQ(finished.out, "");
    EXPECT_THAT(finished.err, HasSubstr(message));
  }

  std::string FromPipe(std::vector<std::string> arguments, const std::string& file) const {
    Invocation invocation;
    invocation.arguments = std::move(arguments);
    invocation.input = Read(file);
    return Run(invocation).out;
  }
};

TEST_F(ShowCommandTest, Program) {
  EXPECT_THAT(Show({"main.pb"}),
              StartsWith("'main.pb': training program, not quantized, Paddle 1.8.5\n  12168 bytes, 1 block, 29 ops"));
  EXPECT_THAT(Show({"startup.pb"}), StartsWith("'startup.pb': startup program, "));
  EXPECT_THAT(FromPipe({"show", "-"}, "main.pb"), StartsWith("standard input: training program, "));
  EXPECT_THAT(Show({"--list", "ops", "main.pb"}), StartsWith("0:0 mul(X=x, Y=fc_0.w_0) -> Out=fc_0.tmp_0\n"));
  EXPECT_THAT(Show({"--list", "vars", "main.pb"}), HasSubstr("\n0 fc_0.w_0 LOD_TENSOR FP32 [13, 32] persistable\n"));
  EXPECT_THAT(Show({"--list", "params", "main.pb"}), HasSubstr("\nfc_0.w_0 FP32 [13, 32], 1664 bytes\n"));
  EXPECT_THAT(Show({"--op", "0", "main.pb"}), HasSubstr("\n  in Y: fc_0.w_0 LOD_TENSOR FP32 [13, 32] persistable\n"));
  EXPECT_THAT(Show({"--format", "canonical", "main.pb"}), StartsWith("program\n  version: 1008005\nblock main\n"));
  EXPECT_THAT(Show({"--format", "dot", "main.pb"}), StartsWith("digraph program {\n"));
  EXPECT_THAT(Show({"--format", "dot", "--around", "0:3", "--hops", "1", "main.pb"}), HasSubstr("label=\"0:3 "));
}

TEST_F(ShowCommandTest, OneFileWithoutSiblingsIsTheSameAsAPipe) {
  for (const char* file : {"main.pb", "params"}) {
    EXPECT_EQ(FromPipe({"show", "--format", "canonical", "-"}, file), Show({"--format", "canonical", file}));
  }
}

TEST_F(ShowCommandTest, ParameterFile) {
  EXPECT_THAT(Show({"params"}),
              StartsWith("'params': parameter file: 5 tensors, 584 bytes of data\n  0 FP32 [16] at 0x0, "));
  EXPECT_THAT(Show({"--format", "canonical", "params"}),
              StartsWith("parameters\nrecord 0\n  offset: 0x0\n  type: FP32 [16]\n  hash: "));
  Write("cut", Read("params").substr(0, 100));
  const Finished finished = Run({"show", "--format", "canonical", "cut"});
  EXPECT_EQ(finished.exit_code, 3);
  EXPECT_THAT(finished.err, StartsWith("pdquant: error: 'cut': record 1: "));
  ExpectFailure({"--list", "ops", "params"}, 2, "'params' is a parameter file: it has no ops");
  ExpectFailure({"--params", "params", "params"}, 2, "--params goes with a program");
}

TEST_F(ShowCommandTest, WrongCommandLines) {
  ExpectFailure({"main.pb", "--list", "ops", "--op", "1"}, 2, "--list and --op exclude each other");
  ExpectFailure({"main.pb", "--list", "ops", "--format", "json"}, 2, "--list and --op go with --format text");
  ExpectFailure({"main.pb", "--around", "1"}, 2, "--around goes with --format dot");
  ExpectFailure({"main.pb", "--op", "29"}, 2, "'29' is no op of the program: the main block has 29 ops");
  ExpectFailure({"main.pb", "--format", "xml"}, 2, "'xml' is not text, json, canonical, dot or html");
  ExpectFailure({"main.pb", "--hops", "-1"}, 2, "has to be 0 or more");
  ExpectFailure({}, 2, "PROGRAM|MODEL|PARAMS");
}

TEST_F(ShowCommandTest, WhatCannotBeLoaded) {
  ExpectFailure({"nowhere"}, 4, "can't open");
  Write("empty", "");
  ExpectFailure({"empty"}, 3, "an empty file");
  Write("json", "{}");
  ExpectFailure({"json"}, 3, "not a program of Paddle");
}

// A program that breaks rules is shown, with a warning.
TEST_F(ShowCommandTest, BrokenProgram) {
  proto::ProgramDesc program = ParseMessage(Read("main.pb"));
  program.mutable_blocks(0)->mutable_ops(0)->mutable_inputs(0)->set_arguments(0, "nowhere");
  program.add_blocks()->set_idx(7);
  Write("broken", program.SerializePartialAsString());
  for (const char* format : {"text", "json", "canonical", "dot", "html"}) {
    const Finished finished = Run({"show", "--format", format, "broken"});
    EXPECT_EQ(finished.exit_code, 0);
    EXPECT_THAT(finished.err, HasSubstr("pdquant: warning: 'broken': block 1: idx is 7 instead of 1"));
    EXPECT_THAT(finished.out, HasSubstr(std::string(format) == "dot" ? "mul" : "nowhere"));
  }
}

// Writes the outputs into files, and asks Python's jsonschema.
TEST_F(ShowCommandTest, JsonIsAsTheSchemaSays) {
  proto::ProgramDesc odd = ParseText(R"pb(
    blocks {
      idx: 0
      parent_idx: -1
      vars {
        name: "a"
        type { type: 99 }
      }
      ops {
        type: "b"
        attrs { name: "c" type: 77 i: 1 }
        attrs { name: "d" type: 1 f: inf }
        attrs { name: "e" type: 0 }
        attrs {
          name: "f"
          type: 16
          scalar { type: 2 i: 5 }
        }
      }
    })pb");
  odd.mutable_blocks(0)->mutable_ops(0)->mutable_inputs()->Add()->set_parameter("\xff\\");
  Write("odd", odd.SerializePartialAsString());
  std::string files;
  for (const char* input : {"main.pb", "startup.pb", "params", "odd"}) {
    const Finished finished = Run({"show", "--format", "json", input});
    EXPECT_EQ(finished.exit_code, 0);
    EXPECT_EQ(nlohmann::json::parse(finished.out)["schema"], "pdquant-show");
    Write(std::string(input) + ".json", finished.out);
    files += " " + Path(std::string(input) + ".json");
  }
  const int code = std::system(("/usr/bin/env python3 " PDQUANT_SOURCE "/tests/support/validate_json.py " PDQUANT_SOURCE
                                "/docs/reference/show.schema.json" +
                                files)
                                   .c_str());
  if (WEXITSTATUS(code) == 77) GTEST_SKIP() << "python3-jsonschema isn't installed";
  EXPECT_EQ(code, 0);
}

// What save_params wrote of a training program: its other parameters are a line each.
TEST_F(ShowCommandTest, PartialParameters) {
  const std::string files = PDQUANT_TESTDATA "/reports/partial-parameters";
  for (const std::string partial : {"params-only", "only.params"}) {
    const Finished shown = Run({"show", files + "/main.pb", "--params", files + "/" + partial});
    EXPECT_EQ(shown.exit_code, 0) << shown.err;
    EXPECT_THAT(shown.out, HasSubstr("\n  parameters: 4 tensors, "));
    EXPECT_THAT(shown.out, HasSubstr("fc_0.w_0 FP32 "));
    EXPECT_THAT(shown.err, HasSubstr("fc_0.w_0_moment1_0"));
    const Finished checked = Run({"check", files + "/main.pb", "--params", files + "/" + partial});
    EXPECT_EQ(checked.exit_code, 3) << "check wants all of them";
  }
  // Nothing of it is there: another folder is meant.
  EXPECT_EQ(Run({"show", files + "/main.pb", "--params", PDQUANT_TESTDATA "/reports/symmetric"}).exit_code, 3);
}

}  // namespace
}  // namespace pdquant::testing
