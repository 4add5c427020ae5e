// The programs of the corpus, transpiled: equal to what the reference made of them.
#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <utility>

#include "quantize/transpile/transpile_testing.h"
#include "support/program_compare.h"

namespace pdquant {
namespace {

using testing::CorpusRow;
using ::testing::IsEmpty;
using testing::Transpile;
using testing::Transpiled;

TEST(TranspileCorpusTest, AllPairsEqualTheReference) {
  for (const CorpusRow& row : testing::CorpusPairs()) {
    SCOPED_TRACE(row.network + " " + row.config);
    const std::string startup = testing::ReadFile(row.Before("startup.pb"));
    const Transpiled result =
        Transpile(testing::ReadFile(row.Before("main.pb")), &startup, testing::ParseOptions(row.options));
    ASSERT_TRUE(result.status.ok()) << result.status.message();
    EXPECT_THAT(testing::CompareAsGraphs(testing::ParseMessage(testing::ReadFile(row.After("main.pb"))),
                                         testing::ParseMessage(result.main)),
                IsEmpty());
    EXPECT_THAT(testing::CompareAsGraphs(testing::ParseMessage(testing::ReadFile(row.After("startup.pb"))),
                                         testing::ParseMessage(result.startup)),
                IsEmpty());
  }
}

// Networks without control flow, each with something that the others don't have (tests/paddle/plain_networks.py).
TEST(TranspileCorpusTest, PlainNetworksEqualTheReference) {
  std::map<std::string, TranspileOptions> configurations;
  for (const CorpusRow& row : testing::CorpusRows()) configurations[row.config] = testing::ParseOptions(row.options);
  // The reference counts steps even where nothing reads the counter: the operands are all weights.
  const std::set<std::string> reference_is_wrong = {"two_weights/range"};
  size_t pairs = 0;
  for (const auto& network : std::filesystem::directory_iterator(PDQUANT_PLAIN)) {
    for (const auto& [name, options] : configurations) {
      const std::string label = network.path().filename().string() + "/" + name;
      if (reference_is_wrong.contains(label)) continue;
      SCOPED_TRACE(label);
      const std::string folder = network.path().string();
      const std::string startup = testing::ReadFile(folder + "/startup.pb");
      const Transpiled result = Transpile(testing::ReadFile(folder + "/main.pb"), &startup, options);
      ASSERT_TRUE(result.status.ok()) << result.status.message();
      for (const auto& [file, actual] : {std::pair("main.pb", result.main), std::pair("startup.pb", result.startup)}) {
        const std::string expected = testing::ReadFile(folder + "/" + name + "/" + file);
        EXPECT_THAT(testing::CompareAsGraphs(testing::ParseMessage(expected), testing::ParseMessage(actual)),
                    IsEmpty());
      }
      ++pairs;
    }
  }
  EXPECT_EQ(pairs, 39U * 6U - 1U);
}

// What is written is well formed, or nothing is; for networks that the reference can't rewrite, too.
TEST(TranspileCorpusTest, WellFormedOrRefused) {
  for (const CorpusRow& row : testing::CorpusRows()) {
    for (const bool for_test : {false, true}) {
      SCOPED_TRACE(row.network + " " + row.config + (for_test ? " for test" : ""));
      TranspileOptions options = testing::ParseOptions(row.options);
      options.for_test = for_test;
      const std::string startup = testing::ReadFile(row.Before("startup.pb"));
      const Transpiled result = Transpile(testing::ReadFile(row.Before("main.pb")), &startup, options);
      if (!result.status.ok()) {
        EXPECT_EQ(result.status.code(), StatusCode::kBadInput);
        EXPECT_TRUE(result.findings.has_errors());
        continue;
      }
      for (const std::string& bytes : {result.main, result.startup}) {
        Findings findings;
        const Program program = testing::Load(bytes, &findings);
        CheckProgram(Index(program), &findings);
        EXPECT_THAT(findings.all(), IsEmpty());
      }
      if (!result.report.pairs.empty()) {  // P20
        EXPECT_EQ(Transpile(result.main, nullptr, options).status.code(), StatusCode::kBadInput);
      }
    }
  }
}

TEST(TranspileCorpusTest, NothingToQuantizeIsTheSameBytes) {
  const std::string bytes = testing::ReadFile(testing::MainOf("no_quantizable"));
  const Transpiled result = Transpile(bytes, nullptr, {});
  EXPECT_EQ(result.outcome, Outcome::kUnchanged);
  EXPECT_EQ(result.main, bytes);
}

// E4, E6: the order of the variables makes no difference.
TEST(TranspileCorpusTest, OrderOfVariablesMakesNoDifference) {
  std::mt19937 random(1);
  for (const char* network : {"lenet", "transformer", "gan", "cond", "mlp_multi_input"}) {
    const std::string bytes = testing::ReadFile(testing::MainOf(network));
    proto::ProgramDesc shuffled = testing::ParseMessage(bytes);
    for (auto& block : *shuffled.mutable_blocks()) {
      auto* vars = block.mutable_vars();
      std::shuffle(vars->pointer_begin(), vars->pointer_end(), random);
    }
    TranspileOptions options;
    options.activation_quantize_type = FindScaleKind("range_abs_max");
    const Transpiled a = Transpile(bytes, nullptr, options);
    const Transpiled b = Transpile(shuffled.SerializeAsString(), nullptr, options);
    ASSERT_EQ(a.status.ok(), b.status.ok()) << network;
    if (!a.status.ok()) continue;
    EXPECT_EQ(a.main, Transpile(bytes, nullptr, options).main);
    EXPECT_THAT(testing::CompareAsGraphs(testing::ParseMessage(a.main), testing::ParseMessage(b.main)), IsEmpty())
        << network;
  }
}

// P15: names that are taken are left alone, and the program is rewritten in the same way.
TEST(TranspileCorpusTest, TakenNames) {
  for (const CorpusRow& row : testing::CorpusPairs()) {
    if (row.network != "lenet" && row.network != "transformer" && row.network != "shared_weight") continue;
    SCOPED_TRACE(row.network + " " + row.config);
    const std::string bytes = testing::ReadFile(row.Before("main.pb"));
    const proto::ProgramDesc plain = testing::ParseMessage(bytes);
    proto::ProgramDesc taken = plain;
    for (const auto& var : plain.blocks(0).vars()) {
      for (const char* suffix : {".quantized", ".quantized.dequantized", ".scale", "_1.quantized", "_1.scale"}) {
        auto* added = taken.mutable_blocks(0)->add_vars();
        *added = var;
        added->set_name(var.name() + suffix);
      }
    }
    for (const char* name : {"scales_0", "state_0", "accum_0"}) {
      auto* added = taken.mutable_blocks(0)->add_vars();
      *added = plain.blocks(0).vars(0);
      added->set_name(name);
    }
    const Transpiled expected = Transpile(bytes, nullptr, testing::ParseOptions(row.options));
    const Transpiled result = Transpile(taken.SerializeAsString(), nullptr, testing::ParseOptions(row.options));
    ASSERT_TRUE(result.status.ok()) << result.status.message();
    const proto::ProgramDesc program = testing::ParseMessage(result.main);
    const proto::ProgramDesc wanted = testing::ParseMessage(expected.main);
    ASSERT_EQ(program.blocks(0).ops_size(), wanted.blocks(0).ops_size());
    for (int i = 0; i < program.blocks(0).ops_size(); ++i)
      EXPECT_EQ(program.blocks(0).ops(i).type(), wanted.blocks(0).ops(i).type());
    Findings findings;
    const Program loaded = testing::Load(result.main, &findings);
    CheckProgram(Index(loaded), &findings);
    EXPECT_THAT(findings.all(), IsEmpty());
    for (int i = 0; i < taken.blocks(0).vars_size(); ++i) {  // what was declared still is, and nothing made writes it
      EXPECT_EQ(program.blocks(0).vars(i).SerializeAsString(), taken.blocks(0).vars(i).SerializeAsString());
    }
    std::set<std::string> old;
    for (const auto& var : taken.blocks(0).vars()) old.insert(var.name());
    for (const auto& op : program.blocks(0).ops()) {
      if (!op.type().starts_with("fake_")) continue;
      for (const auto& slot : op.outputs()) {
        for (const std::string& name : slot.arguments()) EXPECT_FALSE(old.contains(name)) << name;
      }
    }
  }
}

// P7, P8: calls f for the message and all that it holds.
void ForEachMessage(google::protobuf::Message* message, const std::function<void(google::protobuf::Message*)>& f) {
  f(message);
  const auto* reflection = message->GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection->ListFields(*message, &fields);
  for (const auto* field : fields) {
    if (field->cpp_type() != field->CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      ForEachMessage(reflection->MutableMessage(message, field), f);
      continue;
    }
    for (int i = 0; i < reflection->FieldSize(*message, field); ++i)
      ForEachMessage(reflection->MutableRepeatedMessage(message, field, i), f);
  }
}

// The result with the planted fields is the result without them, and each message of the input still has its own.
TEST(TranspileCorpusTest, UnknownFieldsStay) {
  for (const char* network : {"lenet", "transformer", "cond"}) {
    for (const bool for_test : {false, true}) {
      SCOPED_TRACE(std::string(network) + (for_test ? " for test" : ""));
      TranspileOptions options;
      options.for_test = for_test;
      const std::string bytes = testing::ReadFile(testing::MainOf(network));
      proto::ProgramDesc planted = testing::ParseMessage(bytes);
      ForEachMessage(&planted, [](auto* m) { m->GetReflection()->MutableUnknownFields(m)->AddVarint(1000, 7); });
      const Transpiled expected = Transpile(bytes, nullptr, options);
      const Transpiled result = Transpile(planted.SerializeAsString(), nullptr, options);
      ASSERT_EQ(result.status.ok(), expected.status.ok());
      if (!result.status.ok()) continue;
      proto::ProgramDesc program = testing::ParseMessage(result.main);
      size_t without = 0;
      ForEachMessage(&program, [&](auto* m) {
        auto* unknown = m->GetReflection()->MutableUnknownFields(m);
        if (unknown->empty()) ++without;
        EXPECT_LE(unknown->field_count(), 1);
        unknown->Clear();
      });
      EXPECT_EQ(program.SerializeAsString(), testing::ParseMessage(expected.main).SerializeAsString());
      // Only what was made has none: ops and variables with all they hold.
      proto::ProgramDesc plain = testing::ParseMessage(expected.main);
      size_t made = 0;
      const auto count = [&](google::protobuf::Message* m) { ForEachMessage(m, [&](auto*) { ++made; }); };
      for (auto& block : *plain.mutable_blocks()) {
        for (auto& var : *block.mutable_vars()) {
          if (var.name().find(".quantized") != std::string::npos || var.name().ends_with(".scale")) count(&var);
        }
        for (auto& op : *block.mutable_ops()) {
          if (op.type().starts_with("fake_")) count(&op);
        }
      }
      // The type of a made variable is a copy of another's, unknown fields included.
      EXPECT_LE(without, made);
    }
  }
}

}  // namespace
}  // namespace pdquant
