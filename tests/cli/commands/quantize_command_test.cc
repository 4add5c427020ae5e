// `pdquant quantize`, as whole command lines, on models that Paddle 2.6.2 exported.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/model_testing.h"
#include "support/program_builder.h"

namespace pdquant::testing {
namespace {

using nlohmann::json;
using ::testing::AnyOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class QuantizeCommandTest : public ModelCommandTest {
 protected:
  void CopyInference(const std::string& model) const {
    const std::filesystem::path source = std::filesystem::path(PDQUANT_CORPUS).parent_path() / "inference" / model;
    for (const auto& [from, to] : {std::pair("model.pdmodel", "M.pdmodel"), std::pair("model.pdiparams", "M.pdiparams"),
                                   std::pair("scales.json", "s.json")})
      std::filesystem::copy_file(source / from, Path(to), std::filesystem::copy_options::overwrite_existing);
  }
  json Report(std::vector<std::string> options) const {
    std::vector<std::string> arguments = {"quantize", "M", "-o", "Q", "--scales", "s.json", "--report", "-", "-q"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const Finished finished = Run(arguments);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return finished.exit_code == 0 ? json::parse(finished.out) : json();
  }
  // The messages of a call that is refused with that code; nothing is written.
  std::string Refused(int code, std::vector<std::string> options) const {
    std::vector<std::string> arguments = {"quantize", "M", "-o", "Q"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const Finished finished = Run(arguments);
    EXPECT_EQ(finished.exit_code, code) << finished.err;
    EXPECT_FALSE(std::filesystem::exists(Path("Q.pdmodel")));
    return finished.err;
  }
  // What the ops of these types write whose attribute out_threshold is the scale of that.
  std::vector<std::string> SaidScales(const proto::ProgramDesc& program, const std::vector<std::string>& types) const {
    const json scales = json::parse(Read("s.json"));
    std::vector<std::string> said;
    for (const proto::OpDesc& op : program.blocks(0).ops()) {
      if (std::find(types.begin(), types.end(), op.type()) == types.end()) continue;
      const std::string& output = op.outputs(op.type() == "batch_norm" ? 4 : 0).arguments(0);
      for (const proto::OpDesc::Attr& attr : op.attrs()) {
        if (attr.name() != "out_threshold") continue;
        EXPECT_EQ(attr.f(), scales[output].get<float>()) << output;
        said.push_back(output);
      }
    }
    return said;
  }
  uint64_t SizeOf(const std::string& file) const { return std::filesystem::file_size(Path(file)); }
};

TEST_F(QuantizeCommandTest, EveryProductWhoseActivationsHaveScales) {
  CopyInference("attention");
  const Finished finished = Run({"quantize", "M", "-o", "Q", "--scales", "s.json"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("'M': 7 of 7 products quantized, 100.0 % of the multiply-adds, 100.0 % of "));
  EXPECT_EQ(Run({"check", "Q", "--strict"}).exit_code, 0);
}

TEST_F(QuantizeCommandTest, LinearStoresBytes) {
  CopyInference("mlp");
  const json report = Report({"--form", "linear", "--weight-quantize-type", "abs_max"});
  for (const json& weight : report["weights"]) {
    EXPECT_EQ(weight["to"]["type"], "INT8");
    EXPECT_EQ(weight["to"]["bytes"].get<int>() * 4, weight["from"]["bytes"].get<int>());
  }
  EXPECT_EQ(report["products"], json({{"all", 3}, {"quantized", 3}}));
  // 13 · 32 + 32 · 16 + 16 · 10.
  EXPECT_EQ(report["multiply_adds"], json({{"all", 1088}, {"integers", 1088}}));
  EXPECT_EQ(report["weight_bytes"], json({{"all", 4352}, {"quantized", 4352}}));
  EXPECT_LT(SizeOf("Q.pdiparams"), SizeOf("M.pdiparams"));
}

// What has no scale stays float as a whole, and is listed; --strict refuses it.
TEST_F(QuantizeCommandTest, MissingScales) {
  CopyInference("mlp");
  json scales = json::parse(Read("s.json"));
  scales.erase("x");
  Write("s.json", scales.dump());
  const json report = Report({});
  EXPECT_EQ(report["products"], json({{"all", 3}, {"quantized", 2}}));
  EXPECT_EQ(report["ops"][0]["quantized"], false);
  EXPECT_EQ(report["ops"][0]["why"], "no scale is given for its activation 'x'");
  EXPECT_EQ(report["multiply_adds"]["integers"], 1088 - 13 * 32);
  EXPECT_EQ(report["weights"].size(), 2U);
  std::filesystem::remove(Path("Q.pdmodel"));
  EXPECT_THAT(Refused(3, {"--scales", "s.json", "--strict"}),
              HasSubstr("no scale is given for its activation 'x'; observe it, or keep the op in float with --skip "
                        "[missing-scale]"));
  EXPECT_EQ(Run({"quantize", "M", "-o", "R", "--scales", "s.json", "--strict", "--skip", "x"}).exit_code, 0);
}

TEST_F(QuantizeCommandTest, Selection) {
  CopyInference("attention");
  EXPECT_EQ(Report({"--op-type", "matmul_v2"})["products"]["quantized"], 5);
  EXPECT_EQ(Report({"--op-type", "matmul_v2", "--products"})["products"]["quantized"], 7);
  EXPECT_EQ(Report({"--op-type", "conv2d"})["products"]["quantized"], 0);
}

TEST_F(QuantizeCommandTest, WrongScales) {
  CopyInference("mlp");
  EXPECT_THAT(Refused(2, {}), HasSubstr("--scales is required"));
  EXPECT_THAT(Refused(4, {"--scales", "none.json"}), HasSubstr("'none.json'"));
  Write("bad.json", R"({"x": NaN})");
  EXPECT_THAT(Refused(3, {"--scales", "bad.json"}), HasSubstr("'bad.json': no scales: the scale of 'x' is NaN"));
  Write("bad.json", R"({"x": -1})");
  EXPECT_THAT(Refused(3, {"--scales", "bad.json"}), HasSubstr("the scale of 'x' is -1"));
  Write("bad.json", R"({"x": 0})");
  EXPECT_THAT(Refused(3, {"--scales", "bad.json"}), HasSubstr("its scale is 0"));
}

// Matrix products stay in float for ONNX Runtime, which would compute them in float anyway.
TEST_F(QuantizeCommandTest, ForOnnx) {
  CopyInference("lenet");
  const json report = Report({"--target", "onnx"});
  EXPECT_EQ(report["products"], json({{"all", 3}, {"quantized", 2}}));
  EXPECT_EQ(report["ops"].back()["why"], "ONNX doesn't compute it with integers");
  EXPECT_EQ(Run({"check", "Q", "--target", "onnx"}).exit_code, 0);
  EXPECT_THAT(Run({"show", "--list", "ops", "Q"}).out, HasSubstr("quantize_linear("));
  std::filesystem::remove(Path("Q.pdmodel"));
  EXPECT_THAT(Refused(2, {"--scales", "s.json", "--target", "onnx", "--form", "legacy"}),
              HasSubstr("--form legacy: onnx takes the linear form only"));
  EXPECT_THAT(Refused(2, {"--scales", "s.json", "--target", "onnx", "--weight-bits", "4"}),
              HasSubstr("--weight-bits: onnx computes with 8 bits only"));
}

// What oneDNN gets wrong in silence stays in float; what it needs a copy of, has one.
TEST_F(QuantizeCommandTest, ForOneDnn) {
  CopyInference("batched_weight");
  EXPECT_EQ(Report({"--target", "onednn"})["products"], json({{"all", 2}, {"quantized", 0}}));
  CopyInference("shared_weight");
  EXPECT_EQ(Report({"--target", "onednn"})["products"], json({{"all", 3}, {"quantized", 0}}));
  EXPECT_EQ(Report({"--target", "onednn", "--op-type", "+mul,+matmul_v2"})["products"],
            json({{"all", 3}, {"quantized", 3}}));
  EXPECT_EQ(Run({"check", "Q", "--target", "onednn"}).exit_code, 0);
}

// What only the values of a weight tell keeps its product in float, whoever asks for it.
TEST_F(QuantizeCommandTest, ChannelsOfZerosForOneDnn) {
  CopyInference("zeros");
  const json report = Report({"--target", "onednn", "--op-type", "+matmul_v2"});
  EXPECT_EQ(report["products"], json({{"all", 3}, {"quantized", 1}}));
  EXPECT_THAT(std::string(report["ops"][0]["why"]), HasSubstr("a channel of zeros"));
  // A weight of zeros is one of integers, which oneDNN takes for a quantized one: a copy hides it.
  EXPECT_THAT(Run({"show", "--list", "ops", "Q"}).out, HasSubstr("assign(X=w_zero) -> Out=w_zero.copy"));
  EXPECT_EQ(Run({"check", "Q", "--target", "onednn"}).exit_code, 0);
  Report({"--op-type", "matmul_v2", "--skip", "w_zero"});
  EXPECT_THAT(Run({"check", "Q", "--target", "onednn"}).err, HasSubstr("[target-integer-weight]"));
  Report({"--op-type", "matmul_v2", "--weight-quantize-type", "abs_max"});
  EXPECT_THAT(Run({"check", "Q", "--target", "onednn"}).err, HasSubstr("[target-zero-channel]"));
}

// A copy keeps the scale of what an average pooling made from what it was made of.
TEST_F(QuantizeCommandTest, OwnScalesForOneDnn) {
  CopyInference("ocr_like");
  Report({});
  EXPECT_THAT(Run({"check", "Q", "--target", "onednn"}).err, HasSubstr("[target-borrowed-scale]"));
  for (const std::string form : {"legacy", "linear"}) {
    EXPECT_EQ(Report({"--target", "onednn", "--form", form})["products"], json({{"all", 5}, {"quantized", 4}}));
    EXPECT_EQ(Run({"check", "Q", "--target", "onednn"}).exit_code, 0);
    size_t copies = 0;
    size_t skipped = 0;
    const proto::ProgramDesc program = ReadProgram("Q.pdmodel");
    for (const proto::OpDesc& op : program.blocks(0).ops()) {
      copies += op.type() == "assign" ? 1U : 0U;
      for (const proto::OpDesc::Attr& attr : op.attrs())
        skipped += attr.name() == "skip_quant" && attr.i() == 1 ? 1U : 0U;
    }
    EXPECT_EQ(copies, 1);   // behind the pool of the squeeze-and-excitation block
    EXPECT_EQ(skipped, 3);  // two pools and the product of matrices
  }
}

// Both operands of a residual sum are quantized in the linear form. In the legacy form there is no op for it: they have
// scales as attributes.
TEST_F(QuantizeCommandTest, ForTensorRt) {
  CopyInference("resnet");
  for (const auto& [form, pairs] : {std::pair("linear", 4), std::pair("legacy", 0)}) {
    Report({"--target", "tensorrt", "--form", form});
    EXPECT_EQ(Run({"check", "Q", "--target", "tensorrt"}).exit_code, 0);
    const proto::ProgramDesc program = ReadProgram("Q.pdmodel");
    int rounded = 0;
    for (const proto::OpDesc& op : program.blocks(0).ops()) {
      if (op.type() != "elementwise_add") continue;
      for (const proto::OpDesc::Var& input : op.inputs())
        rounded += input.arguments(0).find(".quantized.dequantized") != std::string::npos ? 1 : 0;
    }
    EXPECT_EQ(rounded, pairs) << form;
    // The sums, and what they add: one operand of four is a relu, the others are batch_norms.
    const auto said = SaidScales(program, {"elementwise_add", "batch_norm", "relu"});
    if (form == std::string("linear")) {
      EXPECT_THAT(said, ElementsAre("tmp_0", "tmp_1"));
    } else {
      EXPECT_THAT(said, ElementsAre("relu_0.tmp_0", "batch_norm_2.tmp_2", "tmp_0", "batch_norm_3.tmp_2",
                                    "batch_norm_5.tmp_2", "tmp_1"));
    }
  }
  EXPECT_EQ(Run({"undo", "Q", "-o", "U"}).exit_code, 0);
  EXPECT_THAT(SaidScales(ReadProgram("U.pdmodel"), {"elementwise_add", "batch_norm", "relu"}), IsEmpty());
}

// A bias is no activation.
TEST_F(QuantizeCommandTest, SumsThatSayNoScalesForTensorRt) {
  CopyInference("mlp");
  Report({"--target", "tensorrt"});
  EXPECT_THAT(SaidScales(ReadProgram("Q.pdmodel"), {"elementwise_add", "feed", "relu"}), IsEmpty());
}

// What is fed, or written twice, has no op that could say its scale; the sum has one.
TEST_F(QuantizeCommandTest, SumsOfWhatIsFedForTensorRt) {
  proto::ProgramDesc program = BuildProgram(
      "var feed float32[1] persistable\n"
      "feed X=feed : Out=x | col=0\n"
      "relu X=x : Out=twice\n"
      "tanh X=x : Out=twice\n"
      "elementwise_add X=x Y=twice : Out=sum | axis=-1\n"
      "fetch X=sum : Out=fetch | col=0");
  auto* feed = program.mutable_blocks(0)->mutable_vars(0);
  feed->clear_type();
  feed->mutable_type()->set_type(proto::VarType::FEED_MINIBATCH);
  Write("M.pdmodel", program.SerializeAsString());
  Write("s.json", R"({"x": 1, "twice": 2, "sum": 3})");
  Report({"--target", "tensorrt"});
  EXPECT_THAT(SaidScales(ReadProgram("Q.pdmodel"), {"feed", "relu", "tanh", "elementwise_add"}), ElementsAre("sum"));
}

TEST_F(QuantizeCommandTest, WeightThatIsMadeOfItself) {
  Write("M.pdmodel", BuildProgram("var p float32[8,8] parameter\n"
                                  "var a float32[8,8]\n"
                                  "reshape2 X=p : Out=a | shape=[8,8]\n"
                                  "reshape2 X=a : Out=p | shape=[8,8]\n"
                                  "mul X=x Y=a : Out=y | x_num_col_dims=1 y_num_col_dims=1\n"
                                  "fetch X=y : Out=fetch | col=0")
                         .SerializeAsString());
  Write("s.json", R"({"x": 1})");
  EXPECT_THAT(Refused(3, {"--scales", "s.json", "--form", "linear"}), HasSubstr("the weight is made of no parameter"));
}

// An op whose weight can't be rounded would multiply integers by it.
TEST_F(QuantizeCommandTest, WeightOfAnotherType) {
  Write("M.pdmodel", BuildProgram("var w float64[8,8] persistable\n"
                                  "matmul_v2 X=x Y=w : Out=y | trans_x=false trans_y=false\n"
                                  "fetch X=y : Out=fetch | col=0")
                         .SerializeAsString());
  const std::string type = {0x08, 0x06, 0x10, 0x08, 0x10, 0x08};  // FP64 [8, 8]
  Write("M.pdiparams", std::string(16, '\0') + '\6' + std::string(3, '\0') + type + std::string(512, '\0'));
  Write("s.json", R"({"x": 1})");
  const json report = Report({});
  EXPECT_EQ(report["products"], json({{"all", 1}, {"quantized", 0}}));
  EXPECT_THAT(std::string(report["ops"][0]["why"]),
              HasSubstr("its weight 'w' stays float: its data type is FP64, not FP32"));
}

TEST_F(QuantizeCommandTest, ForLite) {
  CopyInference("branch");
  EXPECT_EQ(Report({"--target", "lite"})["products"], json({{"all", 3}, {"quantized", 1}}));
  CopyInference("attention");
  EXPECT_EQ(Report({"--target", "lite"})["products"], json({{"all", 7}, {"quantized", 7}}));
  EXPECT_EQ(Report({"--target", "lite", "--form", "legacy"})["products"], json({{"all", 7}, {"quantized", 5}}));
  CopyInference("shared_weight");
  Report({"--form", "legacy"});
  EXPECT_THAT(Run({"check", "Q", "--target", "lite"}).err, HasSubstr("scales of channels that several ops read"));
  Report({"--target", "lite", "--form", "legacy"});
  EXPECT_THAT(Run({"check", "Q", "--target", "lite"}).err, Not(HasSubstr("scales of channels that several ops read")));
}

// The state that a cell begins with is a constant 0: its scale may be.
TEST_F(QuantizeCommandTest, AlwaysZero) {
  CopyInference("lstm_cells");
  EXPECT_THAT(Read("s.json"), HasSubstr(R"("fill_constant_1.tmp_0": 0.0)"));
  EXPECT_EQ(Report({})["products"], json({{"all", 7}, {"quantized", 7}}));
}

// What no batch came to, in a branch, has a scale of 0: the op stays float.
TEST_F(QuantizeCommandTest, BranchThatNoBatchTook) {
  CopyInference("branch");
  json scales = json::parse(Read("s.json"));
  scales["relu_0.tmp_0"] = 0;
  Write("s.json", scales.dump());
  const json report = Report({});
  EXPECT_EQ(report["products"], json({{"all", 3}, {"quantized", 1}}));
  EXPECT_EQ(report["ops"][1]["block"], 1);
  EXPECT_THAT(std::string(report["ops"][1]["why"]), HasSubstr("no scale is given for its activation"));
}

TEST_F(QuantizeCommandTest, FoldBatchNorm) {
  CopyInference("resnet");
  const json report = Report({"--fold-batch-norm"});
  EXPECT_EQ(report["folded_batch_norms"], 6);
  EXPECT_EQ(report["products"], json({{"all", 7}, {"quantized", 7}}));
  const proto::ProgramDesc program = ReadProgram("Q.pdmodel");
  for (const auto& op : program.blocks(0).ops()) EXPECT_NE(op.type(), "batch_norm");
  EXPECT_LT(SizeOf("Q.pdiparams"), SizeOf("M.pdiparams"));
  EXPECT_EQ(Run({"check", "Q", "--strict"}).exit_code, 0);
}

// A program may say -1 of a channel axis; the parameters have a number there.
TEST_F(QuantizeCommandTest, FoldBatchNormOfUnknownShapes) {
  CopyInference("resnet");
  proto::ProgramDesc program = ReadProgram("M.pdmodel");
  for (auto& var : *program.mutable_blocks(0)->mutable_vars()) {
    const bool has_channels = var.name().starts_with("conv2d_") || var.name().starts_with("batch_norm");
    if (var.persistable() && has_channels) var.mutable_type()->mutable_lod_tensor()->mutable_tensor()->set_dims(0, -1);
  }
  Write("M.pdmodel", program.SerializeAsString());
  EXPECT_EQ(Report({"--fold-batch-norm"})["folded_batch_norms"], 6);
  EXPECT_EQ(Run({"check", "Q"}).exit_code, 0);
  EXPECT_EQ(Report({"--target", "lite", "--fold-batch-norm"})["folded_batch_norms"], 6);
}

// Places are those of the model that came in: its biases between convolution and batch_norm are gone in the new one.
TEST_F(QuantizeCommandTest, PlacesOfTheInput) {
  CopyInference("lenet");
  const json plain = Report({});
  const json folded = Report({"--fold-batch-norm"});
  for (size_t i = 0; i < plain["ops"].size(); ++i) EXPECT_EQ(plain["ops"][i]["op"], folded["ops"][i]["op"]);
}

TEST_F(QuantizeCommandTest, UnknownNames) {
  CopyInference("mlp");
  json scales = json::parse(Read("s.json"));
  scales["relu_O.tmp_0"] = 1;
  Write("s.json", scales.dump());
  const Finished finished = Run({"quantize", "M", "-o", "Q", "--scales", "s.json"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_THAT(finished.err, HasSubstr("the program has no variable 'relu_O.tmp_0'; the nearest are 'relu_0.tmp_0'"));
}

TEST_F(QuantizeCommandTest, Bits) {
  CopyInference("mlp");
  EXPECT_THAT(Refused(2, {"--scales", "s.json", "--form", "linear", "--weight-bits", "16"}),
              HasSubstr("the linear form holds at most 8 bits"));
  EXPECT_THAT(Refused(2, {"--scales", "s.json", "--weight-bits", "17"}), HasSubstr("17 is not between 2 and 16"));
  EXPECT_EQ(Report({"--weight-bits", "16", "--activation-bits", "12"})["weights"][0]["bits"], 16);
}

// Paddle 3 goes by the range of the integers, and takes that of 8 bits where the op has none.
TEST_F(QuantizeCommandTest, FewBitsInLinearForm) {
  CopyInference("mlp");
  const auto ranges = [this] {
    std::vector<std::string> found;
    const proto::ProgramDesc program = ReadProgram("Q.pdmodel");
    for (const auto& op : program.blocks(0).ops()) {
      std::string range;
      for (const auto& attr : op.attrs())
        range += attr.name() == "qmin" || attr.name() == "qmax" ? " " + std::to_string(attr.i()) : "";
      if (!range.empty()) found.push_back(op.type() + range);
    }
    return found;
  };
  Report({"--form", "linear"});
  EXPECT_THAT(ranges(), IsEmpty());
  Report({"--form", "linear", "--weight-bits", "4", "--activation-bits", "4"});
  EXPECT_EQ(ranges().size(), 6U);  // those of the weights have 8 bits, and scales that make 4 of them
  EXPECT_THAT(ranges(), Each(AnyOf("quantize_linear -8 7", "dequantize_linear -8 7")));
  EXPECT_EQ(Run({"check", "Q", "--target", "paddle", "--strict"}).exit_code, 0);

  proto::ProgramDesc without = ReadProgram("Q.pdmodel");
  for (auto& op : *without.mutable_blocks(0)->mutable_ops()) {
    for (int i = op.attrs_size() - 1; i >= 0; --i) {
      if (op.attrs(i).name() == "qmin" || op.attrs(i).name() == "qmax") op.mutable_attrs()->DeleteSubrange(i, 1);
    }
  }
  Write("Q.pdmodel", without.SerializeAsString());
  EXPECT_THAT(Run({"check", "Q", "--target", "paddle"}).err, HasSubstr("[target-integer-range]"));
  EXPECT_EQ(Run({"convert", "Q", "--in-place", "--target", "paddle"}).exit_code, 0);
  EXPECT_EQ(ranges().size(), 6U);
}

TEST_F(QuantizeCommandTest, OutScales) {
  CopyInference("mlp");
  Report({"--out-scales"});
  const proto::ProgramDesc program = ReadProgram("Q.pdmodel");
  const json scales = json::parse(Read("s.json"));
  size_t found = 0;
  for (const auto& op : program.blocks(0).ops()) {
    for (const auto& attr : op.attrs()) {
      if (attr.name() != "Out0_threshold") continue;
      ++found;
    }
  }
  size_t expected = 0;
  const proto::ProgramDesc before = ReadProgram("M.pdmodel");
  for (const auto& op : before.blocks(0).ops()) {
    if (op.type() == "matmul_v2") expected += scales.contains(op.outputs(0).arguments(0)) ? 1U : 0U;
  }
  EXPECT_EQ(found, expected);
  EXPECT_GT(found, 0U);
}

TEST_F(QuantizeCommandTest, WorstChannel) {
  CopyInference("mlp");
  const json report = Report({});
  ASSERT_FALSE(report["weights"].empty());
  for (const json& weight : report["weights"]) {
    const json& worst = weight["worst_channel"];
    EXPECT_LT(worst["index"], weight["shape"][weight["axis"].get<size_t>()]);
    EXPECT_LE(worst["sqnr_db"], weight["sqnr_db"]);  // a ratio of sums is no less than the least ratio
  }
  EXPECT_THAT(Run({"quantize", "M", "-o", "Q", "--scales", "s.json"}).out, HasSubstr(", worst channel "));
  EXPECT_FALSE(Report({"--weight-quantize-type", "abs_max"})["weights"][0].contains("worst_channel"));
}

TEST_F(QuantizeCommandTest, NothingToDo) {
  CopyInference("nothing_to_do");
  EXPECT_EQ(Report({})["products"], json({{"all", 0}, {"quantized", 0}}));
  EXPECT_EQ(Read("Q.pdiparams"), Read("M.pdiparams"));
}

TEST_F(QuantizeCommandTest, QuantizedAlready) {
  CopyInference("mlp");
  Report({});
  std::filesystem::rename(Path("Q.pdmodel"), Path("M.pdmodel"));
  std::filesystem::rename(Path("Q.pdiparams"), Path("M.pdiparams"));
  EXPECT_THAT(Refused(3, {"--scales", "s.json"}), HasSubstr("the program is quantized already; quantize the float "));
}

// Undo brings back what the integers tell.
TEST_F(QuantizeCommandTest, Undo) {
  CopyInference("resnet");
  for (const char* form : {"legacy", "linear"}) {
    Report({"--form", form});
    EXPECT_EQ(Run({"undo", "Q", "-o", "U"}).exit_code, 0);
    EXPECT_EQ(ReadProgram("U.pdmodel").blocks(0).ops_size(), ReadProgram("M.pdmodel").blocks(0).ops_size());
    EXPECT_EQ(SizeOf("U.pdiparams"), SizeOf("M.pdiparams"));
  }
}

}  // namespace
}  // namespace pdquant::testing
