// What holds for any program: random ones, and all small ones.
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <random>
#include <set>
#include <span>

#include "quantize/freeze/model_rewrite.h"
#include "quantize/transpile/transpile_testing.h"
#include "support/interpreter.h"
#include "support/program_builder.h"
#include "support/program_compare.h"
#include "support/quantized_structure.h"
#include "support/random_program.h"
#include "support/thorough.h"

namespace pdquant {
namespace {

using ::testing::IsEmpty;
using testing::Transpile;
using testing::Transpiled;

// Every scale in every form, where they fit.
TranspileOptions OptionsOf(uint32_t number) {
  constexpr std::array<QuantizationForm, 3> kForms = {QuantizationForm::kLegacy, QuantizationForm::kFused,
                                                      QuantizationForm::kLinear};
  const auto words = static_cast<uint32_t>(ScaleKinds().size());
  TranspileOptions options;
  options.weight_quantize_type = &ScaleKinds()[number % words];
  options.activation_quantize_type = &ScaleKinds()[number / words % words];
  options.form = kForms[number / words / words % kForms.size()];
  options.window_size = 5;
  if (!ValidateTogether(options).ok()) options.weight_quantize_type = nullptr;
  if (!ValidateTogether(options).ok()) options.activation_quantize_type = nullptr;
  return options;
}

std::vector<std::string> CheckFindings(const std::string& bytes) {
  Findings findings;
  const Program program = testing::Load(bytes, &findings);
  CheckProgram(Index(program), &findings);
  std::vector<std::string> texts;
  for (const Finding& finding : findings.all()) {
    // The programs of the generator read gradients that nothing writes.
    if (finding.code != "unwritten-result") texts.push_back(ToString(finding.place) + ": " + finding.text);
  }
  return texts;
}

std::string Undo(const std::string& bytes) {
  Findings findings;
  const Result<RewrittenModel> undone = RewriteModel({ModelRewrite::kUndo}, testing::Load(bytes), nullptr, &findings);
  return undone.ok() ? std::string(undone->program.bytes()) : undone.status().message();
}

std::set<std::string> PersistableNames(const proto::ProgramDesc& program) {
  std::set<std::string> names;
  for (const auto& var : program.blocks(0).vars()) {
    if (var.persistable()) names.insert(var.name());
  }
  return names;
}

// The properties of a transpiled program; `before` is well formed and was not refused.
void ExpectSound(const proto::ProgramDesc& before, const std::string& bytes, const Transpiled& result) {
  const proto::ProgramDesc after = testing::ParseMessage(result.main);
  EXPECT_THAT(CheckFindings(result.main), IsEmpty());
  EXPECT_THAT(testing::FloatOperands(after), IsEmpty());
  EXPECT_THAT(testing::ListProblems(after), IsEmpty());
  const testing::Run expected = testing::Interpret(before, 2);
  const testing::Run actual = testing::Interpret(after, 2);
  EXPECT_TRUE(actual.trace == expected.trace);
  EXPECT_EQ(actual.undefined, 0);
  if (result.outcome == Outcome::kChanged) {
    EXPECT_TRUE(Undo(result.main) == bytes);
  } else {
    EXPECT_TRUE(result.main == bytes);
  }
}

// The test form is sound as well, and what it keeps from training is there.
void ExpectSoundTestForm(const std::string& bytes, const Transpiled& trained, TranspileOptions options) {
  options.for_test = true;
  const Transpiled result = Transpile(bytes, nullptr, options);
  ASSERT_TRUE(result.status.ok()) << result.status.message();
  const proto::ProgramDesc after = testing::ParseMessage(result.main);
  EXPECT_THAT(CheckFindings(result.main), IsEmpty());
  EXPECT_THAT(testing::FloatOperands(after), IsEmpty());
  EXPECT_THAT(testing::ListProblems(after), IsEmpty());
  EXPECT_EQ(testing::Interpret(after, 1).undefined, 0);
  const std::set<std::string> there = PersistableNames(testing::ParseMessage(trained.main));
  for (const std::string& name : PersistableNames(after)) EXPECT_TRUE(there.contains(name)) << name;
}

// PDQUANT_RANDOM_PROGRAMS in the environment says how many.
TEST(TranspilePropertyTest, RandomPrograms) {
  const char* wanted = std::getenv("PDQUANT_RANDOM_PROGRAMS");
  const uint32_t count = wanted != nullptr ? static_cast<uint32_t>(std::atoi(wanted)) : 1000;
  size_t pairs = 0;
  size_t blocks = 0;
  for (uint32_t seed = 0; seed < count; ++seed) {
    SCOPED_TRACE(seed);
    const proto::ProgramDesc program = testing::RandomProgram(testing::RandomBytes(seed, 400));
    const std::string bytes = program.SerializeAsString();
    ASSERT_THAT(CheckFindings(bytes), IsEmpty());
    const TranspileOptions options = OptionsOf(seed);
    const Transpiled result = Transpile(bytes, nullptr, options);
    ASSERT_TRUE(result.status.ok()) << result.status.message();
    ExpectSound(program, bytes, result);
    ExpectSoundTestForm(bytes, result, options);
    if (::testing::Test::HasFailure()) FAIL() << program.DebugString();
    pairs += result.report.pairs.size();
    blocks += static_cast<size_t>(program.blocks_size());
  }
  EXPECT_GT(pairs, 10 * count);
  EXPECT_GT(blocks, 3 * count);
}

// E4, E6: the same bytes twice, and the order of the variables makes no difference.
TEST(TranspilePropertyTest, OrderOfVariables) {
  for (uint32_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    proto::ProgramDesc program = testing::RandomProgram(testing::RandomBytes(seed, 400));
    const std::string bytes = program.SerializeAsString();
    const Transpiled result = Transpile(bytes, nullptr, OptionsOf(seed));
    EXPECT_EQ(Transpile(bytes, nullptr, OptionsOf(seed)).main, result.main);
    std::minstd_rand random(seed + 1);
    for (auto& block : *program.mutable_blocks()) {
      for (int i = block.vars_size() - 1; i > 0; --i)
        block.mutable_vars()->SwapElements(i, static_cast<int>(random() % static_cast<uint32_t>(i + 1)));
    }
    const Transpiled shuffled = Transpile(program.SerializeAsString(), nullptr, OptionsOf(seed));
    EXPECT_THAT(testing::CompareAsGraphs(testing::ParseMessage(result.main), testing::ParseMessage(shuffled.main)),
                IsEmpty());
  }
}

// All programs of up to four of these ops, a gradient op behind its forward op only.
class SmallPrograms {
 public:
  static constexpr int kLetters = 12;

