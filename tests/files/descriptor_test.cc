#include "files/descriptor.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "files/io_testing.h"

namespace pdquant {
namespace {

std::string Join(const std::vector<std::string_view>& pieces) {
  std::string text;
  for (const std::string_view piece : pieces) text += piece;
  return text;
}

// Pieces of all sizes around the limits; some follow each other in memory, some are empty, some are repeated.
std::vector<std::string_view> RandomPieces(std::string_view text, size_t count, std::mt19937* random) {
  std::vector<std::string_view> pieces;
  size_t end = 0;
  for (size_t i = 0; i < count; ++i) {
    const size_t length = (*random)() % (size_t{1} << (*random)() % 14U);
    if ((*random)() % 2 == 0) end = (*random)() % (text.size() - length);
    if (end + length > text.size()) end = 0;
    pieces.push_back(text.substr(end, length));
    end += length;
  }
  return pieces;
}

TEST(WriteAllTest, WritesTheConcatenation) {
  const TemporaryFolder folder(true);
  std::mt19937 random(1);
  std::string text(1 << 18U, '\0');
  for (char& c : text) c = static_cast<char>(random());
  for (const size_t count : {0U, 1U, 10U, 1023U, 1024U, 1025U, 5000U}) {
    const std::vector<std::string_view> pieces = RandomPieces(text, count, &random);
    const Descriptor file = OpenDescriptor(folder / "out", O_CREAT | O_WRONLY | O_TRUNC, 0600);
    EXPECT_EQ(WriteAll(file.get(), pieces), 0);
    EXPECT_TRUE(ReadFile(folder / "out") == Join(pieces)) << count;
  }
}

// A pipe that doesn't block takes a part at a time, or nothing.
TEST(WriteAllTest, WaitsForASlowReader) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_NONBLOCK), 0);
  std::mt19937 random(2);
  const std::string text(1 << 16U, 'x');
  const std::vector<std::string_view> pieces = RandomPieces(text, 3000, &random);
  std::string got;
  std::thread reader([&] {
    std::vector<char> buffer(7777);
    for (;;) {
      const ssize_t n = read(ends[0], buffer.data(), buffer.size());
      if (n == 0) return;
      if (n > 0) got.append(buffer.data(), static_cast<size_t>(n));
      if (n < 0) std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
  });
  EXPECT_EQ(WriteAll(ends[1], pieces), 0);
  close(ends[1]);
  reader.join();
  close(ends[0]);
  EXPECT_TRUE(got == Join(pieces));
}

TEST(WriteAllTest, ReturnsTheError) {
  const std::string_view piece = "x";
  EXPECT_EQ(WriteAll(OpenDescriptor("/dev/full", O_WRONLY).get(), {&piece, 1}), ENOSPC);
  EXPECT_EQ(WriteAll(-1, {&piece, 1}), EBADF);
}

}  // namespace
}  // namespace pdquant
