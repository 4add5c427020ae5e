// A program of Paddle 3 in its PIR form, as inference.json holds it: ops with operands and results, regions of blocks
// inside ops, types and attributes. Everything lies in a few arrays: a program of 10^5 ops takes less than its file.
#ifndef PDQUANT_PIR_PROGRAM_H_
#define PDQUANT_PIR_PROGRAM_H_

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/name_table.h"
#include "model/parameter_list.h"
#include "paddle/names.h"

namespace pdquant::pir {

using TextId = NameId;

// The different texts of a program, each held once.
class TextPool {
 public:
  TextId Intern(std::string_view text) {
    const TextId found = table_.Find(text);
    return found != kNoName ? found : table_.Intern(texts_.emplace_back(text));
  }
  // kNoName where the text was never interned.
  TextId Find(std::string_view text) const { return table_.Find(text); }
  std::string_view text(TextId id) const { return table_.name(id); }

 private:
  std::deque<std::string> texts_;  // they stay where they are: the table holds views
  NameTable table_{64};
};

// Positions in the arrays of a Program.
using TypeId = uint32_t;
using ValueId = uint32_t;
using OpId = uint32_t;
using BlockId = uint32_t;
using RegionId = uint32_t;
inline constexpr uint32_t kNone = UINT32_MAX;

// [begin, end) of an array.
struct Range {
  uint32_t begin = 0;
  uint32_t end = 0;
  size_t size() const { return end - begin; }
};

struct Type {
  enum class Kind : uint8_t {
    kNull,    // of a result that isn't made
    kTensor,  // a dense tensor
    kArray,   // an array of dense tensors
    kList,    // a vector of other types
    kOther,   // one that is known by its name alone
  };
  Kind kind = Kind::kNull;
  int32_t element = -1;       // a proto::VarType::Type; -1 for one that a tensor of a ProgramDesc can't have
  uint32_t lod_levels = 0;    // of a tensor
  std::vector<int64_t> dims;  // -1 is a number that only a run knows
  std::vector<TypeId> items;  // of a list
  TextId name = kNoName;      // "0.t_f32" of kOther

  bool is_tensor() const { return kind == Kind::kTensor; }
};

// The value of an attribute.
struct Attr {
  enum class Kind : uint8_t {
    kBool,
    kInt32,
    kInt64,
    kIndex,
    kFloat32,
    kFloat64,
    kString,
    kArray,     // `items` of one kind
    kIntArray,  // `items` of kInt64
    kScalar,    // `text` is its type, `items` its one value
    kDataType,  // `text` is "float32"
    kPlace,
    kLayout,     // `text`
    kType,       // `type`
    kNotFinite,  // `text` is "INF", "-INF" or "NaN": Paddle writes it and can't load it
    kOther,      // complex numbers
  };
  Kind kind = Kind::kOther;
  TextId name = kNoName;  // none for the members of an array
  union {
    int64_t integer = 0;
    double number;
    TextId text;
    TypeId type;
  };
  Range items;  // in Program::items
};

struct Value {
  int64_t id = 0;  // as the file numbers it; 0 for a result that isn't made
  TypeId type = kNone;
  OpId op = kNone;        // that makes it; for an argument of a block the op that the block belongs to
  BlockId block = kNone;  // in which it is visible
  bool is_argument = false;
};

struct Operand {
  int64_t id = 0;         // 0 for none
  ValueId value = kNone;  // kNone where there is none, or none that is visible (CheckStructure)
};

struct Op {
  TextId name = kNoName;  // as written: "1.conv2d"; "p" for a parameter
  BlockId block = kNone;
  uint32_t position = 0;  // in its block
  OpId end = 0;           // the op behind it and those inside it
  Range operands;
  Range results;  // in Program::values
  Range attrs;
  Range flags;                 // "OA": stop_gradient, persistable
  Range regions;               // in Program::op_regions
  uint32_t parameter = kNone;  // in Program::parameters
  bool is_damaged = false;     // its text couldn't be read: what is known of it isn't all
};

// What the op "p" says.
struct Parameter {
  OpId op = kNone;
  TextId name = kNoName;
  bool is_persistable = true;  // the parameter file has it
  bool is_distributed = false;
};

struct Region {
  std::vector<BlockId> blocks;
};

struct Block {
  OpId op = kNone;  // that it belongs to; none for the main block
  BlockId parent = kNone;
  Range arguments;  // in Program::values
  Range ops;        // with those inside them: the next one of a block is Op::end
};

struct Program {
  int64_t version = 0;
  std::vector<Op> ops;  // an op stands before those inside it
  std::vector<Value> values;
  std::vector<Operand> operands;
  std::vector<Attr> attrs;  // with names
  std::vector<Attr> items;  // of arrays
  std::vector<Type> types;
  std::vector<Region> regions;
  std::vector<RegionId> main_regions;  // one, with one block, in a program that is sound
  std::vector<RegionId> op_regions;
  std::vector<Block> blocks;
  std::vector<Parameter> parameters;
  TextPool texts;

