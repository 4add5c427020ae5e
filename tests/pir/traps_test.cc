// What would come out wrong without a word: each has been seen to, in Paddle 2.6.2 or 3.3.1.
#include <gmock/gmock.h>

#include <map>
#include <stdexcept>

#include "pdquant/framework.pb.h"
#include "pir/pir_testing.h"

namespace pdquant::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

proto::ProgramDesc Imported(std::string_view lines, const pir::ImportOptions& options = {}) {
  const ImportResult result = ImportText(lines, options);
  if (!result.program) throw std::runtime_error(result.reasons);
  return *result.program;
}

std::string Reasons(std::string_view lines, const pir::ImportOptions& options = {}) {
  const ImportResult result = ImportText(lines, options);
  EXPECT_FALSE(result.program);
  return result.reasons;
}

// Without it Paddle 3 takes set_value for that of 1.x, and drops its values.
TEST(PirTraps, TheProgramSaysTheVersionsOfItsOps) {
  const auto program = Imported("%1:f32[2] = data x\n%2:f32[2] = 1.relu %1\nfetch 0 %2");
  EXPECT_EQ(program.version().version(), 2006002);
  std::map<std::string, int> versions;
  for (const auto& pair : program.op_version_map().pair()) versions[pair.op_name()] = pair.op_version().version();
  EXPECT_EQ(versions["set_value"], 4);
  EXPECT_EQ(versions.size(), 68U);
}

// A parameter that isn't persistable isn't in the parameter file: every later one would shift.
TEST(PirTraps, AParameterThatIsNotPersistableIsNoneOfTheFile) {
  EXPECT_THAT(Reasons("%1:f32[2] = p w lost\n%2:f32[2] = data x\n%3:f32[2] = 1.add %2 %1\nfetch 0 %3"),
              HasSubstr("a parameter that isn't persistable"));
  const auto program = Imported("%1:f32[] = p w lost\n%2:f32[2] = data x\n%3:f32[2] = 1.relu %2\nfetch 0 %3");
  for (const auto& var : program.blocks(0).vars()) EXPECT_NE(var.name(), "w");
}

// assign_value of no dimensions makes a tensor without memory; different values of float64 are read from one attribute
// by 2.6 and from another by 3.
TEST(PirTraps, ValuesThatAssignValueCannotMake) {
  const auto program = Imported(R"(
    %1:f32[] = 1.full | shape=ints: value=f64:0.0 dtype=dtype:float32 place=place:
    %2:f32[] = 1.assign_value_ %1 | shape=i32s: dtype=dtype:float32 values=f64s:2.5 place=place:
    fetch 0 %2)");
  EXPECT_EQ(TypesOf(program), "fill_constant fetch");
  EXPECT_EQ(AttrOf(OpOf(program, "fill_constant"), "str_value").s(), "2.5");
  EXPECT_THAT(Reasons(R"(
    %1:f64[2] = 1.full | shape=ints:2 value=f64:0.0 dtype=dtype:float64 place=place:
    %2:f64[2] = 1.assign_value_ %1 | shape=i32s:2 dtype=dtype:float64 values=f64s:2.5,3.5 place=place:
    fetch 0 %2)"),
              HasSubstr("which Paddle 2.6 and 3 read from different attributes"));
}

std::string StridedSlice(const std::string& starts, const std::string& ends, const std::string& strides) {
  const auto constant = [](int id, const std::string& values) {
    return "%" + std::to_string(id) + ":i64[1] = 1.full_int_array | value=i64s:" + values +
           " dtype=dtype:int64 place=place:\n";
  };
  return "%1:f32[4] = data x\n" + constant(2, starts) + constant(3, ends) + constant(4, strides) +
         "%5:f32[4] = 1.strided_slice %1 %2 %3 %4 | axes=i32s:0\nfetch 0 %5";
}

// The end of a reverse range is read in two ways.
TEST(PirTraps, ReverseRanges) {
  const auto whole = Imported(StridedSlice("2147483647", "-2147483648", "-2"));
  EXPECT_EQ(TypesOf(whole), "feed flip strided_slice fetch");
  EXPECT_THAT(AttrOf(OpOf(whole, "flip"), "axis").ints(), ElementsAre(0));
  EXPECT_THAT(AttrOf(OpOf(whole, "strided_slice"), "strides").ints(), ElementsAre(2));
  EXPECT_THAT(AttrOf(OpOf(whole, "strided_slice"), "starts").ints(), ElementsAre(0));
  EXPECT_THAT(Reasons(StridedSlice("3", "0", "-1")), HasSubstr("a reverse range that isn't a whole axis"));
}

