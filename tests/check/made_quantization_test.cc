// What a pass made in a float program, by the rules of quantization.
#include <gmock/gmock.h>

#include "check/check_testing.h"
#include "check/made.h"
#include "ir/edit/builder.h"
#include "support/encode.h"

namespace pdquant {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class MadeQuantizationTest : public ::testing::Test {
 protected:
  MadeQuantizationTest()
      : program_(testing::Load(testing::ParseText(R"pb(
          blocks {
            idx: 0
            parent_idx: -1
            vars {
              name: "x"
              type { type: 7 }
            }
            vars {
              name: "w"
              type { type: 7 }
            }
            vars {
              name: "t"
              type { type: 7 }
            }
            vars {
              name: "t@GRAD"
              type { type: 7 }
            }
            ops {
              type: "mul"
              inputs { parameter: "X" arguments: "x" }
              inputs { parameter: "Y" arguments: "w" }
              outputs { parameter: "Out" arguments: "t" }
            }
            ops {
              type: "mul_grad"
              inputs { parameter: "Out@GRAD" arguments: "t@GRAD" }
              inputs { parameter: "X" arguments: "x" }
              inputs { parameter: "Y" arguments: "w" }
            }
          })pb"))),
        index_(program_),
        edits_(program_) {}

  void Quantize(const std::string& name) {
    OpBuilder op;
    op.Input("X", name);
    op.Output("Out", name + ".q");
    op.Output("OutScale", name + ".scale");
    op.Type("fake_quantize_abs_max");
    op.Int("bit_length", 8);
    edits_.InsertOpBefore(0, op.message());
  }
  void Dequantize(const std::string& name, const std::string& scale, float max_range = 127) {
    OpBuilder op;
    op.Input("X", name + ".q");
    op.Input("Scale", scale);
    op.Output("Out", name + ".d");
    op.Type("fake_dequantize_max_abs");
    op.Float("max_range", max_range);
    edits_.InsertOpBefore(0, op.message());
  }
  void Rewire(OpId op, const std::string& slot, const std::string& argument) {
    const Edits::FieldEdit field[] = {
        {{}, testing::BytesField(1, testing::BytesField(1, slot) + testing::BytesField(2, argument))}};
    edits_.EditOp(op, field);
  }
  std::vector<std::string_view> Check() {
    Findings findings;
    CheckMadeQuantization(index_, edits_, &findings);
    return testing::Codes(findings);
  }

  Program program_;
  Index index_;
  Edits edits_;
};

TEST_F(MadeQuantizationTest, APairThatBothReadIsSound) {
  Quantize("x");
  Dequantize("x", "x.scale");
  Rewire(0, "X", "x.d");
  Rewire(1, "X", "x.d");
  EXPECT_THAT(Check(), IsEmpty());
}

TEST_F(MadeQuantizationTest, NothingScalesBack) {
  Quantize("x");
  EXPECT_THAT(Check(), ElementsAre("quant-pair"));
}

TEST_F(MadeQuantizationTest, NothingWasQuantized) {
  Dequantize("x", "x.scale");
  EXPECT_THAT(Check(), ElementsAre("quant-pair"));
}

TEST_F(MadeQuantizationTest, AnotherScale) {
  Quantize("x");
  Dequantize("x", "w.scale");
  EXPECT_THAT(Check(), ElementsAre("quant-pair"));
}

TEST_F(MadeQuantizationTest, OtherBits) {
  Quantize("x");
  Dequantize("x", "x.scale", 7);
  EXPECT_THAT(Check(), ElementsAre("quant-pair"));
}

TEST_F(MadeQuantizationTest, QuantizedTwice) {
  Quantize("x");
  Dequantize("x", "x.scale");
  Quantize("x.d");
  Dequantize("x.d", "x.d.scale");
  EXPECT_THAT(Check(), ElementsAre("quant-twice"));
}

TEST_F(MadeQuantizationTest, TheBackwardReadsAFloatForm) {
  for (const char* name : {"x", "w"}) {
    Quantize(name);
    Dequantize(name, std::string(name) + ".scale");
  }
  Rewire(0, "X", "x.d");
  Rewire(0, "Y", "w.d");
  Rewire(1, "X", "x.d");
  EXPECT_THAT(Check(), ElementsAre("quant-backward"));
}

}  // namespace
}  // namespace pdquant