  std::string_view text(TextId id) const { return id == kNoName ? std::string_view() : texts.text(id); }
  const Type& TypeOf(ValueId value) const { return types[values[value].type]; }
  std::span<const Operand> OperandsOf(const Op& op) const {
    return {operands.data() + op.operands.begin, op.operands.size()};
  }
  std::span<const Attr> AttrsOf(const Op& op) const { return {attrs.data() + op.attrs.begin, op.attrs.size()}; }
  std::span<const Attr> FlagsOf(const Op& op) const { return {attrs.data() + op.flags.begin, op.flags.size()}; }
  std::span<const Attr> ItemsOf(const Attr& attr) const { return {items.data() + attr.items.begin, attr.items.size()}; }
  // The text of an attribute; empty where the op has none of that name, or it is no string.
  std::string_view StringOf(const Op& op, std::string_view name) const;
  // The text of the attribute that says where in the network's Python an op stands; empty for none.
  std::string_view ScopeOf(const Op& op) const;
  // The op that makes a value; null for an argument of a block and for an operand without a value (kNone).
  const Op* MakerOf(ValueId value) const;
  // Whether the value is that of a parameter.
  bool IsParameter(ValueId value) const;
  // The op at the end of a block; kNone for none.
  OpId LastOp(const Block& block) const;
  std::span<const RegionId> RegionsOf(const Op& op) const {
    return {op_regions.data() + op.regions.begin, op.regions.size()};
  }
};

// The words that the file format has.
inline constexpr std::string_view kMagicWord = "pir";
// The newest version of the format that is known: Paddle 3.3's. A development build writes 0.
inline constexpr int64_t kNewestVersion = 4;

inline constexpr std::string_view kParameterOp = "p";
inline constexpr std::string_view kCombineOp = "0.combine";
inline constexpr std::string_view kSplitOp = "0.split";
inline constexpr std::string_view kListItemOp = "0.slice";
inline constexpr std::string_view kIfOp = "1.if";
inline constexpr std::string_view kWhileOp = "1.while";
inline constexpr std::string_view kDataOp = "1.data";
inline constexpr std::string_view kFeedOp = "1.feed";
inline constexpr std::string_view kFetchOp = "1.fetch";
inline constexpr std::string_view kYieldOp = "2.yield";

// What an input or an output is called.
inline constexpr std::string_view kNameAttribute = "name";
// Which member of a list is taken out of it.
inline constexpr std::string_view kIndexAttribute = "index";

// Where an op stands in the network's Python.
inline constexpr std::string_view kScopeAttribute = "struct_name";
// Whether an attribute of this name says nothing of what an op computes.
bool IsNoteAttribute(std::string_view name);

// "conv2d" for "1.conv2d", an op of a network; empty for others.
inline std::string_view OperatorName(std::string_view name) {
  return name.starts_with("1.") ? name.substr(2) : std::string_view();
}

// data of Paddle 3's own exports, and feed of its translator of older programs.
inline bool IsInputOp(std::string_view name) { return name == kDataOp || name == kFeedOp; }

// An op's name as Paddle prints it: "pd_op.conv2d" for "1.conv2d".
std::string FullName(std::string_view name);

// What the parameter file holds: the parameters that are persistable, each name once, in the byte order of their names:
// that of the file.
std::vector<ParameterVariable> ListParameters(const Program& program);

}  // namespace pdquant::pir

#endif  // PDQUANT_PIR_PROGRAM_H_
