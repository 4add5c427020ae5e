#include "support/program_builder.h"

#include <gmock/gmock.h>

#include <stdexcept>

#include "support/program_compare.h"
#include "support/programs.h"

namespace pdquant::testing {
namespace {

using ::testing::IsEmpty;

// Against protobuf's own text format.
TEST(BuildProgramTest, IsTheSameProgram) {
  const proto::ProgramDesc built = BuildProgram(R"(
      var w float32[8,8] persistable parameter  # a weight
      mul X=x Y=w : Out=y | op_role=0 scale=0.5 use=true mode=upscale axes=[1,-2] sub_block=block:1
      block 0
      sum X=y,x : Out=z
      block 0 1)");
  const proto::ProgramDesc expected = ParseText(R"pb(
    blocks {
      idx: 0
      parent_idx: -1
      vars {
        name: "w"
        type {
          type: 7
          lod_tensor { tensor { data_type: 5 dims: 8 dims: 8 } }
        }
        persistable: true
        is_parameter: true
      }
      vars {
        name: "x"
        type {
          type: 7
          lod_tensor { tensor { data_type: 5 dims: -1 dims: 8 } }
        }
      }
      vars {
        name: "y"
        type {
          type: 7
          lod_tensor { tensor { data_type: 5 dims: -1 dims: 8 } }
        }
      }
      ops {
        type: "mul"
        inputs { parameter: "X" arguments: "x" }
        inputs { parameter: "Y" arguments: "w" }
        outputs { parameter: "Out" arguments: "y" }
        attrs { name: "op_role" type: 0 i: 0 }
        attrs { name: "scale" type: 1 f: 0.5 }
        attrs { name: "use" type: 6 b: true }
        attrs { name: "mode" type: 2 s: "upscale" }
        attrs { name: "axes" type: 3 ints: 1 ints: -2 }
        attrs { name: "sub_block" type: 8 block_idx: 1 }
      }
    }
    blocks {
      idx: 1
      parent_idx: 0
      vars {
        name: "z"
        type {
          type: 7
          lod_tensor { tensor { data_type: 5 dims: -1 dims: 8 } }
        }
      }
      ops {
        type: "sum"
        inputs { parameter: "X" arguments: "y" arguments: "x" }
        outputs { parameter: "Out" arguments: "z" }
      }
    }
    blocks { idx: 2 parent_idx: 0 forward_block_idx: 1 }
    version { version: 0 })pb");
  EXPECT_THAT(CompareAsGraphs(expected, built), IsEmpty());
  EXPECT_EQ(OpText(built.blocks(1).ops(0)), "sum X=y,x : Out=z");
}

TEST(BuildProgramTest, RefusesWhatItDoesNotUnderstand) {
  for (const char* text : {"mul X", "mul =x", "var w", "var w float[8]", "var w float32[a]", "var w float32[1] trained",
                           "block", "block 7", "block 0 7", "mul : Out=y | axes=[a]"}) {
    EXPECT_THROW(BuildProgram(text), std::runtime_error) << text;
  }
}

}  // namespace
}  // namespace pdquant::testing
