#include "show/pir_text.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <utility>

#include "base/counted.h"
#include "base/escape.h"
#include "base/shortest_text.h"
#include "paddle/data_types.h"
#include "pir/words.h"
#include "report/escape_formats.h"
#include "report/json_document.h"

namespace pdquant {
namespace {

using Json = JsonDocument::Json;
using pir::Attr;
using pir::Type;

const Attr* FindAttr(const pir::Program& program, const pir::Op& op, std::string_view name) {
  for (const Attr& attr : program.AttrsOf(op)) {
    if (program.text(attr.name) == name) return &attr;
  }
  return nullptr;
}

std::string_view TextOf(const pir::Program& program, const pir::Op& op, std::string_view name) {
  const Attr* attr = FindAttr(program, op, name);
  return attr != nullptr && attr->kind == Attr::Kind::kString ? program.text(attr->text) : std::string_view();
}

// "float32[-1,4]", "[float32[2], float32[2]]" of a list.
std::string TypeText(const pir::Program& program, const Type& type) {
  std::string text;
  switch (type.kind) {
    case Type::Kind::kNull:
      return "none";
    case Type::Kind::kOther:
      return EscapeWhole(program.text(type.name));
    case Type::Kind::kList:
      for (const pir::TypeId item : type.items)
        text += (text.empty() ? "" : ", ") + TypeText(program, program.types[item]);
      return "[" + text + "]";
    case Type::Kind::kTensor:
    case Type::Kind::kArray:
      for (const int64_t dim : type.dims) text += (text.empty() ? "" : ",") + std::to_string(dim);
      text = std::string(DataTypeWord(type.element)) + "[" + text + "]";
      return type.kind == Type::Kind::kArray ? "array of " + text : text;
  }
  return text;
}

std::string AttrText(const pir::Program& program, const Attr& attr) {
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

class CanonicalWriter {
 public:
  CanonicalWriter(const pir::Program& program, const TextSink& sink)
      : program_(program), names_(NamePirValues(program)), buffer_(sink) {}

  bool Write() {
    *buffer_.text() += "pir version " + std::to_string(program_.version) + "\n";
    std::vector<pir::OpId> around;
    pir::BlockId block = 0;
    for (pir::OpId i = 0; i < program_.ops.size(); ++i) {
      while (!around.empty() && program_.ops[around.back()].end <= i) around.pop_back();
      const pir::Op& op = program_.ops[i];
      if (op.block != block && program_.blocks[op.block].ops.begin == i) BeginBlock(op.block, around.size());
      block = op.block;
      WriteOp(op, around.size());
      around.push_back(i);
      if (!buffer_.Flow()) return false;
    }
    return buffer_.Flush();
  }

 private:
  void BeginBlock(pir::BlockId block, size_t depth) {
    const pir::Range& arguments = program_.blocks[block].arguments;
    std::string text;
    for (pir::ValueId i = arguments.begin; i < arguments.end; ++i)
      text += " " + names_[i] + " " + TypeText(program_, program_.TypeOf(i));
    *buffer_.text() += std::string(2 * depth - 1, ' ') + "block" + text + "\n";
  }

  void WriteOp(const pir::Op& op, size_t depth) {
    std::string& text = *buffer_.text();
    text.append(2 * depth, ' ');
    for (pir::ValueId i = op.results.begin; i < op.results.end; ++i) {
      text += (i == op.results.begin ? "" : ", ") + names_[i] + " " + TypeText(program_, program_.TypeOf(i));
    }
    text += (op.results.size() == 0 ? "" : " = ") + EscapeWhole(pir::FullName(program_.text(op.name))) + "(";
    bool is_first = true;
    for (const pir::Operand& operand : program_.OperandsOf(op)) {
      text += std::exchange(is_first, false) ? "" : ", ";
      text += operand.value != pir::kNone ? names_[operand.value]
              : operand.id == 0           ? "-"
                                          : "%" + std::to_string(operand.id);
    }
    text += ")";
    for (const Attr& attr : program_.AttrsOf(op)) {
      const std::string_view name = program_.text(attr.name);
      if (std::find(std::begin(pir::kNoteAttributes), std::end(pir::kNoteAttributes), name) !=
              std::end(pir::kNoteAttributes) ||
          attr.kind == Attr::Kind::kPlace) {
        continue;
      }
      text += " " + EscapeWhole(name) + "=" + AttrText(program_, attr);
    }
    text += "\n";
  }

  const pir::Program& program_;
  std::vector<std::string> names_;
  TextBuffer buffer_;
};

// What a program says of itself in both forms.
struct Facts {
  std::vector<std::pair<std::string, uint64_t>> types;  // the most first
  std::vector<pir::OpId> inputs;
  std::vector<pir::OpId> outputs;
};

Facts FactsOf(const pir::Program& program) {
  Facts facts;
  std::map<std::string, uint64_t> counts;
  for (pir::OpId i = 0; i < program.ops.size(); ++i) {
    const std::string_view name = program.text(program.ops[i].name);
    ++counts[pir::FullName(name)];
    if (name == pir::kDataOp) facts.inputs.push_back(i);
    if (name == pir::kFetchOp) facts.outputs.push_back(i);
  }
  facts.types.assign(counts.begin(), counts.end());
  std::stable_sort(facts.types.begin(), facts.types.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return facts;
}

// The type of what an op makes, or, of an output, of what it reads.
std::string TypeOfOp(const pir::Program& program, const pir::Op& op) {
  if (program.text(op.name) != pir::kFetchOp)
    return op.results.size() == 0 ? "" : TypeText(program, program.TypeOf(op.results.begin));
  const auto operands = program.OperandsOf(op);
  return operands.empty() || operands[0].value == pir::kNone ? ""
                                                             : TypeText(program, program.TypeOf(operands[0].value));
}

Json EndsJson(const pir::Program& program, const std::vector<pir::OpId>& ops) {
  Json json = Json::array();
  for (const pir::OpId op : ops) {
    json.push_back({{"name", NameText(TextOf(program, program.ops[op], "name"))},
                    {"type", NameText(TypeOfOp(program, program.ops[op]))}});
  }
  return json;
}

}  // namespace

std::vector<std::string> NamePirValues(const pir::Program& program) {
  std::vector<std::string> names(program.values.size());
  std::unordered_map<std::string, uint64_t> counts;
  for (const pir::Op& op : program.ops) {
    std::string name;
    if (op.parameter != pir::kNone) {
      name = EscapeWhole(program.text(program.parameters[op.parameter].name));
    } else if (program.text(op.name) == pir::kDataOp) {
      name = EscapeWhole(TextOf(program, op, "name"));
    } else {
      const std::string full = pir::FullName(program.text(op.name));
      name = EscapeWhole(std::string(program.ScopeOf(op)) + full.substr(full.find('.') + 1));
      const uint64_t number = counts[name]++;
      if (number != 0) name += "." + std::to_string(number);
    }
    for (pir::ValueId i = op.results.begin; i < op.results.end; ++i) {
      names[i] = i == op.results.begin ? name : name + "#" + std::to_string(i - op.results.begin);
    }
    for (const pir::RegionId region : program.RegionsOf(op)) {
      for (const pir::BlockId block : program.regions[region].blocks) {
        const pir::Range& arguments = program.blocks[block].arguments;
        for (pir::ValueId i = arguments.begin; i < arguments.end; ++i)
          names[i] = name + ".argument" + std::to_string(i - arguments.begin);
      }
    }
  }
  return names;
}

bool WritePirCanonical(const pir::Program& program, const TextSink& sink) {
  return CanonicalWriter(program, sink).Write();
}

std::string PirSummary(const pir::Program& program, std::string_view title, size_t limit) {
  const Facts facts = FactsOf(program);
  std::string text = std::string(title) + ": program of Paddle 3 (PIR), version " + std::to_string(program.version) +
                     " of the format\n  " + Counted(program.blocks.size(), "block") + ", " +
                     Counted(program.ops.size(), "op") + ", " + Counted(program.parameters.size(), "parameter") + "\n";
  for (const auto& [word, ops] : {std::pair("inputs", &facts.inputs), std::pair("outputs", &facts.outputs)}) {
    text += "  " + std::string(word) + ":\n";
    for (const pir::OpId op : *ops)
      text += "    " + EscapeWhole(TextOf(program, program.ops[op], "name")) + " " +
              TypeOfOp(program, program.ops[op]) + "\n";
  }
  text += "  ops by type:\n";
  for (size_t i = 0; i < std::min(limit, facts.types.size()); ++i)
    text += "    " + std::to_string(facts.types[i].second) + " " + EscapeWhole(facts.types[i].first) + "\n";
  if (facts.types.size() > limit)
    text += "    and " + std::to_string(facts.types.size() - limit) + " more; --all shows them\n";
  return text;
}

bool WritePirJson(const pir::Program& program, const TextSink& sink) {
  const Facts facts = FactsOf(program);
  const std::vector<std::string> names = NamePirValues(program);
  Json json = {{"file_version", program.version}, {"blocks", program.blocks.size()}};
  json["inputs"] = EndsJson(program, facts.inputs);
  json["outputs"] = EndsJson(program, facts.outputs);
  json["types"] = Json::array();
  for (const auto& [type, count] : facts.types) json["types"].push_back({{"type", NameText(type)}, {"count", count}});
  JsonDocument document("pdquant-show-pir", json, sink);
  document.BeginList("ops");
  for (const pir::Op& op : program.ops) {
    Json entry = {{"block", op.block}, {"op", op.position}, {"type", NameText(pir::FullName(program.text(op.name)))}};
    entry["scope"] = NameText(program.ScopeOf(op));
    entry["operands"] = Json::array();
    for (const pir::Operand& operand : program.OperandsOf(op))
      entry["operands"].push_back(operand.value == pir::kNone ? Json(nullptr) : Json(NameText(names[operand.value])));
    entry["results"] = Json::array();
    for (pir::ValueId i = op.results.begin; i < op.results.end; ++i)
      entry["results"].push_back(
          {{"name", NameText(names[i])}, {"type", NameText(TypeText(program, program.TypeOf(i)))}});
    if (!document.Add(entry)) return false;
  }
  document.EndList();
  return document.End();
}

}  // namespace pdquant