TEST(PirTraps, BoundsAreOneForEachAxis) {
  EXPECT_THAT(Reasons(StridedSlice("2147483647,0", "-2147483648", "-1")), HasSubstr("has other bounds than axes"));
  EXPECT_THAT(Reasons(StridedSlice("2147483647", "-2147483648", "-1,-1")), HasSubstr("has other bounds than axes"));
  EXPECT_THAT(Reasons(R"(
    %1:f32[4] = data x
    %2:f32[1] = 1.full | shape=ints:1 value=f64:0.0 dtype=dtype:float32 place=place:
    %3:i64[1] = 1.full_int_array | value=i64s:-2147483648 dtype=dtype:int64 place=place:
    %4:i64[1] = 1.full_int_array | value=i64s:-1 dtype=dtype:int64 place=place:
    %5:f32[4] = 1.strided_slice %1 %2 %3 %4 | axes=i32s:0
    fetch 0 %5)"),
              HasSubstr("a reverse range that isn't a whole axis"));
}

// The sizes are untrusted: their product is over 2^63.
TEST(PirTraps, ValuesOfAShapeThatIsTooLarge) {
  pir::ImportOptions options;
  options.allow_unverified = true;
  EXPECT_THAT(Reasons(R"(
    %1:f32[4,8] = data x
    %2:i64[1] = 1.full_int_array | value=i64s:0 dtype=dtype:int64 place=place:
    %3:i64[1] = 1.full_int_array | value=i64s:1 dtype=dtype:int64 place=place:
    %4:i64[1] = 1.full_int_array | value=i64s:1 dtype=dtype:int64 place=place:
    %5:f32[4,8] = 1.set_value %1 %2 %3 %4 | axes=i64s:0 decrease_axes=i64s: none_axes=i64s: shape=i64s:2,4611686018427387904 values=scalars:1
    fetch 0 %5)",
                      options),
              HasSubstr("has another number of values than its shape"));
}

// A loop hands over all its values at once: a swap must not read what it has just written.
TEST(PirTraps, ALoopCopiesItsValuesTwice) {
  const auto program = Imported(R"(
    %1:bool[1] = data c
    %2:f32[1] = data a
    %3:f32[1] = data b
    %4:f32[1] %5:f32[1] = 1.while %1 %2 %3 { %-1:f32[1] %-2:f32[1]
      %6:bool[1] = 1.less_than %-1 %-2
      2.yield %6 %-2 %-1
    }
    fetch 0 %4
    fetch 1 %5)");
  EXPECT_EQ(TypesOf(program, 1), "less_than assign assign assign assign assign assign");
  const auto& ops = program.blocks(1).ops();
  const auto read = [&](int op) { return ops[op].inputs(0).arguments(0); };
  const auto written = [&](int op) { return ops[op].outputs(0).arguments(0); };
  for (int i = 1; i <= 3; ++i) EXPECT_EQ(read(i + 3), written(i));
  EXPECT_EQ(read(2), written(6));  // what becomes the second value was the first
  EXPECT_EQ(read(3), written(5));
}

TEST(PirTraps, WhatAnOpOverwritesIsNotReadAgain) {
  constexpr std::string_view kShape = "%2:i64[1] = 1.full_int_array | value=i64s:4 dtype=dtype:int64 place=place:\n";
  pir::ImportOptions unverified;
  unverified.allow_unverified = true;
  const std::string begin = "%1:f32[2,2] = data x\n" + std::string(kShape) + "%3:f32[4] = 1.reshape_ %1 %2\n";
  EXPECT_EQ(TypesOf(Imported(begin + "fetch 0 %3", unverified)), "feed reshape2 fetch");
  EXPECT_THAT(Reasons(begin + "%4:f32[2,2] = 1.relu %1\nfetch 0 %3\nfetch 1 %4", unverified),
              HasSubstr("overwrites its operand 0, which is read afterwards"));
  EXPECT_THAT(
      Reasons("%1:f32[2,2] = p w\n" + std::string(kShape) + "%3:f32[4] = 1.reshape_ %1 %2\nfetch 0 %3", unverified),
      HasSubstr("overwrites a parameter"));
  // In the next turn of a loop it would be read again.
  EXPECT_THAT(Reasons(R"(
    %1:bool[1] = data c
    %2:f32[1] = data a
    %3:f32[1] = 1.while %1 %2 { %-1:f32[1]
      %4:f32[1] = 1.increment_ %2 | value=f32:1.0
      2.yield %1 %4
    }
    fetch 0 %3)",
                      unverified),
              HasSubstr("would read it again in the next turn"));
}

