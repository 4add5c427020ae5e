// The wire scan and the views against protobuf's own parser: they take the same bytes, and read the same from them.
#include "ir/wire_scan.h"

#include <gmock/gmock.h>

#include "support/encode.h"
#include "support/full_program.h"
#include "support/programs.h"
#include "support/thorough.h"
#include "support/view_compare.h"

namespace pdquant {
namespace {

using testing::BytesField;
using testing::VarintField;

using std::string_literals::operator""s;
using ::testing::HasSubstr;

bool HasCode(const Findings& findings, std::string_view code) {
  for (const Finding& finding : findings.all()) {
    if (finding.code == code) return true;
  }
  return false;
}

// Compares acceptance, missing fields and content; returns whether protobuf accepts.
bool ExpectSameAsProtobuf(const std::string& bytes) {
  proto::ProgramDesc message;
  const bool accepted = message.ParsePartialFromString(bytes);
  Findings findings;
  const Result<ScanCounts> counts = ScanProgram(bytes, ScanLimits(), &findings);
  EXPECT_EQ(counts.ok(), accepted) << counts.status().message();
  if (!accepted || !counts.ok()) return accepted;
  EXPECT_EQ(counts->blocks, static_cast<uint64_t>(message.blocks_size()));
  EXPECT_TRUE(message.IsInitialized() || HasCode(findings, "missing-field")) << message.InitializationErrorString();
  if (message.blocks_size() == 0) return accepted;
  const Program program = testing::Load(bytes);
  EXPECT_EQ(testing::DifferenceFromProtobuf(program, Index(program), message), "");
  return accepted;
}

// `bytes` with each change of one byte that `change` makes of it, from 1 to `changes`; of every third byte, or with
// PDQUANT_THOROUGH of all.
void ExpectSameForAllMutations(const std::string& bytes, int changes, const std::function<char(char, int)>& change) {
  std::string mutated = bytes;
  for (size_t i = 0; i < bytes.size() && !::testing::Test::HasFailure(); i += testing::SampleStep(3)) {
    for (int c = 1; c <= changes; ++c) {
      mutated[i] = change(bytes[i], c);
      ExpectSameAsProtobuf(mutated);
    }
    if (::testing::Test::HasFailure()) ADD_FAILURE() << "at byte " << i;
    mutated[i] = bytes[i];
  }
}

char FlipBit(char byte, int bit) { return static_cast<char>(byte ^ (1 << (bit - 1))); }
char ChangeByte(char byte, int difference) { return static_cast<char>(byte + difference); }

TEST(WireScanTest, AllByteChangesOfAFullProgram) {
  const std::string bytes = testing::ParseText(testing::kFullProgram).SerializeAsString();
  EXPECT_TRUE(ExpectSameAsProtobuf(bytes));
  ExpectSameForAllMutations(bytes, 255, ChangeByte);
}

TEST(WireScanTest, AllBitFlipsOfRealPrograms) {
  ExpectSameForAllMutations(testing::ReadFile(testing::MainOf("no_quantizable")), 8, FlipBit);
  ExpectSameForAllMutations(testing::ReadFile(PDQUANT_CORPUS "/linear/startup.pb"), 8, FlipBit);
}

TEST(WireScanTest, AllPrefixes) {
  for (const std::string& path :
       {testing::MainOf("no_quantizable"), testing::MainOf("linear"), testing::MainOf("cond")}) {
    const std::string bytes = testing::ReadFile(path);
    for (size_t size = 0; size <= bytes.size(); size += testing::SampleStep(3)) {
      ExpectSameAsProtobuf(bytes.substr(0, size));
    }
  }
}

TEST(WireScanTest, AllInsertionsAndRemovals) {
  const std::string bytes = testing::ParseText(testing::kFullProgram).SerializeAsString();
  for (size_t i = 0; i < bytes.size(); ++i) {
    ExpectSameAsProtobuf(bytes.substr(0, i) + bytes.substr(i + 1));
    for (const char inserted : {'\0', '\x01', '\x0b', '\x0c', '\x7f', '\x80', '\xff'}) {
      ExpectSameAsProtobuf(bytes.substr(0, i) + inserted + bytes.substr(i));
    }
  }
}

// `depth` messages and groups inside one another: a block, an op, an attribute, and groups in it.
std::string Nested(size_t depth) {
  const std::string groups = std::string(depth - 3, '\x0b') + std::string(depth - 3, '\x0c');
  return BytesField(1, BytesField(4, BytesField(4, groups)));
}

TEST(WireScanTest, NestingCountsMessagesAndGroups) {
  EXPECT_TRUE(ExpectSameAsProtobuf(Nested(99)));
  EXPECT_TRUE(ExpectSameAsProtobuf(Nested(100)));
  EXPECT_FALSE(ExpectSameAsProtobuf(Nested(101)));
}

TEST(WireScanTest, PackedAndUnpackedListsOfEachNumber) {
  for (const uint32_t number : {6U, 7U, 11U, 14U, 15U, 16U}) {  // ints, floats, bools, blocks_idx, longs, float64s
    for (const std::string& packed :
         {""s, "\x01"s, "\xff"s, "\x01\x02\x03\x04"s, "\x01\x02\x03\x04\x05\x06\x07\x08"s, std::string(11, '\xff')}) {
      const std::string attr = BytesField(number, packed) + VarintField(number, 3);
      ExpectSameAsProtobuf(BytesField(1, BytesField(4, BytesField(4, attr))));
    }
  }
}

TEST(WireScanTest, Counts) {
  Findings findings;
  const Result<ScanCounts> counts =
      ScanProgram(testing::ParseText(testing::kFullProgram).SerializeAsString(), ScanLimits(), &findings);
  ASSERT_TRUE(counts.ok());
  EXPECT_TRUE(findings.all().empty());
  EXPECT_EQ(counts->blocks, 1U);
  EXPECT_EQ(counts->vars, 1U);
  EXPECT_EQ(counts->ops, 1U);
  // By hand. The block; the variable, its type and 1 + 2 + 2 + 3 + 1 + 5 messages in it, its attribute; the op, 2
  // slots, 18 attributes, 2 scalars, a complex number; 3 of the compatible map, the version, 3 of the version map.
  EXPECT_EQ(counts->messages, 1U + 1 + 1 + 14 + 1 + 1 + 2 + 18 + 2 + 1 + 3 + 1 + 3);
}

TEST(WireScanTest, RefusesOverALimit) {
  const std::string bytes = testing::ReadFile(testing::MainOf("mlp"));
  Findings findings;
  const Result<ScanCounts> counts = ScanProgram(bytes, ScanLimits(), &findings);
  ASSERT_TRUE(counts.ok());
  ScanLimits limits{counts->ops, counts->messages};
  EXPECT_TRUE(ScanProgram(bytes, limits, &findings).ok());
  limits.max_ops = counts->ops - 1;
  EXPECT_THAT(ScanProgram(bytes, limits, &findings).status().message(), HasSubstr("--max-ops"));
  limits = {counts->ops, counts->messages - 1};
  EXPECT_THAT(ScanProgram(bytes, limits, &findings).status().message(), HasSubstr("messages"));
  EXPECT_EQ(ScanProgram(bytes, limits, &findings).status().code(), StatusCode::kBadInput);
}

TEST(WireScanTest, TellsWhereItFailed) {
  proto::ProgramDesc message = testing::ParseText(testing::kFullProgram);
  std::string bytes = message.SerializeAsString();
  const size_t at = bytes.find("\x0a\x02sc");  // the name of attribute 16
  ASSERT_NE(at, std::string::npos);
  bytes[at] = '\x0f';
  Findings findings;
  EXPECT_EQ(ScanProgram(bytes, ScanLimits(), &findings).status().message(),
            "byte " + std::to_string(at) + ", blocks[0].ops[0].attrs[16]: a field has an unknown wire type");
}

// Each finding names its place in a time that doesn't grow with the place.
TEST(WireScanTest, ManyFindings) {
  std::string block;
  for (int i = 0; i < 500'000; ++i) AppendBytesField(4, "", &block);  // ops without a type
  Findings findings;
  ASSERT_TRUE(ScanProgram(BytesField(1, block), ScanLimits(), &findings).ok());
  EXPECT_EQ(findings.count(Level::kError), 500'002U);  // and idx and parent_idx
  EXPECT_EQ(findings.all()[7].place.path, "blocks[0].ops[7]");
  EXPECT_EQ(findings.all().back().place.path, "blocks[0].ops[" + std::to_string(Findings::kDefaultCapacity - 1) + "]");
}

TEST(WireScanTest, NamesThePlaceOfMissingFields) {
  proto::ProgramDesc message = testing::ParseText(testing::kFullProgram);
  *message.add_blocks() = message.blocks(0);
  auto* block = message.mutable_blocks(1);
  *block->add_vars() = block->vars(0);
  block->mutable_vars(1)->mutable_type()->mutable_reader()->mutable_lod_tensor(0)->mutable_tensor()->clear_data_type();
  block->mutable_ops(0)->mutable_attrs(16)->mutable_scalar()->mutable_c()->clear_i();
  block->mutable_ops(0)->mutable_outputs(0)->clear_parameter();
  block->clear_idx();
  Findings findings;
  ASSERT_TRUE(ScanProgram(message.SerializePartialAsString(), ScanLimits(), &findings).ok());
  std::vector<std::string> found;
  for (const Finding& finding : findings.all()) found.push_back(finding.place.path + ": " + finding.text);
  EXPECT_THAT(found, ::testing::ElementsAre(
                         "blocks[1].vars[1].type.reader.lod_tensor[0].tensor: the required field 'data_type' of "
                         "VarType.TensorDesc is missing",
                         "blocks[1].ops[0].outputs[0]: the required field 'parameter' of OpDesc.Var is missing",
                         "blocks[1].ops[0].attrs[16].scalar.c: the required field 'i' of Complex is missing",
                         "blocks[1]: the required field 'idx' of BlockDesc is missing"));
}

}  // namespace
}  // namespace pdquant
