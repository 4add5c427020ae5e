#include "pir/reader.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/escape.h"
#include "base/find_row.h"
#include "pir/json_tape.h"
#include "pir/piece_reader.h"
#include "pir/program.h"

namespace pdquant::pir {
namespace {

// What an open array or object is. The lists of regions, blocks and ops are built as they are read; all else goes onto
// the tape, and is made something of at the end of the op, block or region that it belongs to.
enum class Frame : uint8_t { kTop, kProgram, kRegions, kRegion, kBlocks, kBlock, kOps, kOp, kValue };

constexpr bool IsList(Frame frame) {
  return frame == Frame::kRegions || frame == Frame::kBlocks || frame == Frame::kOps;
}

// What lies in what: in an object under a key, in a list without one.
struct StructureRow {
  Frame outer;
  std::string_view key;
  Frame inner;
};
constexpr StructureRow kStructure[] = {
    {Frame::kTop, "program", Frame::kProgram},
    {Frame::kProgram, "regions", Frame::kRegions},
    {Frame::kRegions, "", Frame::kRegion},
    {Frame::kRegion, "blocks", Frame::kBlocks},
    {Frame::kBlocks, "", Frame::kBlock},
    {Frame::kBlock, "ops", Frame::kOps},
    {Frame::kOps, "", Frame::kOp},
    {Frame::kOp, "regions", Frame::kRegions},
};

// The events of nlohmann's parser, which keeps its own stack: nothing recurses.
class Events : public nlohmann::json_sax<nlohmann::json> {
 public:
  Events(const ReadLimits& limits, Program* program, Findings* findings)
      : limits_(limits), program_(program), pieces_(program, findings) {}

  const Status& status() const { return status_; }
  size_t error_position() const { return error_position_; }

  bool null() override { return AddValue(JsonKind::kNull, 0); }
  bool boolean(bool value) override { return AddValue(JsonKind::kBool, value ? 1 : 0); }
  bool number_integer(number_integer_t value) override { return AddValue(JsonKind::kInteger, value); }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return BigInteger(std::to_string(value));
    return AddValue(JsonKind::kInteger, static_cast<int64_t>(value));
  }
  bool number_float(number_float_t value, const string_t& text) override {
    if (text.find_first_of(".eE") == std::string::npos) return BigInteger(text);
    if (!AddValue(JsonKind::kNumber, 0)) return false;
    tape_.back().number = value;
    return true;
  }
  bool string(string_t& text) override {
    if (!AddValue(JsonKind::kString, 0)) return false;
    tape_.back().text = program_->texts.Intern(text);
    return true;
  }
  bool binary(binary_t& /*bytes*/) override { return Stop("holds binary data"); }  // of no JSON text
  bool key(string_t& text) override;
  bool start_object(size_t /*count*/) override { return Open(JsonKind::kObject); }
  bool end_object() override { return Close(); }
  bool start_array(size_t /*count*/) override { return Open(JsonKind::kArray); }
  bool end_array() override { return Close(); }
  bool parse_error(size_t position, const std::string& /*token*/, const nlohmann::detail::exception& error) override {
    error_position_ = position;
    error_ = error.what();
    return false;
  }
  const std::string& error() const { return error_; }

 private:
  struct Opened {
    Frame frame;
    uint32_t node;                  // on the tape
    uint32_t made = 0;              // the op, block or region
    std::vector<RegionId> regions;  // of an op
  };

  bool Stop(std::string text) {
    std::string where;
    for (auto open = open_.rbegin(); open != open_.rend() && where.empty(); ++open) {
      if (open->frame == Frame::kOp) where = ToString(PlaceOf(*program_, open->made)) + ": ";
    }
    status_ = BadInput("no program of PIR: " + where + std::move(text));
    return false;
  }
  bool BigInteger(const std::string& text) { return Stop("the integer " + Escape(text) + " doesn't fit into 64 bits"); }

  Frame frame() const { return open_.back().frame; }
  std::string_view key_text() const { return program_->text(key_); }

  bool Push(JsonKind kind) {
    if (tape_.size() >= std::numeric_limits<uint32_t>::max()) return Stop("more values than can be numbered");
    JsonNode& node = tape_.emplace_back();
    node.kind = kind;
    node.key = std::exchange(key_, kNoName);
    node.end = static_cast<uint32_t>(tape_.size());
    if (!open_.empty()) ++tape_[open_.back().node].count;
    return true;
  }
  bool AddValue(JsonKind kind, int64_t integer) {
    if (open_.empty() || IsList(frame())) return Stop("has a plain value in the place of an object");
    if (frame() != Frame::kValue && FrameOf() != Frame::kValue)
      return Stop(Quote(key_text()) + " is a plain value, and has to be an object or a list");
    if (!Push(kind)) return false;
    tape_.back().integer = integer;
    return true;
  }
  Frame FrameOf() const;
  bool Open(JsonKind kind);
  bool Close();
  bool Begin(Opened* open);
  bool End(Opened* open);
  void EndBlock(const Opened& open);
  bool EndTop(const Opened& open);
  JsonValue Member(uint32_t object, std::string_view key) const { return pieces_.Take(JsonValue(&tape_, object), key); }
  bool HasOnly(uint32_t object, std::initializer_list<std::string_view> keys, const char* what);

