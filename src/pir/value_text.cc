#include "pir/value_text.h"

#include <algorithm>
#include <iterator>
#include <unordered_map>
#include <unordered_set>

#include "base/escape.h"
#include "base/shortest_text.h"
#include "paddle/data_types.h"
#include "pir/program.h"

namespace pdquant::pir {
namespace {

// What an op's results are called, before they are told apart.
std::string NameOfOp(const Program& program, const Op& op) {
  if (op.parameter != kNone) return EscapeWhole(program.text(program.parameters[op.parameter].name));
  if (IsInputOp(program.text(op.name))) return EscapeWhole(program.StringOf(op, kNameAttribute));
  const std::string full = FullName(program.text(op.name));
  return EscapeWhole(std::string(program.ScopeOf(op)) + full.substr(full.find('.') + 1));
}

bool HasNameInFile(const Program& program, const Op& op) {
  return op.parameter != kNone || IsInputOp(program.text(op.name));
}

class Namer {
 public:
  explicit Namer(const Program& program) : program_(program), names_(program.values.size()) {}

  std::vector<std::string> Name() {
    for (const bool in_file : {true, false}) {  // the names of the file go first
      for (const Op& op : program_.ops) {
        if (HasNameInFile(program_, op) == in_file) NameResults(op);
      }
    }
    return std::move(names_);
  }

 private:
  void NameResults(const Op& op) {
    const std::string name = MakeFree(NameOfOp(program_, op));
    for (ValueId i = op.results.begin; i < op.results.end; ++i)
      names_[i] = i == op.results.begin ? name : name + "#" + std::to_string(i - op.results.begin);
    for (const RegionId region : program_.RegionsOf(op)) {
      for (const BlockId block : program_.regions[region].blocks) {
        const Range& arguments = program_.blocks[block].arguments;
        for (ValueId i = arguments.begin; i < arguments.end; ++i)
          names_[i] = name + ".argument" + std::to_string(i - arguments.begin);
      }
    }
  }

  std::string MakeFree(const std::string& name) {
    uint64_t& number = counts_[name];
    std::string free = number == 0 ? name : name + "." + std::to_string(number);
    ++number;
    while (!taken_.insert(free).second) free = name + "." + std::to_string(number++);
    return free;
  }

  const Program& program_;
  std::vector<std::string> names_;
  std::unordered_map<std::string, uint64_t> counts_;  // ops by the name before numbers
  std::unordered_set<std::string> taken_;
};

}  // namespace

std::vector<std::string> NameValues(const Program& program) { return Namer(program).Name(); }

bool IsNote(const Program& program, const Attr& attr) { return IsNoteAttribute(program.text(attr.name)); }

std::string TypeText(const Program& program, const Type& type) {
  std::string text;
  switch (type.kind) {
    case Type::Kind::kNull:
      return "none";
    case Type::Kind::kOther:
      return EscapeWhole(program.text(type.name));
    case Type::Kind::kList:
      for (const TypeId item : type.items) text += (text.empty() ? "" : ", ") + TypeText(program, program.types[item]);
      return "[" + text + "]";
    case Type::Kind::kTensor:
    case Type::Kind::kArray:
      for (const int64_t dim : type.dims) text += (text.empty() ? "" : ",") + std::to_string(dim);
      text = std::string(DataTypeWord(type.element)) + "[" + text + "]";
      return type.kind == Type::Kind::kArray ? "array of " + text : text;
  }
  return text;
}

std::string AttrText(const Program& program, const Attr& attr) {
  switch (attr.kind) {
    case Attr::Kind::kBool:
      return attr.integer != 0 ? "true" : "false";
    case Attr::Kind::kInt32:
    case Attr::Kind::kInt64:
    case Attr::Kind::kIndex:
      return std::to_string(attr.integer);
    case Attr::Kind::kFloat32:
      return ShortestText(static_cast<float>(attr.number));
    case Attr::Kind::kFloat64:
      return ShortestText(attr.number);
    case Attr::Kind::kString:
    case Attr::Kind::kLayout:
      return "'" + EscapeWhole(program.text(attr.text)) + "'";
    case Attr::Kind::kDataType:
    case Attr::Kind::kNotFinite:
      return EscapeWhole(program.text(attr.text));
    case Attr::Kind::kScalar:
      return AttrText(program, program.items[attr.items.begin]);
    case Attr::Kind::kType:
      return TypeText(program, program.types[attr.type]);
    case Attr::Kind::kArray:
    case Attr::Kind::kIntArray: {
      std::string text;
      for (const Attr& item : program.ItemsOf(attr)) text += (text.empty() ? "" : ", ") + AttrText(program, item);
      return "[" + text + "]";
    }
    case Attr::Kind::kPlace:
    case Attr::Kind::kOther:
      break;
  }
  return "?";
}

}  // namespace pdquant::pir
