#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/escape.h"
#include "base/words.h"
#include "pir/program.h"
#include "pir/value_text.h"
#include "report/escape_formats.h"
#include "report/json_document.h"
#include "show/renderers.h"

namespace pdquant {
namespace {

using Json = JsonDocument::Json;
using pir::Attr;
using pir::AttrText;
using pir::TypeText;

class CanonicalWriter {
 public:
  CanonicalWriter(const pir::Program& program, const TextSink& sink)
      : program_(program), names_(pir::NameValues(program)), buffer_(sink) {}

  bool Write() {
    *buffer_.text() += "pir version " + std::to_string(program_.version) + "\n";
    std::vector<pir::OpId> around;
    for (pir::OpId i = 0; i < program_.ops.size(); ++i) {
      BeginBlocks(i);
      while (!around.empty() && program_.ops[around.back()].end <= i) around.pop_back();
      WriteOp(program_.ops[i], around.size());
      around.push_back(i);
      if (!buffer_.Flow()) return false;
    }
    BeginBlocks(program_.ops.size());
    return buffer_.Flush();
  }

 private:
  // All blocks before an op, in the order of the file: those without ops, too.
  void BeginBlocks(size_t op) {
    for (; depths_.size() < program_.blocks.size() && program_.blocks[depths_.size()].ops.begin <= op;) {
      const auto block = static_cast<pir::BlockId>(depths_.size());
      const pir::OpId owner = program_.blocks[block].op;
      depths_.push_back(owner == pir::kNone ? 0 : depths_[program_.ops[owner].block] + 1);
      // The main block, which has no arguments, is all the text.
      if (block != 0 || program_.blocks[block].arguments.size() != 0) BeginBlock(block);
    }
  }

  void BeginBlock(pir::BlockId block) {
    const size_t depth = depths_[block];
    const pir::Range& arguments = program_.blocks[block].arguments;
    std::string text;
    for (pir::ValueId i = arguments.begin; i < arguments.end; ++i)
      text += " " + names_[i] + " " + TypeText(program_, program_.TypeOf(i));
    buffer_.text()->append(depth == 0 ? 0 : 2 * depth - 1, ' ');
    *buffer_.text() += "block" + text + "\n";
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
      if (IsNote(program_, attr) || attr.kind == Attr::Kind::kPlace) continue;
      text += " " + EscapeWhole(program_.text(attr.name)) + "=" + AttrText(program_, attr);
    }
    text += "\n";
  }

  const pir::Program& program_;
  std::vector<std::string> names_;
  std::vector<size_t> depths_;  // of the blocks that are begun
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
    if (pir::IsInputOp(name)) facts.inputs.push_back(i);
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
    json.push_back({{"name", NameText(program.StringOf(program.ops[op], pir::kNameAttribute))},
                    {"type", NameText(TypeOfOp(program, program.ops[op]))}});
  }
  return json;
}

}  // namespace

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
      text += "    " + EscapeWhole(program.StringOf(program.ops[op], pir::kNameAttribute)) + " " +
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
  const std::vector<std::string> names = pir::NameValues(program);
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
