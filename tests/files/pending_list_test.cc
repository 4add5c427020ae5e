#include "files/pending_list.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "files/temporary.h"

namespace pdquant {
namespace {

const char kId[] = "0123456789abcdef";

std::vector<PendingRename> Sample() {
  return {{"model", kId}, {"../b c/%\n\x7f\xff\xC3\xA4", "00000000ffffffff"}, {"sub/.x", "fedcba9876543210"}};
}

PendingText Decode(std::string_view text) {
  std::vector<PendingRename> renames;
  return DecodePending(text, &renames);
}

// A list that is whole, as its last line says, with these lines.
std::string Whole(const std::string& lines, int count) {
  const std::string text = "pdquant-pending 1\n" + lines;
  char last[64];
  std::snprintf(last, sizeof(last), "end %d %016llx\n", count, static_cast<unsigned long long>(Fingerprint(text)));
  return text + last;
}

TEST(PendingListTest, KeepsAllNames) {
  std::vector<PendingRename> renames;
  ASSERT_EQ(DecodePending(EncodePending(Sample()), &renames), PendingText::kComplete);
  ASSERT_EQ(renames.size(), 3U);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(renames[i].destination, Sample()[i].destination);
    EXPECT_EQ(renames[i].id, Sample()[i].id);
  }
  EXPECT_EQ(Decode(EncodePending({})), PendingText::kComplete);
}

TEST(PendingListTest, EveryPrefixIsTorn) {
  const std::string text = EncodePending(Sample());
  for (size_t length = 0; length < text.size(); ++length) {
    EXPECT_EQ(Decode(text.substr(0, length)), PendingText::kTorn) << length;
    std::string zeros = text.substr(0, length);
    zeros.resize(text.size());
    EXPECT_EQ(Decode(zeros), PendingText::kTorn) << length;
  }
  EXPECT_NE(Decode(text + "x"), PendingText::kComplete);
  EXPECT_NE(Decode(text + text), PendingText::kComplete);
}

TEST(PendingListTest, ADamagedListIsNotComplete) {
  const std::string text = EncodePending(Sample());
  for (size_t bit = 0; bit < text.size() * 8; ++bit) {
    std::string damaged = text;
    damaged[bit / 8] = static_cast<char>(static_cast<uint8_t>(damaged[bit / 8]) ^ (1U << bit % 8));
    EXPECT_NE(Decode(damaged), PendingText::kComplete) << bit;
  }
}

TEST(PendingListTest, WhatIsNoListIsForeign) {
  EXPECT_EQ(Decode("something else"), PendingText::kForeign);
  EXPECT_EQ(Decode("pdquant-pending 2\nend 0 0\n"), PendingText::kForeign);
  const std::string id = std::string(kId) + " ";
  ASSERT_EQ(Decode(Whole(id + "model\n", 1)), PendingText::kComplete);
  for (const char* path : {"/etc/passwd", "", "a/", ".", "..", "a/..", "%", "%4", "%zz", "%00", "%+1", "x%2"}) {
    EXPECT_EQ(Decode(Whole(id + path + "\n", 1)), PendingText::kForeign) << path;
  }
  EXPECT_EQ(Decode(Whole("0123456789ABCDEF model\n", 1)), PendingText::kForeign);
  EXPECT_EQ(Decode(Whole("../../../../x456 model\n", 1)), PendingText::kForeign);
  EXPECT_EQ(Decode(Whole("model\n", 1)), PendingText::kForeign);
  EXPECT_EQ(Decode(Whole("\n", 1)), PendingText::kForeign);
}

}  // namespace
}  // namespace pdquant