  // Null where a gradient op has no forward op: that is refused.
  static bool Make(std::span<const int> letters, proto::ProgramDesc* program) {
    program->mutable_version()->set_version(0);
    auto* block = testing::AddBlock(program, -1, -1);
    *block->add_vars() = testing::MakeVar("w float32[2,2] persistable");
    for (const char* name : {"x0", "h", "g", "w@GRAD", "h@GRAD", "g@GRAD", "x0@GRAD", "s"}) {
      *block->add_vars() = testing::MakeVar(std::string(name) + " float32[2,2]");
    }
    bool made_h = false;
    bool made_g = false;
    for (const int letter : letters) {
      if ((letter == 5 && !made_h) || (letter == 6 && !made_g)) return false;
      AddLetter(letter, program);
      made_h |= letter == 0;
      made_g |= letter == 1;
    }
    return true;
  }

 private:
  static proto::OpDesc Mul(const std::string& x, const std::string& out) {
    return testing::MakeOp("mul X=" + x + " Y=w : Out=" + out + " | op_role=0");
  }
  static proto::OpDesc MulGrad(const std::string& x, const std::string& out) {
    return testing::MakeOp("mul_grad Out@GRAD=" + out + "@GRAD X=" + x + " Y=w : X@GRAD=" + x +
                           "@GRAD Y@GRAD=w@GRAD | op_role=1");
  }
  static proto::OpDesc Scale(const std::string& x) {
    return testing::MakeOp("scale X=" + x + " : Out=" + x + " | op_role=0");
  }

