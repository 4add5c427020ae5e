#include "calibrate/rows.h"

#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <optional>
#include <vector>

#include "base/escape.h"
#include "base/words.h"
#include "files/input.h"

namespace pdquant {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::string_view kZip = "PK\x03\x04";
constexpr size_t kMostHeader = size_t{64} << 10U;
constexpr char kOtherRow[] = "the rows are of another model, or of another observation of it";

class RowParser {
 public:
  RowParser(std::string_view bytes, const std::string& name, size_t row_size, const RowSink& sink)
      : bytes_(bytes), name_(name), row_size_(row_size), sink_(sink) {}

  Status Parse() {
    if (bytes_.empty()) return Bad("is empty");
    if (bytes_.starts_with(kZip)) return Bad("is a zip archive (.npz); save the array alone, with numpy.save");
    if (bytes_.starts_with(kMagic)) return ParseNpy();
    if (bytes_.find('\0') != std::string_view::npos)
      return Bad("is neither a .npy file nor text; save the rows with numpy.save, or numpy.savetxt");
    return ParseText();
  }

 private:
  Status Bad(const std::string& what) const { return BadInput(name_ + ": " + what); }
  Status Cut() const { return Bad("is cut off in the header of a .npy file"); }

  // An unsigned number, little endian.
  uint64_t NumberAt(size_t at, size_t size) const {
    uint64_t number = 0;
    for (size_t i = 0; i < size; ++i) number |= uint64_t{static_cast<uint8_t>(bytes_[at + i])} << 8U * i;
    return number;
  }

  // https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
  Status ParseNpy() {
    const size_t version_at = kMagic.size();
    if (bytes_.size() < version_at + 2) return Cut();
    const uint64_t version = NumberAt(version_at, 1);
    if (version < 1 || version > 3)
      return Bad("is a .npy file of the format " + std::to_string(version) + "; known are 1 to 3");
    const size_t size_of_size = version == 1 ? 2 : 4;
    const size_t header_at = version_at + 2 + size_of_size;
    if (bytes_.size() < header_at) return Cut();
    const uint64_t header_size = NumberAt(version_at + 2, size_of_size);
    if (header_size > kMostHeader) return Bad("has a .npy header of " + std::to_string(header_size) + " bytes");
    if (bytes_.size() - header_at < header_size) return Cut();
    uint64_t rows = 0;
    if (Status s = ReadHeader(bytes_.substr(header_at, header_size), &rows); !s.ok()) return s;
    const std::string_view data = bytes_.substr(header_at + header_size);
    const uint64_t row_bytes = row_size_ * sizeof(float);
    if (data.size() / row_bytes != rows || data.size() % row_bytes != 0) {
      return Bad("holds " + Counted(data.size(), "byte") + " of data, and its header says " + Counted(rows, "row") +
                 " of " + Counted(row_bytes, "byte"));
    }
    std::vector<float> row(row_size_);
    for (uint64_t i = 0; i < rows; ++i) {
      std::memcpy(row.data(), data.data() + i * row_bytes, row_bytes);
      if (Status s = sink_(row, name_ + ": row " + std::to_string(i)); !s.ok()) return s;
    }
    return {};
  }