  const ReadLimits& limits_;
  Program* program_;
  PieceReader pieces_;
  JsonTape tape_;
  std::vector<Opened> open_;
  TextId key_ = kNoName;
  std::string misplaced_;  // what isn't where it belongs; told at the end
  Status status_;
  size_t error_position_ = 0;
  std::string error_;
};

bool Events::key(string_t& text) {
  const TextId id = program_->texts.Intern(text);
  const uint32_t object = open_.back().node;
  constexpr uint32_t kMostMembers = 16;
  if (tape_[object].count == kMostMembers) return Stop("has an object with more than 16 keys");
  for (uint32_t i = object + 1; i < tape_.size(); i = tape_[i].end) {
    if (tape_[i].key == id) return Stop("has an object with the key " + Quote(text) + " twice");
  }
  key_ = id;
  return true;
}

// What an object or array that begins now is; kValue for one that goes onto the tape.
Frame Events::FrameOf() const {
  if (open_.empty()) return Frame::kTop;
  const auto* row = std::find_if(std::begin(kStructure), std::end(kStructure),
                                 [this](const StructureRow& r) { return r.outer == frame() && r.key == key_text(); });
  return row == std::end(kStructure) ? Frame::kValue : row->inner;
}

bool Events::Open(JsonKind kind) {
  if (open_.size() == kMaxJsonDepth)
    return Stop("is nested too deep: more than " + std::to_string(kMaxJsonDepth) +
                " arrays and objects inside one another");
  Opened open = {FrameOf(), static_cast<uint32_t>(tape_.size()), 0, {}};
  if (open.frame != Frame::kValue && (kind == JsonKind::kArray) != IsList(open.frame)) {
    // What is inside is looked at all the same: it may be nested too deep.
    if (misplaced_.empty())
      misplaced_ =
          kind == JsonKind::kArray ? "has a list in the place of an object" : "has an object in the place of a list";
    open.frame = Frame::kValue;
  }
  if (!Push(IsList(open.frame) ? JsonKind::kElsewhere : kind)) return false;
  if (!Begin(&open)) return false;
  open_.push_back(std::move(open));
  return true;
}

bool Events::Begin(Opened* open) {
  switch (open->frame) {
    case Frame::kRegion:
      open->made = static_cast<uint32_t>(program_->regions.size());
      program_->regions.emplace_back();
      open_[open_.size() - 2].regions.push_back(open->made);
      return true;
    case Frame::kBlock: {
      open->made = static_cast<uint32_t>(program_->blocks.size());
      Block& block = program_->blocks.emplace_back();
      const Opened& region = open_[open_.size() - 2];
      program_->regions[region.made].blocks.push_back(open->made);
      if (open_.size() > 4 && open_[open_.size() - 4].frame == Frame::kOp) {
        block.op = open_[open_.size() - 4].made;
        block.parent = program_->ops[block.op].block;
      }
      block.ops.begin = block.ops.end = static_cast<uint32_t>(program_->ops.size());
      return true;
    }
    case Frame::kOp: {
      if (program_->ops.size() == limits_.max_ops)
        return Stop("has more than " + std::to_string(limits_.max_ops) + " ops, the limit of --max-ops");
      open->made = static_cast<uint32_t>(program_->ops.size());
      Op& op = program_->ops.emplace_back();
      op.block = open_[open_.size() - 2].made;
      op.position = tape_[open_.back().node].count - 1;
      return true;
    }
    default:
      return true;
  }
}

bool Events::Close() {
  Opened open = std::move(open_.back());
  open_.pop_back();
  tape_[open.node].end = static_cast<uint32_t>(tape_.size());
  if (open_.empty() && !misplaced_.empty()) return Stop(misplaced_);
  if (open.frame == Frame::kValue) return true;
  if (!End(&open)) return false;
  if (open_.empty()) return true;
  // Of what is built nothing stays on the tape but its place; of the members of a list not even that.
  tape_.resize(IsList(frame()) ? open.node : open.node + 1);
  if (!IsList(frame())) {
    tape_.back().kind = JsonKind::kElsewhere;
    tape_.back().end = static_cast<uint32_t>(tape_.size());
  }
  return true;
}

bool Events::HasOnly(uint32_t object, std::initializer_list<std::string_view> keys, const char* what) {
  std::string unknown;
  JsonValue(&tape_, object).ForEach([&](const JsonValue& member) {
    const std::string_view name = program_->texts.text(member.node().key);
    if (!Contains(keys, name)) unknown = std::string(name);
  });
  return unknown.empty() || Stop(std::string(what) + " has a key that isn't known: " + Quote(unknown));
}

bool Events::End(Opened* open) {
  switch (open->frame) {
    case Frame::kOp: {
      Op& op = program_->ops[open->made];
      op.end = static_cast<uint32_t>(program_->ops.size());
      op.regions.begin = static_cast<uint32_t>(program_->op_regions.size());
      program_->op_regions.insert(program_->op_regions.end(), open->regions.begin(), open->regions.end());
      op.regions.end = static_cast<uint32_t>(program_->op_regions.size());
      pieces_.ReadOp(open->made, tape_, open->node);
      pieces_.SetOp(kNone);
      return true;
    }
    case Frame::kBlock:
      EndBlock(*open);
      return true;
    case Frame::kRegion:
      if (Member(open->node, "blocks")) return HasOnly(open->node, {"#", "blocks"}, "a region");
      return Stop("a region without its list of blocks");
    case Frame::kProgram:
      if (!Member(open->node, "regions")) return Stop("the program has no list of regions");
      program_->main_regions = open->regions;
      return HasOnly(open->node, {"regions"}, "the program");
    case Frame::kTop:
      return EndTop(*open);
    default:
      return true;
  }
}

void Events::EndBlock(const Opened& open) {
  Block& block = program_->blocks[open.made];
  block.ops.end = static_cast<uint32_t>(program_->ops.size());
  const OpId owner = block.op;
  pieces_.SetOp(owner);
  if (Member(open.node, "kwargs")) {
    pieces_.Fail("pir-region", "a block has arguments by name ('kwargs'), which Paddle writes wrong");
  }
  pieces_.CheckKeys(JsonValue(&tape_, open.node), {"#", "args", "ops", "kwargs"}, "a block");
  if (!Member(open.node, "ops")) pieces_.Fail("pir-region", "a block has no list of ops ('ops')");
  pieces_.ReadArguments(open.made, Member(open.node, "args"));
  pieces_.SetOp(kNone);
}

bool Events::EndTop(const Opened& open) {
  const JsonValue base = Member(open.node, "base_code");
  if (!base.is(JsonKind::kObject)) return Stop("it has no 'base_code'");
  if (!Member(open.node, "program")) return Stop("it has no 'program'");
  if (!HasOnly(open.node, {"base_code", "program"}, "the file")) return false;
  if (!HasOnly(base.at(), {"magic", "trainable", "version"}, "'base_code'")) return false;
  const JsonValue magic = Member(base.at(), "magic");
  if (!magic.is(JsonKind::kString) || program_->text(magic.node().text) != kMagicWord)
    return Stop("its 'magic' is not \"pir\"");
  const JsonValue version = Member(base.at(), "version");
  if (!version.is(JsonKind::kInteger) || version.node().integer < 0)
    return Stop("its 'version' is no whole number from 0 on");
  program_->version = version.node().integer;
  if (!Member(base.at(), "trainable").is(JsonKind::kBool)) return Stop("its 'trainable' is neither true nor false");
  return true;
}

// What nlohmann's message says of the text, without its own words for it.
Status NotJson(std::string_view text, const Events& events) {
  if (!events.status().ok()) return events.status();
  const std::string& error = events.error();
  const std::string at = "byte " + std::to_string(std::min(events.error_position(), text.size()));
  if (error.find("unexpected end of input") != std::string::npos ||
      error.find("missing closing quote") != std::string::npos)
    return BadInput("no program of PIR: the JSON is cut off at " + at + " of " + std::to_string(text.size()));
  if (error.find("expected end of input") != std::string::npos)
    return BadInput("no program of PIR: there is something behind the JSON value, at " + at);
  if (error.find("UTF-8") != std::string::npos) return BadInput("no program of PIR: the text is no UTF-8 at " + at);
  if (error.find("out_of_range") != std::string::npos)
    return BadInput("no program of PIR: a number is out of range at " + at);
  return BadInput("no program of PIR: it is no JSON at " + at);
}

}  // namespace

Place PlaceOf(const Program& program, OpId op) {
  Place place;
  place.block = static_cast<int32_t>(program.ops[op].block);
  place.op = program.ops[op].position;
  if (program.ops[op].name != kNoName) place.op_type = FullName(program.text(program.ops[op].name));
  return place;
}

Result<Program> ReadProgram(std::string_view text, const ReadLimits& limits, Findings* findings) {
  Result<Program> program = Program();
  Events events(limits, &*program, findings);
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &events)) return NotJson(text, events);
  return program;
}

}  // namespace pdquant::pir
