// Writing parameters: the real ones from one form to the other and back, names that can't be files, sizes that lie.
#include "model/parameter_writer.h"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <filesystem>

#include "files/io_testing.h"
#include "model/model.h"
#include "model/model_output.h"
#include "model/parameter_testing.h"
#include "support/programs.h"

namespace pdquant::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto kCombined = ParameterPlace::Kind::kCombined;
constexpr auto kSeparate = ParameterPlace::Kind::kSeparate;

OutputParameter Made(const std::string& name, const std::vector<int64_t>& dims, const std::string& data) {
  OutputParameter parameter;
  parameter.name = name;
  parameter.header.data_type = proto::VarType::INT8;
  parameter.header.dims = dims;
  parameter.produce = [data](const ByteSink& sink) {
    for (const char& byte : data) {
      if (Status status = sink({&byte, 1}); !status.ok()) return status;
    }
    return Status();
  };
  return parameter;
}

Status Write(const ParameterPlace& place, std::vector<OutputParameter> parameters) {
  OutputSet outputs;
  if (Status status = WriteParameters(place, std::move(parameters), &outputs); !status.ok()) return status;
  return outputs.Commit();
}

Status Copy(ParameterReader* reader, const ParameterPlace& place) {
  std::vector<OutputParameter> copies(reader->parameters().size());
  for (size_t i = copies.size(); i > 0; --i) {  // any order will do
    OutputParameter& copy = copies[copies.size() - i];
    copy.name = reader->parameters()[i - 1].name;
    copy.copied = reader;
    copy.copied_parameter = i - 1;
  }
  return Write(place, std::move(copies));
}

TEST(ParameterWriterTest, RealModelsToSeparateFilesAndBack) {
  const TemporaryFolder folder(true);
  size_t models = 0;
  for (const auto& entry : fs::recursive_directory_iterator(PDQUANT_FREEZE_CORPUS)) {
    if (entry.path().filename() != "params") continue;
    SCOPED_TRACE(entry.path());
    const Program program = Load(ReadFile(entry.path().parent_path() / "model.pb"));
    Findings findings;
    const std::vector<ParameterVariable> variables = ListParameters(program, &findings);
    const auto reader = ParameterReader::Open({kCombined, entry.path()}, variables, &findings);
    ASSERT_TRUE(reader.ok()) << Lines(findings, Level::kError);
    const ParameterPlace separate = {kSeparate, folder / std::to_string(models)};
    ASSERT_TRUE(Copy(reader->get(), separate).ok());
    const auto second = ParameterReader::Open(separate, variables, &findings);
    ASSERT_TRUE(second.ok()) << Lines(findings, Level::kError);
    EXPECT_THAT((*second)->ListIgnored("", 10), ElementsAre());
    ASSERT_TRUE(Copy(second->get(), {kCombined, folder / "combined"}).ok());
    EXPECT_EQ(ReadFile(folder / "combined"), ReadFile(entry.path()));
    ++models;
  }
  EXPECT_EQ(models, 60U);
}

TEST(ParameterWriterTest, NewOnesAreSortedAndComplete) {
  const TemporaryFolder folder;
  const std::vector<ParameterVariable> variables = {Variable("a", proto::VarType::INT8, {0}),
                                                    Variable("w", proto::VarType::INT8, {2, 2}),
                                                    Variable("w.int8", proto::VarType::INT8, {3})};
  for (const ParameterPlace& place :
       {ParameterPlace{kCombined, folder / "params"}, ParameterPlace{kSeparate, folder / "all"}}) {
    ASSERT_TRUE(Write(place, {Made("w.int8", {3}, "abc"), Made("a", {0}, ""), Made("w", {2, 2}, "wxyz")}).ok());
    Findings findings;
    const auto reader = ParameterReader::Open(place, variables, &findings);
    ASSERT_TRUE(reader.ok()) << Lines(findings, Level::kError);
    EXPECT_EQ(DataOf(reader->get(), 0), "");
    EXPECT_EQ(DataOf(reader->get(), 1), "wxyz");
    EXPECT_EQ(DataOf(reader->get(), 2), "abc");
  }
  ASSERT_TRUE(Write({kCombined, folder / "empty"}, {}).ok());
  EXPECT_EQ(fs::file_size(folder / "empty"), 0U);
}

TEST(ParameterWriterTest, WhatAProducerDoesWrong) {
  const TemporaryFolder folder;
  WriteFile(folder / "params", "old");
  const ParameterPlace place = {kCombined, folder / "params"};
  EXPECT_EQ(Write(place, {Made("w", {3}, "ab")}).code(), StatusCode::kInternal);
  EXPECT_EQ(Write(place, {Made("w", {3}, "abcd")}).code(), StatusCode::kInternal);
  EXPECT_EQ(Write(place, {Made("w", {-1}, "abcd")}).code(), StatusCode::kInternal);
  OutputParameter failing = Made("w", {3}, "");
  failing.produce = [](const ByteSink&) { return BadInput("NaN"); };
  EXPECT_EQ(Write(place, {Made("a", {1}, "a"), std::move(failing)}).message(), "NaN");
  EXPECT_EQ(ReadFile(folder / "params"), "old");
  EXPECT_THAT(ListFolder(folder.path()), ElementsAre("params"));
}