  static void AddBody(proto::ProgramDesc* program, const char* type, int runs, const proto::OpDesc& inner,
                      const std::string& reads, const std::string& writes) {
    *testing::AddBlock(program, 0, -1)->add_ops() = inner;
    const bool loop = std::string_view(type) == "while";
    *program->mutable_blocks(0)->add_ops() =
        testing::MakeOp(std::string(type) + (loop ? " X=" : " Input=") + reads + " : Out=" + writes +
                        (loop ? " StepScopes=s" : " Scope=s") +
                        " | op_role=0 sub_block=block:" + std::to_string(program->blocks_size() - 1) +
                        " is_scalar_condition=true " + testing::kRuns + "=" + std::to_string(runs));
  }

  static void AddLetter(int letter, proto::ProgramDesc* program) {
    auto* ops = program->mutable_blocks(0)->mutable_ops();
    switch (letter) {
      case 0:
        *ops->Add() = Mul("x0", "h");
        break;
      case 1:
        *ops->Add() = Mul("h", "g");
        break;
      case 2:
        *ops->Add() = Mul("g", "h");
        break;
      case 3:
        *ops->Add() = Scale("h");
        break;
      case 4:
        *ops->Add() = Scale("w");
        break;
      case 5:
        *ops->Add() = MulGrad("x0", "h");
        break;
      case 6:
        *ops->Add() = MulGrad("h", "g");
        break;
      case 7:
        *ops->Add() = testing::MakeOp("sgd Param=w Grad=w@GRAD : ParamOut=w | op_role=2");
        break;
      case 8:
        AddBody(program, "while", 2, Mul("h", "h"), "h,w", "h");
        break;
      case 9:
        AddBody(program, "conditional_block", 1, Mul("h", "g"), "h,w", "g");
        break;
      case 10:
        AddBody(program, "conditional_block", 0, Scale("h"), "h", "h");
        break;
      default:
        AddBody(program, "while", 2, Scale("w"), "w", "w");
    }
  }
};

// A variable that nothing has written is fed: the interpreter feeds only x0, so h and g are compared where they exist.
void ExpectSmallSound(std::span<const int> letters) {
  proto::ProgramDesc program;
  if (!SmallPrograms::Make(letters, &program)) return;
  const std::string bytes = program.SerializeAsString();
  const Transpiled result = Transpile(bytes, nullptr, OptionsOf(static_cast<uint32_t>(letters.size())));
  ASSERT_TRUE(result.status.ok()) << result.status.message();
  const proto::ProgramDesc after = testing::ParseMessage(result.main);
  EXPECT_THAT(CheckFindings(result.main), IsEmpty());
  EXPECT_THAT(testing::FloatOperands(after), IsEmpty());
  EXPECT_THAT(testing::ListProblems(after), IsEmpty());
  EXPECT_TRUE(testing::Interpret(after, 2).trace == testing::Interpret(program, 2).trace);
  EXPECT_TRUE((result.outcome == Outcome::kChanged ? Undo(result.main) : result.main) == bytes);
  if (::testing::Test::HasFailure()) FAIL() << program.DebugString();
}

// With PDQUANT_THOROUGH in the environment, all 22620; without, those of up to three ops and every eleventh
// of four.
TEST(TranspilePropertyTest, AllSmallPrograms) {
  std::array<int, 4> letters{};
  size_t count = 1;
  for (size_t size = 1; size <= letters.size(); ++size) {
    count *= SmallPrograms::kLetters;
    const size_t step = size == letters.size() ? testing::SampleStep(11) : 1;
    for (size_t number = 0; number < count; number += step) {
      size_t rest = number;
      for (size_t i = 0; i < size; ++i) {
        letters[i] = static_cast<int>(rest % SmallPrograms::kLetters);
        rest /= SmallPrograms::kLetters;
      }
      ExpectSmallSound(std::span(letters).first(size));
      if (::testing::Test::HasFailure()) return;
    }
  }
}

}  // namespace
}  // namespace pdquant