TEST(PirTraps, WithoutAVerifiedRowNothingIsTaken) {
  constexpr std::string_view kLines = "%1:f32[1] = data x\n%2:f32[1] = 1.increment %1 | value=f32:1.0\nfetch 0 %2";
  EXPECT_THAT(Reasons(kLines), HasSubstr("no run of Paddle has shown"));
}

// int64 in PIR, int32 in Paddle 2.6.
TEST(PirTraps, AShapeIsCast) {
  const auto program = Imported("%1:f32[-1,4] = data x\n%2:i64[2] = 1.shape64 %1\nfetch 0 %2");
  EXPECT_EQ(TypesOf(program), "feed shape cast fetch");
  EXPECT_EQ(AttrOf(OpOf(program, "cast"), "in_dtype").i(), proto::VarType::INT32);
  EXPECT_EQ(AttrOf(OpOf(program, "cast"), "out_dtype").i(), proto::VarType::INT64);
}

std::string Sum(const std::string& axes) {
  return "%1:f32[3,4] = data x\n%2:i64[" + std::string(axes.empty() ? "0" : "1") +
         "] = 1.full_int_array | value=i64s:" + axes +
         " dtype=dtype:int64 place=place:\n%3:f32[] = 1.mean %1 %2 | keepdim=bool:false\nfetch 0 %3";
}

TEST(PirTraps, NoAxisMeansAllAxes) {
  EXPECT_TRUE(AttrOf(OpOf(Imported(Sum("")), "reduce_mean"), "reduce_all").b());
  const auto program = Imported(Sum("1"));
  EXPECT_FALSE(AttrOf(OpOf(program, "reduce_mean"), "reduce_all").b());
  EXPECT_THAT(AttrOf(OpOf(program, "reduce_mean"), "dim").ints(), ElementsAre(1));
}

// range wants its bounds in the type of its result.
TEST(PirTraps, BoundsOfARangeAreCast) {
  const auto program = Imported(R"(
    %1:i64[] = data n
    %2:f32[] = 1.full | shape=ints: value=f64:0.0 dtype=dtype:float32 place=place:
    %3:f32[] = 1.full | shape=ints: value=f64:1.0 dtype=dtype:float32 place=place:
    %4:f32[-1] = 1.arange %2 %1 %3 | dtype=dtype:float32 place=place:
    fetch 0 %4)");
  EXPECT_EQ(TypesOf(program), "feed fill_constant fill_constant cast range fetch");
}

// What adjusts an op would ask for the type of a result that isn't there.
TEST(PirTraps, OpsWithoutResults) {
  EXPECT_THAT(Reasons("%1:f32[2] = data x\n1.cast %1 | dtype=dtype:float32\nfetch 0 %1"),
              HasSubstr("the result for 'Out' is missing"));
  EXPECT_THAT(
      Reasons("%1:f32[2] = data x\n%2:list(f32[2]) = 0.combine %1\n1.einsum %2 | equation=str:i->i\nfetch 0 %1"),
      HasSubstr("the result for 'Out' is missing"));
}

TEST(PirTraps, AShapeOfAConstantIsAListOfIntegers) {
  const auto full = [](const std::string& shape) {
    return Reasons("%1:f32[2,3] = 1.full | shape=" + shape +
                   " value=f64:1 dtype=dtype:float32 place=place:\nfetch 0 %1");
  };
  for (const char* shape : {"f32s:2,3", "i64:6", "bool:true"})
    EXPECT_THAT(full(shape), HasSubstr("its shape is no list of integers")) << shape;
  EXPECT_THAT(full("json:{\"#\":\"0.a_array\",\"D\":[{\"#\":\"0.a_bool\",\"D\":true}]}"),
              HasSubstr("its shape is no list of integers"));
  EXPECT_THAT(full("ints:1099511627776,1099511627776"),
              HasSubstr("its shape has more elements than a tensor can have"));
}

