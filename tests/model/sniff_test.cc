#include "model/sniff.h"

#include <gmock/gmock.h>

#include "support/encode.h"
#include "support/programs.h"

namespace pdquant {
namespace {

using std::string_literals::operator""s;
using ::testing::HasSubstr;

TEST(LooksLikeTest, FilesThatPeopleGiveByMistake) {
  const std::string kGitLfs =
      "version https://git-lfs.github.com/spec/v1\n"
      "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";
  // The beginnings of what gzip, zip, bzip2, xz, zstd, pickle and the ONNX exporter of PyTorch write.
  const std::pair<std::string, std::string> kFiles[] = {
      {"", "an empty file"},
      {"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x2b\x28\xca\x4f"s, "gzip"},
      {"PK\x03\x04\x14\x00\x00\x00\x00\x00S\xa0w]\x84w\xed\x92\x07\x00\x00\x00"s, "zip"},
      {"BZh91AY&SY\x19\xbf}\x9f\x00\x00"s, "bzip2"},
      {"\xfd\x37\x7a\x58\x5a\x00\x00\x04\xe6\xd6\xb4\x46\x02\x00"s, "xz"},
      {"\x28\xb5\x2f\xfd\x24\x07\x39\x00\x00"s, "zstd"},
      {"\x7f"
       "ELF\x02\x01\x01\x00"s,
       "ELF"},
      {"\x80\x02}q\x00X\x06\x00\x00\x00"
       "fc.w_0q\x01]q\x02G"s,
       "pickle"},
      {"\x80\x03}q\x00X\x06\x00\x00\x00"
       "fc.w_0q\x01]q\x02G"s,
       "pickle"},
      {"\x80\x04\x95\x19\x00\x00\x00\x00\x00\x00\x00}\x94\x8c\x06"
       "fc.w_0\x94]\x94G"s,
       "pickle"},
      {"\x80\x05\x95\x19\x00\x00\x00\x00\x00\x00\x00}\x94\x8c\x06"
       "fc.w_0\x94]\x94G"s,
       "pickle"},
      {kGitLfs, "git lfs pull"},
      {"\x08\x06\x12\x07pytorch\x1a\x03"
       "1.9:\x04\x12\x02xy",
       "ONNX"},
      {R"({"base_code":{"magic":"pir","trainable":true,"version":1},"program":{"regions":[]}})", "pdquant import"},
      {"\n {\"a\": 1}", "JSON"},
      {"7z\xbc\xaf\x27\x1c\x00\x04"s, "7z"},
      {"Rar!\x1a\x07\x01\x00"s, "RAR"},
      {"\x1c\x00\x00\x00TFL3\x14\x00\x20\x00"s, "TensorFlow Lite"},
      {"\x02\x00v2.12\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x10\x00"s, "Paddle-Lite's opt"},
      {"<!DOCTYPE html>\n<html>", "HTML"},
      {"blocks {\n  idx: 0\n}\n", "text protobuf"},
      {"#!/usr/bin/env python\nimport paddle\n", "text"},
      {testing::ReadFile(PDQUANT_TESTDATA "/params/shared_weight.int8.params"), "parameter file"},
  };
  for (const auto& [bytes, what] : kFiles)
    EXPECT_THAT(LooksLike(bytes), HasSubstr(what)) << ::testing::PrintToString(bytes.substr(0, 20));
}

TEST(LooksLikeTest, ParameterFilesWithLod) {
  // Version 0, one level of 16 bytes: 0, 3.
  const std::string lod = std::string(4, '\0') + "\x01" + std::string(7, '\0') + "\x10" + std::string(15, '\0') +
                          "\x03" + std::string(7, '\0');
  EXPECT_THAT(LooksLike(lod), HasSubstr("parameter file"));
}

TEST(LooksLikeTest, NothingKnown) {
  EXPECT_EQ(LooksLike("\xff\xfe\x01\xfc"), "");
  EXPECT_EQ(LooksLike(std::string(10, '\0')), "");
  EXPECT_EQ(LooksLike(testing::ReadFile(testing::MainOf("mlp")).substr(0, 100)), "");
}

// Each beginning of each of them, too: nothing is read behind the end.
TEST(LooksLikeTest, AllPrefixes) {
  for (const std::string& bytes :
       {testing::ReadFile(PDQUANT_TESTDATA "/params/shared_weight.int8.params").substr(0, 64),
        "version https://git-lfs.github.com/spec/v1"s, "\x08\x06\x12\x07pytorch"s, "{\"base_code\""s, "blocks {"s}) {
    for (size_t size = 0; size <= bytes.size(); ++size) {
      const std::string prefix = bytes.substr(0, size);  // of its own, for the sanitizer
      LooksLike(prefix);
    }
  }
}

}  // namespace
}  // namespace pdquant
