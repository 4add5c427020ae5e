#include "quantize/weights/overlap.h"

#include <gtest/gtest.h>

#include <new>
#include <string>

namespace pdquant {
namespace {

TEST(OverlapTest, KeepsTheOrder) {
  std::string expected;
  std::string got;
  const Status status = Overlap(
      [&](const ByteSink& sink) {
        for (int i = 0; i < 1000; ++i) {
          const std::string piece = std::to_string(i) + std::string(static_cast<size_t>(i % 7), '.');
          expected += piece;
          if (Status s = sink(piece); !s.ok()) return s;
        }
        return Status();
      },
      [&](std::string_view bytes) {
        got += bytes;
        return Status();
      });
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(got, expected);
  EXPECT_EQ(got.substr(0, 13), "01.2..3...4..");
}

TEST(OverlapTest, NothingToProduce) {
  EXPECT_TRUE(Overlap([](const ByteSink&) { return Status(); }, [](std::string_view) { return Status(); }).ok());
}

TEST(OverlapTest, FaultOfTheSinkEndsTheProducer) {
  size_t produced = 0;
  const Status status = Overlap(
      [&](const ByteSink& sink) {
        while (true) {
          if (Status s = sink("piece"); !s.ok()) return s;
          ++produced;
        }
      },
      [](std::string_view) { return IoError("no space"); });
  EXPECT_EQ(status.message(), "no space");
  EXPECT_LE(produced, 4U);  // as many as there is room for
}

TEST(OverlapTest, FaultOfTheProducer) {
  const auto fails = [](const ByteSink& sink) {
    if (Status s = sink("piece"); !s.ok()) return s;
    return IoError("can't be read");
  };
  std::string got;
  const auto take = [&](std::string_view bytes) {
    got += bytes;
    return Status();
  };
  EXPECT_EQ(Overlap(fails, take).message(), "can't be read");
  EXPECT_EQ(got, "piece");
}

TEST(OverlapTest, ExceptionsReachTheCaller) {
  const auto throws = [](const ByteSink&) -> Status { throw std::bad_alloc(); };
  const auto take = [](std::string_view) { return Status(); };
  EXPECT_THROW(static_cast<void>(Overlap(throws, take)), std::bad_alloc);
  const auto hands_over = [](const ByteSink& sink) { return sink("piece"); };
  const auto sink_throws = [](std::string_view) -> Status { throw std::bad_alloc(); };
  EXPECT_THROW(static_cast<void>(Overlap(hands_over, sink_throws)), std::bad_alloc);
}

}  // namespace
}  // namespace pdquant