// Constants of the formula that PIR doesn't have.
TEST(PirTraps, ConstantsThatPirDoesNotHave) {
  const auto program = Imported(
      "%1:f32[2] = data x\n%2:f32[2] = 1.hardswish %1\n%3:f32[2] = 1.relu6 %2\n%4:f32[2] = 1.add %3 %1\nfetch 0 %4");
  EXPECT_EQ(AttrOf(OpOf(program, "hard_swish"), "threshold").f(), 6);
  EXPECT_EQ(AttrOf(OpOf(program, "hard_swish"), "offset").f(), 3);
  EXPECT_EQ(AttrOf(OpOf(program, "relu6"), "threshold").f(), 6);
  EXPECT_EQ(AttrOf(OpOf(program, "elementwise_add"), "axis").i(), -1);
}

std::string Slice(const std::string& end) {
  return R"(
    %1:f32[4] = data x
    %2:i64[1] = 1.full_int_array | value=i64s:0 dtype=dtype:int64 place=place:
    %3:i64[1] = 1.full_int_array | value=i64s:)" +
         end + R"( dtype=dtype:int64 place=place:
    %4:f32[4] = 1.slice %1 %2 %3 | axes=i64s:0 infer_flags=i64s:1 decrease_axis=i64s:
    fetch 0 %4)";
}

TEST(PirTraps, AnEndBehindTheEndIsTheEnd) {
  EXPECT_THAT(AttrOf(OpOf(Imported(Slice("9223372036854775807")), "slice"), "ends").ints(), ElementsAre(2147483647));
  EXPECT_THAT(Reasons(Slice("-9223372036854775807")), HasSubstr("doesn't fit into the 32 bits"));
}

// A bound that a run computes has the flag -1.
TEST(PirTraps, ComputedBoundsOfASlice) {
  const auto program = Imported(R"(
    %1:f32[4] = data x
    %2:i64[1] = data begin
    %3:i64[1] = 1.full_int_array | value=i64s:4 dtype=dtype:int64 place=place:
    %4:f32[-1] = 1.slice %1 %2 %3 | axes=i64s:0 infer_flags=i64s:1 decrease_axis=i64s:
    fetch 0 %4)");
  EXPECT_THAT(AttrOf(OpOf(program, "slice"), "infer_flags").ints(), ElementsAre(-1));
  EXPECT_EQ(OpOf(program, "slice").inputs(1).parameter(), "StartsTensor");
}

TEST(PirTraps, TensorsWithoutDimensionsAreNoneForLite) {
  pir::ImportOptions lite;
  lite.target = pir::ImportTarget::kLite;
  EXPECT_THAT(Reasons(Sum(""), lite), HasSubstr("Paddle-Lite has none of that kind"));
  EXPECT_EQ(TypesOf(Imported("%1:f32[2] = data x\n%2:f32[2] = 1.relu %1\nfetch 0 %2", lite)), "feed relu fetch");
}

// Each becomes one of one element, as it was before Paddle 2.5.
TEST(PirTraps, ScalarsThatMakeAShapeHaveOneElementForLite) {
  pir::ImportOptions lite;
  lite.target = pir::ImportTarget::kLite;
  constexpr std::string_view kLines = R"(
    %1:f32[-1,4] = data x
    %2:i64[2] = 1.shape64 %1
    %3:i64[1] = 1.full_int_array | value=i64s:0 dtype=dtype:int64 place=place:
    %4:i64[1] = 1.full_int_array | value=i64s:1 dtype=dtype:int64 place=place:
    %5:i64[] = 1.slice %2 %3 %4 | axes=i64s:0 infer_flags=i64s:1 decrease_axis=i64s:0
    %6:i64[] = 1.full | shape=ints: value=f64:4.0 dtype=dtype:int64 place=place:
    %7:list(i64[],i64[]) = 0.combine %5 %6
    %8:i64[2] = 1.stack %7 | axis=i32:0
    %9:f32[-1,4] = 1.reshape %1 %8
    fetch 0 %9)";
  const auto program = Imported(kLines, lite);
  EXPECT_EQ(TypesOf(program), "feed shape cast slice reshape2 fill_constant concat cast reshape2 fetch");
  EXPECT_THAT(AttrOf(OpOf(program, "reshape2"), "shape").ints(), ElementsAre(1));
  EXPECT_THAT(AttrOf(OpOf(program, "fill_constant"), "shape").longs(), ElementsAre(1));
  for (const auto& var : program.blocks(0).vars()) {
    EXPECT_TRUE(!var.type().has_lod_tensor() || var.type().lod_tensor().tensor().dims_size() != 0) << var.name();
  }
  EXPECT_EQ(TypesOf(Imported(kLines)), "feed shape cast slice fill_constant stack cast reshape2 fetch");
  EXPECT_THAT(Reasons("%1:f32[] = data x\n%2:f32[1] = 1.relu %1\nfetch 0 %2", lite), HasSubstr("the tensor 'x'"));
}

