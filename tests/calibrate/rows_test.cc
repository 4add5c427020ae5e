#include "calibrate/rows.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

namespace pdquant {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Parsed {
  Status status;
  std::vector<std::vector<float>> rows;
  std::vector<std::string> places;
};

Parsed Parse(std::string_view bytes, size_t row_size) {
  Parsed parsed;
  parsed.status = ParseRows(bytes, "'f'", row_size, [&](std::span<const float> row, const std::string& place) {
    parsed.rows.emplace_back(row.begin(), row.end());
    parsed.places.push_back(place);
    return Status();
  });
  return parsed;
}

std::string Npy(const std::string& header, const std::vector<float>& values, int version = 1) {
  std::string bytes = "\x93NUMPY";
  bytes += static_cast<char>(version);
  bytes += '\0';
  bytes += static_cast<char>(header.size());
  bytes += '\0';
  if (version > 1) bytes += std::string(2, '\0');
  bytes += header;
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  return bytes;
}

std::string Header(const std::string& type, const std::string& order, const std::string& shape) {
  return "{'descr': '" + type + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }   \n";
}

TEST(Rows, OfNumpyInEveryFormat) {
  for (const int version : {1, 2, 3}) {
    const Parsed parsed = Parse(Npy(Header("<f4", "False", "(2, 3)"), {1, 2, 3, 4, 5, 6}, version), 3);
    ASSERT_TRUE(parsed.status.ok()) << parsed.status.message();
    EXPECT_THAT(parsed.rows, ElementsAre(ElementsAre(1, 2, 3), ElementsAre(4, 5, 6)));
    EXPECT_THAT(parsed.places, ElementsAre("'f': row 0", "'f': row 1"));
  }
  EXPECT_THAT(Parse(Npy(Header("<f4", "False", "(3,)"), {1, 2, 3}), 3).rows, ElementsAre(ElementsAre(1, 2, 3)));
}

TEST(Rows, OfText) {
  const Parsed parsed = Parse("# three numbers\n\n1 -2.5e1\t+3\n 4,5, 6 \r\n1e-60 nan inf", 3);
  ASSERT_TRUE(parsed.status.ok()) << parsed.status.message();
  ASSERT_EQ(parsed.rows.size(), 3U);
  EXPECT_THAT(parsed.rows[0], ElementsAre(1, -25, 3));
  EXPECT_THAT(parsed.rows[1], ElementsAre(4, 5, 6));
  EXPECT_EQ(parsed.rows[2][0], 0);
  EXPECT_TRUE(std::isnan(parsed.rows[2][1]));
  EXPECT_EQ(parsed.rows[2][2], std::numeric_limits<float>::infinity());
  EXPECT_THAT(parsed.places, ElementsAre("'f': line 3", "'f': line 4", "'f': line 5"));
}

TEST(Rows, SaysWhatIsWrong) {
  const std::vector<float> six = {1, 2, 3, 4, 5, 6};
  const std::string good = Npy(Header("<f4", "False", "(2, 3)"), six);
  const std::pair<std::string, std::string> cases[] = {
      {"", "is empty"},
      {"PK\x03\x04zip", "is a zip archive (.npz)"},
      {std::string("\0\1\2", 3), "is neither a .npy file nor text"},
      {good.substr(0, 7), "is cut off in the header"},
      {good.substr(0, 30), "is cut off in the header"},
      {good.substr(0, good.size() - 1), "holds 23 bytes of data, and its header says 2 rows of 12 bytes"},
      {good + "x", "holds 25 bytes of data"},
      {Npy(Header("<f8", "False", "(2, 3)"), six), "type '<f8', not float32"},
      {Npy(Header(">f4", "False", "(2, 3)"), six), "type '>f4', not float32"},
      {Npy(Header("|O", "False", "(2, 3)"), six), "type '|O', not float32"},
      {Npy(Header("<f4", "True", "(2, 3)"), six), "is in Fortran's order"},
      {Npy(Header("<f4", "False", "(2, 1, 3)"), six), "shape (2, 1, 3)"},
      {Npy(Header("<f4", "False", "(3, 2)"), six), "the model gives rows of 3 numbers: the rows are of another model"},
      {Npy(Header("<f4", "False", "()"), six), "shape ()"},
      {Npy(Header("<f4", "False", "(0, 3)"), {}), "holds no row"},
      {Npy(Header("<f4", "False", "(99999999999999999999, 3)"), six), "impossible shape"},
      {Npy(Header("<f4", "False", "(18446744073709551615, 3)"), six), "holds 24 bytes of data"},
      {Npy("{'descr': [('a', '<f4')]}", six), "has a .npy header that can't be read"},
      {std::string("\x93NUMPY\x09\x00\x01\x00 ", 11), "is a .npy file of the format 9"},
      {"1 2\n", "line 1: has 2 numbers, and the model gives rows of 3"},
      {"1 2 3\n1 2 3 4\n", "line 2: has more than the 3 numbers of a row"},
      {"1 2 x\n", "line 1: 'x' is no number that float32 holds"},
      {"1 2 1e60\n", "line 1: '1e60' is no number that float32 holds"},
      {"[1.0, 2.0, 3.0]\n", "line 1: '[1.0' is no number"},
      {"# nothing\n", "holds no row"},
  };
  for (const auto& [bytes, message] : cases) {
    const Parsed parsed = Parse(bytes, 3);
    EXPECT_EQ(parsed.status.code(), StatusCode::kBadInput) << message;
    EXPECT_THAT(parsed.status.message(), HasSubstr("'f': "));
    EXPECT_THAT(parsed.status.message(), HasSubstr(message));
  }
}

TEST(Rows, TheSinkMayEndIt) {
  int calls = 0;
  const Status status = ParseRows("1\n2\n3\n", "'f'", 1, [&](std::span<const float>, const std::string& place) {
    return ++calls == 2 ? BadInput(place) : Status();
  });
  EXPECT_EQ(status.message(), "'f': line 2");
  EXPECT_EQ(calls, 2);
}

}  // namespace
}  // namespace pdquant
