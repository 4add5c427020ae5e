// freeze, int8 and undo on the 20 models that paddlepaddle 1.8.5 trained, froze and converted
// (testdata/paddle/MANIFEST.md).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "check/check.h"
#include "model/parameter_list.h"
#include "model/parameter_reader.h"
#include "quantize/freeze/model_rewrite.h"
#include "quantize/weights/model_parameters.h"
#include "support/program_compare.h"
#include "support/programs.h"

namespace pdquant {
namespace {

using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

using Values = std::map<std::string, std::string>;  // name to data

std::vector<float> Floats(const std::string& bytes) {
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

// A model on disk: program and combined parameters.
struct Model {
  explicit Model(const std::string& folder) : program(testing::Load(testing::ReadFile(folder + "/model.pb"))) {
    const auto list = ListParameters(program, &findings);
    auto opened = ParameterReader::Open({ParameterPlace::Kind::kCombined, folder + "/params"}, list, &findings);
    if (!opened.ok()) throw std::runtime_error(opened.status().message());
    reader = std::move(*opened);
  }

  Values Read() const {
    Values values;
    for (size_t i = 0; i < reader->parameters().size(); ++i) {
      std::string* data = &values[reader->parameters()[i].name];
      const Status read = reader->ReadData(i, [&](std::string_view bytes) {
        *data += bytes;
        return Status();
      });
      if (!read.ok()) throw std::runtime_error(read.message());
    }
    return values;
  }

  Findings findings;
  Program program;
  std::unique_ptr<ParameterReader> reader;
};

struct Rewritten {
  proto::ProgramDesc program;
  Values values;
  std::vector<WeightLine> lines;
};

Rewritten Rewrite(ModelRewrite rewrite, const Model& model) {
  FileParameterValues values(model.reader.get());
  Findings findings;
  auto result = RewriteModel({rewrite}, testing::Load(model.program.bytes()), &values, &findings);
  if (!result.ok()) throw std::runtime_error(result.status().message());
  CheckProgram(Index(result->program), &findings);
  EXPECT_FALSE(findings.has_errors());
  Rewritten out;
  out.program = testing::ParseMessage(result->program.bytes());
  auto parameters = MakeParameters(result->program, result->parameters, model.reader.get(), &out.lines, &findings);
  if (!parameters.ok()) throw std::runtime_error(parameters.status().message());
  for (const OutputParameter& parameter : *parameters) {
    std::string* data = &out.values[parameter.name];
    const ByteSink append = [&](std::string_view bytes) {
      *data += bytes;
      return Status();
    };
    const Status made = parameter.copied != nullptr ? parameter.copied->ReadData(parameter.copied_parameter, append)
                                                    : parameter.produce(append);
    if (!made.ok()) throw std::runtime_error(made.message());
  }
  return out;
}

// Takes out of the reference's program what only training needs: it keeps that.
proto::ProgramDesc WithoutTraining(proto::ProgramDesc program, Values* values) {
  const std::set<std::string> slots = {"Iter", "InState", "InAccum", "OutScales", "OutState", "OutAccum"};
  proto::BlockDesc* block = program.mutable_blocks(0);
  std::set<std::string> gone;
  const auto clean = [&](auto* list) {
    for (int i = list->size() - 1; i >= 0; --i) {
      if (!slots.contains(list->Get(i).parameter())) continue;
      gone.insert(list->Get(i).arguments().begin(), list->Get(i).arguments().end());
      list->DeleteSubrange(i, 1);
    }
  };
  for (proto::OpDesc& op : *block->mutable_ops()) {
    clean(op.mutable_inputs());
    clean(op.mutable_outputs());
  }
  for (int i = block->ops_size() - 1; i >= 0; --i) {
    if (block->ops(i).type() == "increment" && gone.contains(block->ops(i).outputs(0).arguments(0)))
      block->mutable_ops()->DeleteSubrange(i, 1);
  }
  for (int i = block->vars_size() - 1; i >= 0; --i) {
    if (gone.contains(block->vars(i).name())) block->mutable_vars()->DeleteSubrange(i, 1);
  }
  for (const std::string& name : gone) values->erase(name);
  return program;
}

std::vector<std::string> ModelFolders() {
  std::vector<std::string> folders;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(PDQUANT_FREEZE_CORPUS)) {
    if (entry.is_directory() && entry.path().filename() == "quant")
      folders.push_back(entry.path().parent_path().string());
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

class FreezeCorpus : public ::testing::TestWithParam<std::string> {};

TEST_P(FreezeCorpus, FrozenAsTheReference) {
  const Rewritten frozen = Rewrite(ModelRewrite::kFreeze, Model(GetParam() + "/quant"));
  const Model expected(GetParam() + "/frozen");
  Values values = expected.Read();
  const proto::ProgramDesc program = WithoutTraining(testing::ParseMessage(expected.program.bytes()), &values);
  EXPECT_THAT(testing::CompareAsGraphs(program, frozen.program), IsEmpty());
  EXPECT_EQ(frozen.values, values);  // bit for bit
  for (const WeightLine& line : frozen.lines) {
    EXPECT_TRUE(line.error.SqnrDb()) << line.name;
    EXPECT_LE(line.error.largest, static_cast<float>(line.steps.at(0)) * 0.501F)
        << line.name;                                  // half a step, and its rounding
    EXPECT_GT(line.error.saturated, 0U) << line.name;  // the largest value
  }
}

TEST_P(FreezeCorpus, IntegersAsTheReference) {
  const Model reference(GetParam() + "/frozen");
  const Rewritten integers = Rewrite(ModelRewrite::kInt8, reference);
  const Model expected(GetParam() + "/int8");
  EXPECT_THAT(testing::CompareAsGraphs(testing::ParseMessage(expected.program.bytes()), integers.program), IsEmpty());
  EXPECT_EQ(integers.values, expected.Read());
}

// All three forms come back to one program. The weights of the simulated one are the float ones; of the others, q · s /
// R.
TEST_P(FreezeCorpus, Undone) {
  const Rewritten from_simulated = Rewrite(ModelRewrite::kUndo, Model(GetParam() + "/quant"));
  const Rewritten from_frozen = Rewrite(ModelRewrite::kUndo, Model(GetParam() + "/frozen"));
  const Rewritten from_integers = Rewrite(ModelRewrite::kUndo, Model(GetParam() + "/int8"));
  EXPECT_THAT(testing::CompareAsGraphs(from_simulated.program, from_frozen.program), IsEmpty());
  EXPECT_THAT(testing::CompareAsGraphs(from_simulated.program, from_integers.program), IsEmpty());
  for (const proto::OpDesc& op : from_simulated.program.blocks(0).ops()) {
    EXPECT_EQ(op.type().find("quantize"), std::string::npos) << op.type();
    EXPECT_NE(op.type(), "increment");
  }
  ASSERT_EQ(from_frozen.values.size(), from_integers.values.size());
  for (const auto& [name, value] : from_frozen.values) {  // as numbers: an integer 0 has no sign
    EXPECT_THAT(Floats(from_integers.values.at(name)), ElementsAreArray(Floats(value))) << name;
  }
  for (const auto& [name, value] : from_simulated.values) EXPECT_EQ(from_frozen.values.at(name).size(), value.size());
}

INSTANTIATE_TEST_SUITE_P(Models, FreezeCorpus, ::testing::ValuesIn(ModelFolders()), [](const auto& model) {
  const std::filesystem::path path(model.param);
  return path.parent_path().filename().string() + "_" + path.filename().string();
});

}  // namespace
}  // namespace pdquant