std::string Dequantize(const std::string& qmin, const std::string& observes = "false", const std::string& axis = "-1") {
  return R"(
    %1:f32[2] = data x
    %2:f32[1] = p scale
    %3:f32[1] = p zero
    %4:f32[2] %5:null %6:null %7:null = 1.dequantize_linear %1 %2 %3 %0 %0 | quant_axis=i32:)" +
         axis + " bit_length=i32:8 qmin=i32:" + qmin +
         " qmax=i32:127 round_type=i32:0 is_test=bool:true only_observer=bool:" + observes + "\nfetch 0 %4";
}

TEST(PirTraps, RangesOfIntegersAreThoseOfTheirBits) {
  const auto program = Imported(Dequantize("-128"));
  EXPECT_EQ(TypesOf(program), "feed dequantize_linear fetch");
  // Paddle 3 goes by them, and takes 8 bits where they aren't there.
  EXPECT_EQ(AttrOf(OpOf(program, "dequantize_linear"), "qmin").i(), -128);
  EXPECT_EQ(AttrOf(OpOf(program, "dequantize_linear"), "qmax").i(), 127);
  EXPECT_THAT(Reasons(Dequantize("-128", "true")), HasSubstr("only observes"));
  EXPECT_THAT(Reasons(Dequantize("-128", "false", "3")), HasSubstr("'quant_axis' is none of its operand's axes"));
  EXPECT_THAT(Reasons(Dequantize("-100")), HasSubstr("the attributes 'qmin' and 'qmax' are not those of 8 bits"));
}

// Readers such as Paddle2ONNX stop at an attribute that isn't there.
TEST(PirTraps, EveryAttributeIsWritten) {
  const auto program = Imported(R"(
    %1:f32[4,2] = data x
    %2:i32[] = 1.full | shape=ints: value=f64:0.0 dtype=dtype:int32 place=place:
    %3:list(f32[2,2],f32[2,2]) = 1.split_with_num %1 %2 | num=i32:2
    %4:f32[2,2] %5:f32[2,2] = 0.split %3
    fetch 0 %4
    fetch 1 %5)");
  const auto& split = OpOf(program, "split");
  EXPECT_THAT(AttrOf(split, "sections").ints(), IsEmpty());
  EXPECT_EQ(AttrOf(split, "num").i(), 2);
  EXPECT_EQ(AttrOf(split, "axis").i(), 0);
  EXPECT_EQ(split.outputs(0).arguments_size(), 2);
}

TEST(PirTraps, AttributesThatSayNothingMayBeThere) {
  const auto lines = [](const std::string& exclusive) {
    return "%1:f32[2] = data x\n%2:f32[2] = 1.cumprod %1 | dim=i32:0 exclusive=bool:" + exclusive +
           " reverse=bool:false\nfetch 0 %2";
  };
  EXPECT_EQ(TypesOf(Imported(lines("false"))), "feed cumprod fetch");
  EXPECT_THAT(Reasons(lines("true")), HasSubstr("the attribute 'exclusive' has no counterpart"));
}

// No kernel knows them, and some take them for something else.
TEST(PirTraps, AttributesHaveValuesThatThereAre) {
  const auto conv = [](const std::string& format, const std::string& strides) {
    return "%1:f32[1,3,8,8] = data x\n%2:f32[4,3,3,3] = p w\n%3:f32[1,4,6,6] = 1.conv2d %1 %2 | strides=i32s:" +
           strides +
           " paddings=i32s:0,0 padding_algorithm=str:EXPLICIT dilations=i32s:1,1 groups=i32:1 data_format=str:" +
           format + "\nfetch 0 %3";
  };
  EXPECT_EQ(TypesOf(Imported(conv("NCHW", "1,1"))), "feed conv2d fetch");
  EXPECT_THAT(Reasons(conv("NHCW", "1,1")), HasSubstr("the attribute 'data_format' has no such value as 'NHCW'"));
  EXPECT_THAT(Reasons(conv("NCHW", "0,1")), HasSubstr("the attribute 'strides' holds no numbers from 1 on"));
}

TEST(PirTraps, TypesAreThoseOfTheAttributes) {
  EXPECT_THAT(Reasons("%1:f32[2] = data x\n%2:i32[2] = 1.cast %1 | dtype=dtype:int64\nfetch 0 %2"),
              HasSubstr("the attribute 'dtype' is another type than that of what it makes"));
}

