// What is told about an input: findings, each with a stable code, a level, a place and a text.
#ifndef PDQUANT_BASE_FINDING_H_
#define PDQUANT_BASE_FINDING_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace pdquant {

enum class Level { kNote, kWarning, kError };

// Where in a program: as much of it as is known. Names are raw here and escaped when printed.
struct Place {
  int32_t block = -1;
  int64_t op = -1;       // index among the ops of the block
  std::string op_type;   // of that op
  std::string part;      // "input 'Filter'", "attribute 'axis'": already escaped
  std::string variable;  // a variable's name
  int64_t offset = -1;   // byte offset in the file
  std::string path;      // of a field: "blocks[0].ops[3].type"
};

// Of a variable, wherever it is named.
Place PlaceOfVariable(std::string_view name);

// "block 0, op 39 'conv2d', input 'Filter', variable 'w'"; empty where nothing is known.
std::string ToString(const Place& place);

struct Finding {
  std::string_view code;  // a literal such as "sub-block"
  Level level = Level::kError;
  Place place;
  std::string text;  // what is wrong and why; names in it are escaped
  std::string hint;  // what to try; may be empty
};

// Collects findings. It keeps the first `capacity` of each level and counts the others, so that a small hostile file
// can't fill the memory with its own faults.
class Findings {
 public:
  static constexpr size_t kDefaultCapacity = 10000;

  explicit Findings(size_t capacity = kDefaultCapacity) : capacity_(capacity) {}

  void Add(Finding finding);
  void Error(std::string_view code, Place place, std::string text, std::string hint = "");
  void Warning(std::string_view code, Place place, std::string text, std::string hint = "");
  void Note(std::string_view code, Place place, std::string text, std::string hint = "");

  // Makes errors of all warnings.
  void RaiseWarnings();

  // Whether another finding of a level is kept. Where it isn't, its place and its text need not be made up.
  bool keeps(Level level) const { return count(level) < capacity_; }
  // In the order in which they were found.
  const std::vector<Finding>& all() const { return findings_; }
  // How many were found of a level, kept or not.
  size_t count(Level level) const { return count_[static_cast<size_t>(level)]; }
  // Those that aren't kept, by code.
  const std::map<std::string_view, size_t>& left_out(Level level) const {
    return left_out_[static_cast<size_t>(level)];
  }
  bool has_errors() const { return count(Level::kError) != 0; }

 private:
  size_t capacity_;
  std::vector<Finding> findings_;
  size_t count_[3] = {0, 0, 0};
  std::array<std::map<std::string_view, size_t>, 3> left_out_;
};

}  // namespace pdquant

#endif  // PDQUANT_BASE_FINDING_H_
