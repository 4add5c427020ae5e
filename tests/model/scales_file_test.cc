#include "model/scales_file.h"

#include <gmock/gmock.h>

#include <string>

#include "files/io_testing.h"

namespace pdquant {
namespace {

using ::testing::HasSubstr;

ScalesFile Parse(const std::string& text) {
  Result<ScalesFile> file = ScalesFile::Parse("s.json", text);
  EXPECT_TRUE(file.ok()) << file.status().message();
  return file.ok() ? *file : ScalesFile();
}

TEST(ScalesFileTest, Plain) {
  const ScalesFile file = Parse(R"({"b": 2, "a": 0.5, "c\n": 1e-3, "always 0": 0})");
  ASSERT_EQ(file.entries().size(), 4U);
  EXPECT_EQ(file.entries()[0].name, "a");
  EXPECT_EQ(file.Find("a"), 0.5F);
  EXPECT_EQ(file.Find("b"), 2.0F);
  EXPECT_EQ(file.Find("c\n"), 1e-3F);
  EXPECT_EQ(file.Find("always 0"), 0.0F);
  EXPECT_EQ(file.Find("d"), std::nullopt);
  EXPECT_TRUE(Parse("{}").entries().empty());
}

TEST(ScalesFileTest, WhatReadWrites) {
  const ScalesFile file = Parse(
      R"({"scales": {"x": 1.5, "schema": 3}, "schema": "pdquant.scales", "version": 1, "rows": 4, "algorithm": "kl"})");
  EXPECT_EQ(file.entries().size(), 2U);
  EXPECT_EQ(file.Find("x"), 1.5F);
  EXPECT_EQ(file.Find("schema"), 3.0F);
}

// A variable may have the name of a member of the document.
TEST(ScalesFileTest, VariableNamedAsAMember) {
  const ScalesFile file = Parse(R"({"schema": 2.5, "version": 7})");
  EXPECT_EQ(file.Find("schema"), 2.5F);
  EXPECT_EQ(file.Find("version"), 7.0F);
}

TEST(ScalesFileTest, DictionariesOfPaddle) {
  const ScalesFile file = Parse(
      R"({"x": {"scale": 1.5, "method": "KL"}, "y": {"scale": [2.5]}, "z": [[3.5]], "w": [1, 2, 3], "v": {"scale": [1, 2]}})");
  EXPECT_EQ(file.entries().size(), 3U);
  EXPECT_EQ(file.Find("x"), 1.5F);
  EXPECT_EQ(file.Find("y"), 2.5F);
  EXPECT_EQ(file.Find("z"), 3.5F);
  EXPECT_EQ(file.left_out(), 2U);
}

TEST(ScalesFileTest, WhatIsWrong) {
  const std::pair<std::string, std::string> kFiles[] = {
      {"", "the JSON is cut off at byte 0"},
      {R"({"x": 1)", "the JSON is cut off at byte 7"},
      {R"({"x": 1} 2)", "it is no JSON at byte 9"},
      {R"({"x": NaN})", "the scale of 'x' is NaN: a threshold is a number above 0 (byte 6)"},
      {R"({"x": -Infinity})", "the scale of 'x' is Infinity: a threshold is a number above 0 (byte 7)"},
      {R"({"x": 1e999})", "the scale of 'x' is too large for a number"},
      {R"({"x": 1e39})", "the scale of 'x' is 1e+39: no float32 can hold it"},
      {R"({"x": 1e-60})", "the scale of 'x' is 1e-60: no float32 can hold it"},
      {R"({"x": -1})", "the scale of 'x' is -1: a threshold is a number above 0"},
      {R"({"x": "1"})", "the scale of 'x' is '1', and has to be a number"},
      {R"({"x": null})", "the scale of 'x' is null, and has to be a number"},
      {R"({"x": {}})", "the object 'x' has no 'scale'"},
      {R"({"x": ["1"]})", "something that is no number in the list of 'x'"},
      {R"({"x": 1, "y": 2, "x": 1})", "it has 'x' twice"},
      {R"({"x": {"scale": 1, "scale": 2}})", "it has 'scale' twice"},
      {R"([1, 2])", "is a list"},
      {R"(3)", "is a plain value"},
      {R"({"a": {"b": {"c": {"d": 1}}}})", "is nested too deep for scales"},
      {R"({"schema": "pdquant-model-report", "version": 1})", "a document of the schema 'pdquant-model-report'"},
      {R"({"schema": "pdquant.scales", "version": 2, "scales": {}})", "its version isn't 1"},
      {R"({"schema": "pdquant.scales", "version": 1})", "it has no object 'scales'"},
  };
  for (const auto& [text, why] : kFiles) {
    const Result<ScalesFile> file = ScalesFile::Parse("s.json", text);
    ASSERT_FALSE(file.ok()) << text;
    EXPECT_EQ(file.status().code(), StatusCode::kBadInput) << text;
    EXPECT_THAT(file.status().message(), HasSubstr("'s.json': no scales: ")) << text;
    EXPECT_THAT(file.status().message(), HasSubstr(why)) << text;
  }
}

TEST(ScalesFileTest, Depth) {
  EXPECT_FALSE(ScalesFile::Parse("s.json", R"({"x": )" + std::string(100000, '[')).ok());
  EXPECT_FALSE(ScalesFile::Parse("s.json", std::string(100000, '{')).ok());
}

TEST(ScalesFileTest, Files) {
  const TemporaryFolder folder;
  WriteFile(folder / "s.json", R"({"x": 2})");
  const Result<ScalesFile> file = ScalesFile::Read(folder / "s.json");
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file->Find("x"), 2.0F);
  EXPECT_EQ(ScalesFile::Read(folder / "none.json").status().code(), StatusCode::kIo);
}

}  // namespace
}  // namespace pdquant