// reduce_amin goes by its axes, whatever reduce_all says.
TEST(PirTraps, NoAxisIsAllOfThem) {
  const auto program =
      Imported("%1:f32[2,3] = data x\n%2:f32[] = 1.amin %1 | axis=i64s: keepdim=bool:false\nfetch 0 %2");
  EXPECT_THAT(AttrOf(OpOf(program, "reduce_amin"), "dim").longs(), IsEmpty());
  EXPECT_TRUE(AttrOf(OpOf(program, "reduce_amin"), "reduce_all").b());
}

// deformable_conv needs a mask in 2.6 and 3; without one it is an op of its own.
TEST(PirTraps, DeformableConvolutionsWithoutAMask) {
  const auto program = Imported(R"(
    %1:f32[1,4,8,8] = data x
    %2:f32[1,18,8,8] = data offset
    %3:f32[6,4,3,3] = p w
    %4:f32[1,6,8,8] = 1.deformable_conv %1 %2 %3 %0 | strides=i32s:1,1 paddings=i32s:1,1 dilations=i32s:1,1 deformable_groups=i32:1 groups=i32:1 im2col_step=i32:1
    fetch 0 %4)");
  EXPECT_EQ(TypesOf(program), "feed feed deformable_conv_v1 fetch");
}

// The widths of numbers differ between the versions of the format; an integer is no float in any of them.
TEST(PirTraps, WidthsOfNumbersDoNotMatter) {
  const auto lines = [](const std::string& value) {
    return "%1:f32[2] = data x\n%2:f32[2] = 1.leaky_relu %1 | negative_slope=" + value + "\nfetch 0 %2";
  };
  EXPECT_FLOAT_EQ(AttrOf(OpOf(Imported(lines("f32:0.1")), "leaky_relu"), "alpha").f(), 0.1F);
  EXPECT_FLOAT_EQ(AttrOf(OpOf(Imported(lines("f64:0.1")), "leaky_relu"), "alpha").f(), 0.1F);
  EXPECT_THAT(Reasons(lines("i32:1")), HasSubstr("holds an integer in the place of a float"));
  EXPECT_THAT(Reasons(lines("f64:1e300")), HasSubstr("out of a float's range"));
}

TEST(PirTraps, ColumnsOfOutputs) {
  EXPECT_THAT(Reasons("%1:f32[2] = data x\n%2:f32[2] = 1.relu %1\nfetch 1 %2"),
              HasSubstr("the columns of the outputs"));
  const auto program = Imported("%1:f32[2] = data x\n%2:f32[2] = 1.relu %1\nfetch 1 %2\nfetch 0 %1");
  EXPECT_EQ(program.blocks(0).ops(3).inputs(0).arguments(0), "fetch_name_0");
  EXPECT_EQ(program.blocks(0).ops(4).inputs(0).arguments(0), "fetch_name_1");
}

// An output keeps its name, by which programs ask for it, or is refused.
TEST(PirTraps, AnOutputHasANameOfItsOwn) {
  const auto reasons = [](const std::string& name) {
    return Reasons("%1:f32[2] = data x\n%2:f32[2] = 1.relu %1\n1.fetch %2 | name=str:" + name +
                   " col=i32:0\n1.fetch %1 | name=str:y col=i32:1");
  };
  for (const char* name : {"x", "y", "feed", "fetch"}) {
    EXPECT_THAT(reasons(name), HasSubstr("an output with the name '" + std::string(name) + "', which")) << name;
  }
}

TEST(PirTraps, ShapesOfInputs) {
  pir::ImportOptions options;
  options.input_shapes["x"] = {1, 4};
  constexpr std::string_view kLines = "%1:f32[-1,4] = data x\n%2:f32[-1,4] = 1.relu %1\nfetch 0 %2";
  const auto program = Imported(kLines, options);
  for (const auto& var : program.blocks(0).vars()) {
    if (var.name() == "x") {
      EXPECT_THAT(var.type().lod_tensor().tensor().dims(), ElementsAre(1, 4));
    }
  }
  options.input_shapes["x"] = {1, 5};
  EXPECT_THAT(Reasons(kLines, options), HasSubstr("is not one of those that it may have"));
  options.input_shapes = {{"y", {1}}};
  EXPECT_THAT(Reasons(kLines, options), HasSubstr("--input-shape names 'y'"));
}

}  // namespace
}  // namespace pdquant::testing