// A record with LoD and with a field that nobody knows, once copied and once made anew.
TEST(ParameterWriterTest, KeepsLodAndUnknownFields) {
  const TemporaryFolder folder;
  RecordParts parts;
  parts.lod_levels = 1;
  parts.levels = LodLevel({0, 1, 2});
  parts.description = Description(proto::VarType::INT8, {2}) + "\x98\x06\x01";
  parts.data = "ab";
  WriteFile(folder / "params", parts.Encode());
  Findings findings;
  const auto reader =
      ParameterReader::Open({kCombined, folder / "params"}, {Variable("w", proto::VarType::INT8, {-1})}, &findings);
  ASSERT_TRUE(reader.ok()) << Lines(findings, Level::kError);
  ASSERT_TRUE(Copy(reader->get(), {kCombined, folder / "copy"}).ok());
  EXPECT_EQ(ReadFile(folder / "copy"), parts.Encode());
  OutputParameter made = Made("w", {2}, "xy");
  made.header = (*reader)->parameters()[0].header;
  std::vector<OutputParameter> one;
  one.push_back(std::move(made));
  ASSERT_TRUE(Write({kCombined, folder / "made"}, std::move(one)).ok());
  parts.description = Description(proto::VarType::INT8, {2});
  parts.data = "xy";
  EXPECT_EQ(ReadFile(folder / "made"), parts.Encode());
}

TEST(ParameterWriterTest, ManyFiles) {
  const TemporaryFolder folder(true);
  std::vector<OutputParameter> parameters;
  for (int i = 0; i < 1000; ++i) {
    const std::string number = std::to_string(i);
    parameters.push_back(Made("block" + std::to_string(i % 10) + "/w" + number, {-1}, number));
    parameters.back().header.dims = {static_cast<int64_t>(number.size())};
  }
  ASSERT_TRUE(Write({kSeparate, folder / "new"}, parameters).ok());
  ASSERT_TRUE(Write({kSeparate, folder / "new"}, parameters).ok());  // into an existing folder
  EXPECT_THAT(ListFolder(folder.path()), ElementsAre("new"));
  EXPECT_EQ(ListFolder(folder / "new").size(), 10U);
  EXPECT_EQ(ListFolder(folder / "new/block3").size(), 100U);
}

std::string NameErrors(const std::vector<std::string>& names, std::string_view program = "") {
  Findings findings;
  CheckFileNames(names, program, &findings);
  return Lines(findings, Level::kError);
}

TEST(FileNamesTest, WhatCannotBeAFile) {
  EXPECT_EQ(NameErrors({"a", "a.b", "b/a", "b/c", "A@GRAD", "\xff", "..a", std::string(255, 'x')}), "");
  for (const char* name : {"", "/a", "../a", "a/../b", "a//b", "a/", ".", "a/."}) {
    EXPECT_THAT(NameErrors({name}), HasSubstr("leads out of the folder")) << name;
  }
  EXPECT_THAT(NameErrors({std::string(256, 'x')}), HasSubstr("too long"));
  EXPECT_THAT(NameErrors({"a/" + std::string(256, 'x')}), HasSubstr("too long"));
  std::string deep = "a";
  while (deep.size() < 4000) deep += "/a";
  EXPECT_THAT(NameErrors({deep}), HasSubstr("too long"));
  EXPECT_THAT(NameErrors({"__model__"}, "__model__"), HasSubstr("the program's file"));
  EXPECT_THAT(NameErrors({"__model__/w"}, "__model__"), HasSubstr("the program's file"));
  EXPECT_EQ(NameErrors({"__model__"}, "x.pdmodel"), "");
  EXPECT_THAT(NameErrors({"b/.w.pdquant-0123456789abcdef"}), HasSubstr("its own files"));
  EXPECT_THAT(NameErrors({"x.pdquant-pending"}), HasSubstr("its own files"));
  EXPECT_EQ(NameErrors({"a", "a/b", "a/b/c", "aa/b"}),
            "a/b: can't be a file: the variable 'a' is a file, not a folder\n"
            "a/b/c: can't be a file: the variable 'a' is a file, not a folder\n");
}

TEST(FileNamesTest, CaseAloneIsAWarning) {
  Findings findings;
  CheckFileNames({"W", "conv/w", "conv/v", "w"}, "", &findings);
  EXPECT_FALSE(findings.has_errors());
  EXPECT_THAT(Lines(findings, Level::kWarning), HasSubstr("w: differs from 'W' in case alone"));
  EXPECT_EQ(findings.count(Level::kWarning), 1U);
}

}  // namespace
}  // namespace pdquant::testing
