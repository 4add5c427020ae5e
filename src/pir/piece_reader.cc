#include "pir/piece_reader.h"

#include <array>
#include <limits>
#include <utility>

#include "base/escape.h"
#include "base/find_row.h"
#include "paddle/data_types.h"
#include "pir/program.h"
#include "pir/reader.h"

namespace pdquant::pir {
namespace {

constexpr std::string_view kBad = "pir-format";

// Types that values may have, and that no tensor of a ProgramDesc stands for.
constexpr std::array<std::string_view, 17> kOtherTypes = {
    "0.t_bool",  "0.t_bf16", "0.t_f16",           "0.t_f32",        "0.t_f64",       "0.t_i8",
    "0.t_ui8",   "0.t_i16",  "0.t_i32",           "0.t_i64",        "0.t_c64",       "0.t_c128",
    "0.t_index", "0.t_str",  "1.t_selected_rows", "1.t_sparse_coo", "1.t_sparse_csr"};
constexpr std::string_view kElementPrefix = "0.t_";
// No Paddle has tensors of more dimensions: DDim::kMaxRank was 9, and is 12 in newer versions of Paddle 3.
constexpr uint32_t kMostDims = 12;

}  // namespace

void PieceReader::Fail(std::string_view code, std::string text) {
  Place place;
  if (op_ != kNone) {
    program_->ops[op_].is_damaged = true;
    place = PlaceOf(*program_, op_);
  }
  findings_->Error(code, std::move(place), std::move(text));
}

JsonValue PieceReader::Take(const JsonValue& object, std::string_view key) const {
  const TextId id = program_->texts.Find(key);
  return id == kNoName ? JsonValue() : object.Member(id);
}

void PieceReader::CheckKeys(const JsonValue& object, std::initializer_list<std::string_view> keys, const char* what) {
  if (!object.is(JsonKind::kObject)) return Fail(kBad, std::string(what) + " is no object");
  object.ForEach([&](const JsonValue& member) {
    const std::string_view key = program_->texts.text(member.node().key);
    if (!Contains(keys, key)) Fail(kBad, std::string(what) + " has a key that isn't known: " + Quote(key));
  });
}

// --- Ops

void PieceReader::ReadOp(OpId op_id, const JsonTape& tape, uint32_t begin) {
  SetOp(op_id);
  const JsonValue object(&tape, begin);
  const JsonValue name = Take(object, "#");
  if (!name.is(JsonKind::kString)) return Fail(kBad, "an op without a name ('#')");
  op().name = name.node().text;
  if (text(name) == kParameterOp) return ReadParameter(object);
  ReadPlainOp(object);
}

void PieceReader::ReadPlainOp(const JsonValue& object) {
  CheckKeys(object, {"#", "A", "I", "O", "OA", "regions"}, "the op");
  if (const JsonValue operands = Take(object, "I"); operands.is(JsonKind::kArray)) {
    ReadOperands(operands);
  } else {
    Fail(kBad, "the op has no list of operands ('I')");
  }
  op().results.begin = static_cast<uint32_t>(program_->values.size());
  op().results.end = op().results.begin;
  if (const JsonValue results = Take(object, "O"); results.is(JsonKind::kArray)) {
    results.ForEach([&](const JsonValue& result) { AddResult(result, "%", false, op().block); });
    op().results.end = static_cast<uint32_t>(program_->values.size());
  } else {
    Fail(kBad, "the op has no list of results ('O')");
  }
  if (const JsonValue attrs = Take(object, "A"); attrs.is(JsonKind::kArray)) {
    op().attrs = ReadAttrs(attrs, "an attribute");
  } else {
    Fail(kBad, "the op has no list of attributes ('A')");
  }
  // An inference program that Paddle's own serializer was asked for without what training needs has no flags.
  if (const JsonValue flags = Take(object, "OA"); flags.is(JsonKind::kArray)) {
    op().flags = ReadAttrs(flags, "a flag of the results");
    for (const Attr& flag : program_->FlagsOf(op())) {
      const std::string_view flag_name = program_->text(flag.name);
      if (flag_name != "stop_gradient" && flag_name != "persistable")
        Fail(kBad, "the results have a flag that isn't known: " + Quote(flag_name));
    }
  } else if (flags) {
    Fail(kBad, "the flags of the results ('OA') are no list");
  }
}

void PieceReader::ReadFlag(const JsonValue& flags, uint32_t number, bool* flag) {
  const JsonValue value = flags.Item(number);
  if (!value.is(JsonKind::kInteger) || (value.node().integer != 0 && value.node().integer != 1))
    return Fail(kBad, "a flag of the parameter is neither 0 nor 1");
  *flag = value.node().integer == 1;
}

void PieceReader::ReadParameter(const JsonValue& object) {
  CheckKeys(object, {"#", "A", "DA", "O", "OA", "QA"}, "the parameter");
  op().results.begin = static_cast<uint32_t>(program_->values.size());
  AddResult(Take(object, "O"), "%", false, op().block);
  op().results.end = static_cast<uint32_t>(program_->values.size());
  Parameter parameter;
  parameter.op = op_;
  const JsonValue attrs = Take(object, "A");
  constexpr uint32_t kAttrs = 4;
  if (!attrs.is(JsonKind::kArray) || attrs.count() != kAttrs || !attrs.Item(kAttrs - 1).is(JsonKind::kString)) {
    Fail(kBad, "the short form of a parameter ('A') has to hold three numbers and the name");
  } else {
    bool ignored = false;
    ReadFlag(attrs, 0, &parameter.is_distributed);
    ReadFlag(attrs, 1, &ignored);
    ReadFlag(attrs, 2, &ignored);
    parameter.name = attrs.Item(kAttrs - 1).node().text;
  }
  const JsonValue flags = Take(object, "OA");
  constexpr uint32_t kFlags = 3;
  if (flags.is(JsonKind::kArray) && flags.count() == kFlags) {
    bool ignored = false;
    ReadFlag(flags, 0, &parameter.is_persistable);
    ReadFlag(flags, 1, &ignored);
    ReadFlag(flags, 2, &ignored);
  } else if (flags) {
    Fail(kBad, "the flags of a parameter ('OA') have to be three numbers");
  }
  if (const JsonValue more = Take(object, "DA"); more && (!more.is(JsonKind::kArray) || more.count() != 0))
    Fail(kBad, "the parameter has attributes of distributed training ('DA')");
  // Where Paddle's own quantization went over a network, its parameters say in which layer they are.
  if (const JsonValue more = Take(object, "QA"); more.is(JsonKind::kArray)) {
    op().attrs = ReadAttrs(more, "an attribute of a parameter");
    for (const Attr& attr : program_->AttrsOf(op())) {
      if (!IsNoteAttribute(program_->text(attr.name)))
        Fail(kBad, "the parameter has an attribute that isn't known: " + Quote(program_->text(attr.name)));
    }
  } else if (more) {
    Fail(kBad, "the attributes of a parameter ('QA') are no list");
  }
  op().parameter = static_cast<uint32_t>(program_->parameters.size());
  program_->parameters.push_back(parameter);
}

void PieceReader::ReadArguments(BlockId block, const JsonValue& list) {
  Range& arguments = program_->blocks[block].arguments;
  arguments.begin = static_cast<uint32_t>(program_->values.size());
  if (list.is(JsonKind::kArray)) {
    list.ForEach([&](const JsonValue& argument) { AddResult(argument, "#", true, block); });
  } else {
    Fail(kBad, "a block has no list of arguments ('args')");
  }
  program_->blocks[block].arguments.end = static_cast<uint32_t>(program_->values.size());
}

void PieceReader::ReadOperands(const JsonValue& list) {
  op().operands.begin = static_cast<uint32_t>(program_->operands.size());
  list.ForEach([&](const JsonValue& operand) {
    CheckKeys(operand, {"%"}, "an operand");
    const JsonValue id = Take(operand, "%");
    const bool ok = id.is(JsonKind::kInteger);
    if (!ok) Fail(kBad, "an operand without a number ('%')");
    program_->operands.push_back({ok ? id.node().integer : 0, kNone});
  });
  op().operands.end = static_cast<uint32_t>(program_->operands.size());
}

void PieceReader::AddResult(const JsonValue& result, std::string_view id_key, bool is_argument, BlockId block) {
  Value value;
  value.op = op_;
  value.block = block;
  value.is_argument = is_argument;
  const char* what = is_argument ? "an argument of a block" : "a result";
  CheckKeys(result, {id_key, "TT"}, what);
  if (const JsonValue id = Take(result, id_key); id.is(JsonKind::kInteger)) {
    value.id = id.node().integer;
  } else {
    Fail(kBad, std::string(what) + " without a number (" + Quote(id_key) + ")");
  }
  value.type = ReadType(Take(result, "TT"));
  program_->values.push_back(value);
}

// --- Types

TypeId PieceReader::ReadType(const JsonValue& value) {
  // Most values have the type of another one, so that it is read once: its nodes are its key.
  std::string key;
  if (value.is(JsonKind::kObject)) {
    for (uint32_t i = value.at(); i < value.node().end; ++i) {
      const JsonNode& node = value.tape()[i];
      const uint64_t parts[3] = {static_cast<uint64_t>(node.kind), (uint64_t{node.key} << 32U) | node.count,
                                 static_cast<uint64_t>(node.kind == JsonKind::kString ? node.text : node.integer)};
      key.append(reinterpret_cast<const char*>(parts), sizeof parts);
    }
    if (const auto found = types_.find(key); found != types_.end()) return found->second;
  }
  const size_t before = findings_->count(Level::kError);
  Type type = ParseType(value);
  const auto id = static_cast<TypeId>(program_->types.size());
  program_->types.push_back(std::move(type));
  // What is wrong with a type is told of each value that has it.
  if (!key.empty() && findings_->count(Level::kError) == before) types_.emplace(std::move(key), id);
  return id;
}

Type PieceReader::ParseType(const JsonValue& value) {
  Type type;
  type.kind = Type::Kind::kOther;
  CheckKeys(value, {"#", "D"}, "a type");
  const JsonValue name = Take(value, "#");
  if (!name.is(JsonKind::kString)) {
    Fail(kBad, "a type without a name ('#')");
    return type;
  }
  type.name = name.node().text;
  const std::string_view word = text(name);
  const JsonValue data = Take(value, "D");
  bool ok = true;
  if (word == "NULL") {
    type.kind = Type::Kind::kNull;
  } else if (word == "0.t_dtensor") {
    type.kind = Type::Kind::kTensor;
    constexpr size_t kParts = 5;
    ok = ReadTensor(data, kParts, &type);
  } else if (word == "1.t_dense_tensor_array") {
    type.kind = Type::Kind::kArray;
    constexpr size_t kParts = 3;
    ok = ReadTensor(data, kParts, &type);
  } else if (word == "0.t_vec") {
    type.kind = Type::Kind::kList;
    ok = data.is(JsonKind::kArray);
    if (ok) data.ForEach([&](const JsonValue& item) { type.items.push_back(ReadType(item)); });
  } else if (!Contains(kOtherTypes, word)) {
    Fail(kBad, "a type that isn't known: " + Quote(word));
  }
  if (!ok) {
    Fail(kBad, "the data of a type ('D') of " + Quote(word) + " is not as its kind wants");
    type.kind = Type::Kind::kOther;
  }
  return type;
}

bool PieceReader::ReadDims(const JsonValue& dims, Type* type) {
  if (!dims.is(JsonKind::kArray)) return false;
  if (dims.count() > kMostDims) {
    Fail("pir-type", "a tensor has " + std::to_string(dims.count()) + " dimensions; no Paddle takes more than " +
                         std::to_string(kMostDims));
    return true;
  }
  bool ok = true;
  uint64_t product = 1;
  dims.ForEach([&](const JsonValue& dim) {
    if (!dim.is(JsonKind::kInteger)) {
      ok = false;
      return;
    }
    const int64_t size = dim.node().integer;
    type->dims.push_back(size);
    constexpr uint64_t kMost = uint64_t{1} << 62U;
    if (size <= 0) return;
    if (product > kMost / static_cast<uint64_t>(size)) {
      Fail("pir-type", "the product of a tensor's dimensions is over 2^62");
      product = 1;
    } else {
      product *= static_cast<uint64_t>(size);
    }
  });
  return ok;
}

// [element, dims, layout], and of a dense tensor [LoD, offset] more.
bool PieceReader::ReadTensor(const JsonValue& data, size_t size, Type* type) {
  if (!data.is(JsonKind::kArray) || data.count() != size) return false;
  const JsonValue element = Take(data.Item(0), "#");
  if (!element.is(JsonKind::kString) || data.Item(0).count() != 1 || !data.Item(2).is(JsonKind::kString)) return false;
  const std::string_view word = text(element);
  const auto known =
      word.starts_with(kElementPrefix) ? FindPirElement(word.substr(kElementPrefix.size())) : std::optional<int32_t>();
  if (known) {
    type->element = *known;
  } else if (!Contains(kOtherTypes, word)) {
    Fail(kBad, "a tensor's elements are of a type that isn't known: " + Quote(word));
  }
  if (!ReadDims(data.Item(1), type)) return false;
  if (type->kind == Type::Kind::kArray) return true;
  const JsonValue lod = data.Item(3);
  const JsonValue offset = data.Item(4);
  if (!lod.is(JsonKind::kArray) || !offset.is(JsonKind::kInteger)) return false;
  type->lod_levels = lod.count();
  if (offset.node().integer != 0) Fail("pir-type", "a tensor begins at an offset, which no ProgramDesc can say");
  return true;
}

}  // namespace pdquant::pir
