// P17, P18 and P24: attributes, shapes and versions.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "check/check_testing.h"
#include "paddle/quantization_ops.h"

namespace pdquant {
namespace {

using testing::Codes;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Attr = proto::OpDesc::Attr;

constexpr char kProgram[] = R"pb(
  blocks {
    idx: 0
    parent_idx: -1
    vars {
      name: "x"
      type { type: 7 }
    }
    ops { type: "op" }
  }
  blocks { idx: 1 parent_idx: 0 }
  version { version: 1008005 })pb";

Findings CheckAttr(const std::string& op_type, const Attr& attr) {
  proto::ProgramDesc program = testing::ParseText(kProgram);
  program.mutable_blocks(0)->mutable_ops(0)->set_type(op_type);
  *program.mutable_blocks(0)->mutable_ops(0)->add_attrs() = attr;
  return testing::Check(program);
}

struct Kind {
  proto::AttrType type;
  bool is_list;
  std::function<void(Attr*)> set;  // the field that holds its value
};

// Of each type, as Paddle's framework.proto and attribute.cc have it.
const Kind kKinds[] = {
    {proto::INT, false, [](Attr* a) { a->set_i(1); }},
    {proto::FLOAT, false, [](Attr* a) { a->set_f(1); }},
    {proto::STRING, false, [](Attr* a) { a->set_s("s"); }},
    {proto::INTS, true, [](Attr* a) { a->add_ints(1); }},
    {proto::FLOATS, true, [](Attr* a) { a->add_floats(1); }},
    {proto::STRINGS, true, [](Attr* a) { a->add_strings("s"); }},
    {proto::BOOLEAN, false, [](Attr* a) { a->set_b(true); }},
    {proto::BOOLEANS, true, [](Attr* a) { a->add_bools(true); }},
    {proto::BLOCK, false, [](Attr* a) { a->set_block_idx(1); }},
    {proto::LONG, false, [](Attr* a) { a->set_l(1); }},
    {proto::BLOCKS, true, [](Attr* a) { a->add_blocks_idx(1); }},
    {proto::LONGS, true, [](Attr* a) { a->add_longs(1); }},
    {proto::FLOAT64S, true, [](Attr* a) { a->add_float64s(1); }},
    {proto::VAR, false, [](Attr* a) { a->set_var_name("x"); }},
    {proto::VARS, true, [](Attr* a) { a->add_vars_name("x"); }},
    {proto::FLOAT64, false, [](Attr* a) { a->set_float64(1); }},
    {proto::SCALAR, false, [](Attr* a) { a->mutable_scalar()->set_type(1); }},
    {proto::SCALARS, true, [](Attr* a) { a->add_scalars()->set_type(1); }},
};

Attr MakeAttr(int32_t type) {
  Attr attr;
  attr.set_name("a");
  attr.set_type(type);
  return attr;
}

// P17: each type with each value.
TEST(CheckValuesTest, TypesAndValuesOfAttributes) {
  EXPECT_EQ(std::size(kKinds), static_cast<size_t>(proto::AttrType_ARRAYSIZE));
  for (const Kind& kind : kKinds) {
    const Attr without = MakeAttr(kind.type);
    EXPECT_EQ(Codes(CheckAttr("op", without)).empty(), kind.is_list) << without.type();
    for (const Kind& other : kKinds) {
      Attr attr = without;
      other.set(&attr);
      const bool right = kind.type == other.type;
      EXPECT_EQ(Codes(CheckAttr("op", attr)).empty(), right) << attr.ShortDebugString();
      if (right) continue;
      kind.set(&attr);  // the right value, and one more
      EXPECT_THAT(Codes(CheckAttr("op", attr)), ElementsAre("attribute-value")) << attr.ShortDebugString();
    }
  }
}

TEST(CheckValuesTest, WrongValueSaysWhere) {
  const Findings findings = CheckAttr("op", MakeAttr(proto::INT));
  ASSERT_THAT(Codes(findings), ElementsAre("attribute-value"));
  EXPECT_EQ(findings.all()[0].place.path, "blocks[0].ops[0].attrs[0]");
  EXPECT_EQ(findings.all()[0].text, "an attribute of type INT has no value");
}

TEST(CheckValuesTest, TypesOfANewerPaddle) {
  for (const int32_t type : {18, 99, -1, std::numeric_limits<int32_t>::max()}) {
    Attr attr = MakeAttr(type);
    EXPECT_THAT(Codes(CheckAttr("op", attr)), IsEmpty());
    attr.set_i(1);
    attr.GetReflection()->MutableUnknownFields(&attr)->AddVarint(22, 1);
    EXPECT_THAT(Codes(CheckAttr("op", attr)), IsEmpty());
  }
}

TEST(CheckValuesTest, NotANumberIsLegal) {
  for (const float value : {std::nanf(""), -std::numeric_limits<float>::infinity()}) {
    Attr attr = MakeAttr(proto::FLOAT);
    attr.set_f(value);
    EXPECT_THAT(Codes(CheckAttr("scale", attr)), IsEmpty());
  }
}

// How many bit lengths are wrong; that the op lacks its operands is another matter.
size_t CountBitLengths(std::string_view op_type, const Attr& attr) {
  const Findings findings = CheckAttr(std::string(op_type), attr);
  const std::vector<std::string_view> codes = Codes(findings);
  return static_cast<size_t>(std::count(codes.begin(), codes.end(), "bit-length"));
}

TEST(CheckValuesTest, BitLengths) {
  Attr attr = MakeAttr(proto::INT);
  attr.set_name("bit_length");
  Attr list = MakeAttr(proto::INTS);
  list.set_name("quant_bits");
  list.add_ints(8);
  list.add_ints(8);
  for (const std::string_view op :
       {op_types::kQuantizeAbsMax, op_types::kQuantizeRange, op_types::kQuantizeMovingAverage}) {
    for (const int32_t bits : {2, 3, 8, 16}) {
      attr.set_i(bits);
      EXPECT_EQ(CountBitLengths(op, attr), 0U) << bits;
    }
    for (const int32_t bits : {-1, 0, 1, 17, 33, std::numeric_limits<int32_t>::max()}) {
      attr.set_i(bits);
      EXPECT_EQ(CountBitLengths(op, attr), 1U) << bits;
      list.set_ints(1, bits);
      EXPECT_EQ(CountBitLengths("fake_channel_wise_dequantize_max_abs", list), 1U) << bits;
      EXPECT_THAT(Codes(CheckAttr("another_op", attr)), IsEmpty());
    }
  }
}

Findings CheckShape(const std::vector<int64_t>& dims, bool persistable) {
  proto::ProgramDesc program = testing::ParseText(kProgram);
  auto* var = program.mutable_blocks(0)->mutable_vars(0);
  var->set_persistable(persistable);
  auto* tensor = var->mutable_type()->mutable_lod_tensor()->mutable_tensor();
  tensor->set_data_type(proto::VarType::FP32);
  for (const int64_t dim : dims) tensor->add_dims(dim);
  return testing::Check(program);
}

// P18.
TEST(CheckValuesTest, Shapes) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  constexpr int64_t kT = int64_t{1} << 40;
  const std::vector<int64_t> kPossible[] = {
      {}, {0}, {1}, {-1, 13}, {-1, -1, 3}, {kT}, {1 << 20, 1 << 20}, std::vector<int64_t>(9, 2), {1000, 0}};
  for (const auto& dims : kPossible) {
    EXPECT_THAT(Codes(CheckShape(dims, true)), IsEmpty()) << ::testing::PrintToString(dims);
    EXPECT_THAT(Codes(CheckShape(dims, false)), IsEmpty());
  }
  const std::vector<int64_t> kImpossible[] = {{-2},
                                              {-16, 3},
                                              {std::numeric_limits<int64_t>::min()},
                                              {kT + 1},
                                              {-1, kT + 1},
                                              {1 << 20, 1 << 20, 2},
                                              {int64_t{1} << 32, int64_t{1} << 32},
                                              {kMost, kMost},
                                              {kMost, 2},
                                              {3, kMost},
                                              std::vector<int64_t>(10, 1),
                                              std::vector<int64_t>(100'000, 2)};
  for (const auto& dims : kImpossible) {
    EXPECT_THAT(Codes(CheckShape(dims, true)), ElementsAre("tensor-shape"));
    EXPECT_THAT(Codes(CheckShape(dims, false)), IsEmpty());
  }
}

// P24.
TEST(CheckValuesTest, Versions) {
  const auto with_version = [](std::optional<int64_t> version) {
    proto::ProgramDesc program = testing::ParseText(kProgram);
    program.clear_version();
    if (version) program.mutable_version()->set_version(*version);
    const Findings findings = testing::Check(program);
    EXPECT_FALSE(findings.has_errors());
    return Codes(findings);
  };
  EXPECT_THAT(with_version(std::nullopt), ElementsAre("no-version"));
  for (const int64_t known : {0, 1005000, 1008005, 2006002}) EXPECT_THAT(with_version(known), IsEmpty());
  for (const int64_t newer : {int64_t{2006003}, int64_t{3000000}, std::numeric_limits<int64_t>::max()}) {
    EXPECT_THAT(with_version(newer), ElementsAre("newer-version"));
  }
}

}  // namespace
}  // namespace pdquant
