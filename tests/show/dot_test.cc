#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "show/graph.h"
#include "support/program_builder.h"
#include "text/op_text.h"
#include "text/text_testing.h"

namespace pdquant {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string DotOf(const Program& program, const GraphOptions& options = {}) {
  std::string text;
  WriteDot(Index(program), options, "a title", [&](std::string_view part) {
    text += part;
    return true;
  });
  return text;
}

// What Graphviz makes of it; empty where Graphviz isn't installed.
std::string Svg(const std::string& dot) {
  if (std::system("command -v dot > /dev/null") != 0) return "";
  const std::string path = ::testing::TempDir() + "/pdquant_dot_test_" + std::to_string(getpid()) + ".dot";
  std::FILE* file = std::fopen(path.c_str(), "wb");
  std::fwrite(dot.data(), 1, dot.size(), file);
  std::fclose(file);
  std::FILE* pipe = popen(("dot -Tsvg " + path + " 2>&1").c_str(), "r");
  std::string svg;
  char buffer[4096];
  for (size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) svg.append(buffer, n);
  EXPECT_EQ(pclose(pipe), 0) << svg;
  std::remove(path.c_str());
  return svg;
}

// Each op of the forward pass is there, pairs are folded, backward and optimizer are one node each.
TEST(DotTest, RealPrograms) {
  for (const testing::CorpusRow& row : testing::CorpusPairs()) {
    const Program program = testing::Load(testing::ReadFile(row.After("main.pb")));
    const std::string dot = DotOf(program);
    EXPECT_THAT(dot, Not(HasSubstr("label=\"fake_"))) << row.network;
    EXPECT_THAT(dot, Not(HasSubstr("label=\"mul_grad"))) << row.network;
    EXPECT_THAT(dot, HasSubstr("label=\"backward: "));
    EXPECT_EQ(dot.find("label=\"optimizer: ") != std::string::npos, row.network != "no_quantizable") << row.network;
  }
}

TEST(DotTest, GraphvizReadsIt) {
  for (const char* network : {"lenet", "cond", "dynamic_rnn", "recompute"}) {
    const std::string svg = Svg(DotOf(testing::Load(testing::ReadFile(testing::MainOf(network)))));
    if (svg.empty()) GTEST_SKIP() << "Graphviz isn't installed";
    EXPECT_THAT(svg, HasSubstr("</svg>"));
    EXPECT_THAT(svg, Not(HasSubstr("Error")));
  }
}

TEST(DotTest, Around) {
  const Program program = testing::Load(testing::ReadFile(testing::MainOf("lenet")));
  GraphOptions options;
  options.around = 5;
  options.hops = 1;
  const std::string dot = DotOf(program, options);
  EXPECT_THAT(dot, HasSubstr("label=\"0:5 conv2d\", fillcolor=\"#ffffff\", penwidth=3"));
  EXPECT_THAT(dot, HasSubstr("label=\"0:4 batch_norm\""));
  EXPECT_THAT(dot, Not(HasSubstr("label=\"0:3 ")));
  options.hops = 0;
  EXPECT_THAT(DotOf(program, options), Not(HasSubstr("batch_norm\"")));
}

// D3: names can't end a string, begin another attribute, or an escape of Graphviz.
TEST(DotTest, NamesAreEscaped) {
  const std::vector<std::string> names = {"\"]; evil [label=\"", "\\N\\",    "a\nb",  "<b>x</b>",
                                          "&lt;&amp;",           "\xff\x01", "{a|b}", std::string(1000, 'x')};
  for (const std::string& name : names) {
    proto::ProgramDesc message = testing::ParseText(R"pb(
      blocks {
        idx: 0
        parent_idx: -1
        vars {
          name: "v"
          type { type: 7 }
        }
        ops {
          type: "t"
          inputs { parameter: "X" arguments: "v" }
        }
      })pb");
    message.mutable_blocks(0)->mutable_vars(0)->set_name(name);
    message.mutable_blocks(0)->mutable_ops(0)->set_type(name);
    message.mutable_blocks(0)->mutable_ops(0)->mutable_inputs(0)->set_arguments(0, name);
    const std::string dot = DotOf(testing::Load(message));
    const std::string svg = Svg(dot);
    if (svg.empty()) GTEST_SKIP() << "Graphviz isn't installed";
    size_t nodes = 0;
    for (size_t at = svg.find("class=\"node\""); at != std::string::npos; at = svg.find("class=\"node\"", at + 1))
      ++nodes;
    EXPECT_EQ(nodes, 2U) << dot;
  }
}

// Programs that break the rules of blocks are drawn as far as it makes sense.
// A variable may have many readers: neither its node in the picture nor an edge is as long as its shape.
TEST(DotTest, LongShapesAreCut) {
  std::string dims = "1";
  for (int i = 0; i < 1000; ++i) dims += ",1";
  const Program program =
      testing::Load(testing::BuildProgram("var w float32[" + dims + "] persistable\nvar x float32[" + dims +
                                          "]\nmul X=x Y=w : Out=y\nmul X=x Y=w : Out=z"));
  const std::string dot = DotOf(program);
  EXPECT_THAT(dot, HasSubstr("label=\"mul\\nY 1x1x1x1x1x1x1x1x1x...\""));
  EXPECT_THAT(dot, HasSubstr("... (3021 bytes)\"];\n"));
  EXPECT_LT(dot.size(), 10'000U);
}

TEST(DotTest, BrokenPrograms) {
  const Program program = testing::Load(testing::ParseText(R"pb(
    blocks {
      idx: 0
      parent_idx: -1
      ops {
        type: "a"
        inputs { parameter: "X" arguments: "nowhere" }
        attrs { name: "x" type: 10 blocks_idx: 99 blocks_idx: -1 blocks_idx: 0 }
      }
    }
    blocks {
      idx: 7
      parent_idx: 99
      forward_block_idx: 1
      ops {
        type: "b"
        attrs { name: "x" type: 8 block_idx: 2 }
      }
    }
    blocks {
      idx: 2
      parent_idx: 2
      forward_block_idx: 55
      vars {
        name: "v"
        type { type: 7 }
      }
      ops {
        type: "c"
        outputs { parameter: "X" arguments: "v" arguments: "w" }
        attrs { name: "x" type: 10 blocks_idx: 1 blocks_idx: 2 }
      }
    })pb"));
  EXPECT_THAT(DotOf(program), HasSubstr("label=\"c\""));
  GraphOptions options;
  options.around = 2;
  EXPECT_THAT(DotOf(program, options), HasSubstr("label=\"2:0 c\""));
}

}  // namespace
}  // namespace pdquant