  // A literal of Python's, as numpy and all writers of the format write it: the keys in this order.
  Status ReadHeader(std::string_view header, uint64_t* rows) const {
    static const RE2* const pattern = new RE2(
        R"(\{ *'descr' *: *'([^']{1,32})' *, *'fortran_order' *: *(True|False) *, *'shape' *: *\(([0-9, L]*)\) *,? *\}[ \n]*)",
        RE2::Latin1);
    std::string type;
    std::string order;
    std::string shape;
    if (!RE2::FullMatch(re2::StringPiece(header.data(), header.size()), *pattern, &type, &order, &shape))
      return Bad("has a .npy header that can't be read: " + Quote(header));
    if (type != "<f4")
      return Bad("holds numbers of the type " + Quote(type) + ", not float32; save rows.astype('float32')");
    if (order != "False") return Bad("is in Fortran's order; save numpy.ascontiguousarray(rows)");
    std::vector<uint64_t> dims;
    const char* at = shape.data();
    const char* const end = at + shape.size();
    while (at != end) {
      if (*at == ' ' || *at == ',' || *at == 'L') {
        ++at;
        continue;
      }
      const auto [rest, error] = std::from_chars(at, end, dims.emplace_back());
      if (error != std::errc()) return Bad("has an array of the impossible shape (" + Escape(shape) + ")");
      at = rest;
    }
    const bool fits = (dims.size() == 1 || dims.size() == 2) && dims.back() == row_size_;
    if (!fits)
      return Bad("is an array of the shape (" + Escape(shape) + "), and the model gives rows of " +
                 Counted(row_size_, "number") + ": " + kOtherRow);
    *rows = dims.size() == 1 ? 1 : dims.front();
    return *rows == 0 ? Bad("holds no row") : Status();
  }

  Status ParseText() {
    std::vector<float> row;
    uint64_t line_number = 0;
    bool any = false;
    for (std::string_view rest = bytes_; !rest.empty();) {
      const size_t end = std::min(rest.find('\n'), rest.size());
      std::string_view line = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      ++line_number;
      const std::string place = name_ + ": line " + std::to_string(line_number);
      if (Status s = ParseLine(line, place, &row); !s.ok()) return s;
      if (row.empty()) continue;
      if (row.size() != row_size_)
        return BadInput(place + ": has " + Counted(row.size(), "number") + ", and the model gives rows of " +
                        std::to_string(row_size_) + ": " + kOtherRow);
      any = true;
      if (Status s = sink_(row, place); !s.ok()) return s;
    }
    return any ? Status() : Bad("holds no row");
  }

  Status ParseLine(std::string_view line, const std::string& place, std::vector<float>* row) const {
    constexpr std::string_view kBetween = " \t,\r";
    row->clear();
    if (line.starts_with('#')) return {};
    for (;;) {
      const size_t begin = line.find_first_not_of(kBetween);
      if (begin == std::string_view::npos) return {};
      line.remove_prefix(begin);
      const std::string_view word = line.substr(0, line.find_first_of(kBetween));
      if (row->size() == row_size_)
        return BadInput(place + ": has more than the " + Counted(row_size_, "number") + " of a row: " + kOtherRow);
      const std::optional<float> number = ParseNumber(word);
      if (!number) return BadInput(place + ": " + Quote(word) + " is no number that float32 holds");
      row->push_back(*number);
      line.remove_prefix(word.size());
    }
  }

  static std::optional<float> ParseNumber(std::string_view word) {
    if (word.size() > 1 && word[0] == '+' && word[1] != '-') word.remove_prefix(1);
    const char* const end = word.data() + word.size();
    float number = 0;
    auto [rest, error] = std::from_chars(word.data(), end, number);
    if (error == std::errc::result_out_of_range) {  // too large, or so small that it is 0
      double wide = 0;
      const auto [wide_rest, wide_error] = std::from_chars(word.data(), end, wide);
      if (wide_error != std::errc() || std::abs(wide) > 1) return std::nullopt;
      rest = wide_rest;
      number = static_cast<float>(wide);
    } else if (error != std::errc()) {
      return std::nullopt;
    }
    return rest == end ? std::optional(number) : std::nullopt;
  }

  const std::string_view bytes_;
  const std::string& name_;
  const size_t row_size_;
  const RowSink& sink_;
};

}  // namespace

Status ParseRows(std::string_view bytes, const std::string& name, size_t row_size, const RowSink& sink) {
  return RowParser(bytes, name, row_size, sink).Parse();
}

Status ReadRows(const std::string& path, uint64_t max_bytes, size_t row_size, const RowSink& sink) {
  const Result<Bytes> bytes = ReadInput(path, max_bytes);
  if (!bytes.ok()) return bytes.status();
  return ParseRows(bytes->view(), NameOfInput(path), row_size, sink);
}

}  // namespace pdquant
