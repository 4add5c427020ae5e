#include "support/program_builder.h"

#include <charconv>
#include <set>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

namespace pdquant::testing {
namespace {

constexpr std::pair<std::string_view, proto::VarType::Type> kTypes[] = {
    {"float32", proto::VarType::FP32}, {"float16", proto::VarType::FP16}, {"float64", proto::VarType::FP64},
    {"int64", proto::VarType::INT64},  {"int32", proto::VarType::INT32},  {"int8", proto::VarType::INT8},
    {"bool", proto::VarType::BOOL},
};

[[noreturn]] void Refuse(std::string_view what, std::string_view text) {
  throw std::runtime_error(std::string(what) + ": '" + std::string(text) + "'");
}

std::vector<std::string> Split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream{std::string(text)};
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

std::vector<std::string> Words(std::string_view text) {
  std::vector<std::string> words = Split(text, ' ');
  std::erase(words, "");
  return words;
}

template <typename T>
bool Parse(std::string_view text, T* number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  return error == std::errc() && end == text.data() + text.size();
}

// The parts of NAME=VALUE.
std::pair<std::string_view, std::string_view> Assignment(std::string_view word) {
  const size_t at = word.find('=');
  if (at == std::string_view::npos || at == 0) Refuse("no NAME=VALUE", word);
  return {word.substr(0, at), word.substr(at + 1)};
}

void AddAttribute(proto::OpDesc* op, std::string_view word) {
  const auto [name, value] = Assignment(word);
  auto* attr = op->add_attrs();
  attr->set_name(std::string(name));
  int32_t integer = 0;
  float number = 0;
  if (Parse(value, &integer)) {
    attr->set_type(proto::INT);
    attr->set_i(integer);
  } else if (Parse(value, &number)) {
    attr->set_type(proto::FLOAT);
    attr->set_f(number);
  } else if (value == "true" || value == "false") {
    attr->set_type(proto::BOOLEAN);
    attr->set_b(value == "true");
  } else if (value.starts_with("block:") && Parse(value.substr(6), &integer)) {
    attr->set_type(proto::BLOCK);
    attr->set_block_idx(integer);
  } else if (value.starts_with('[') && value.ends_with(']')) {
    attr->set_type(proto::INTS);
    for (const std::string& element : Split(value.substr(1, value.size() - 2), ',')) {
      if (!Parse(element, &integer)) Refuse("no list of ints", word);
      attr->add_ints(integer);
    }
  } else {
    attr->set_type(proto::STRING);
    attr->set_s(std::string(value));
  }
}

bool IsDeclared(const proto::ProgramDesc& program, int block, const std::string& name) {
  for (; block >= 0; block = program.blocks(block).parent_idx()) {
    for (const auto& var : program.blocks(block).vars()) {
      if (var.name() == name) return true;
    }
  }
  return false;
}

void DeclareOperands(const std::set<std::string>& undeclared, int block, const proto::OpDesc& op,
                     proto::ProgramDesc* program) {
  for (const auto* slots : {&op.inputs(), &op.outputs()}) {
    for (const auto& slot : *slots) {
      for (const std::string& name : slot.arguments()) {
        if (!undeclared.contains(name) && !IsDeclared(*program, block, name))
          *program->mutable_blocks(block)->add_vars() = MakeVar(name + " float32[-1,8]");
      }
    }
  }
}

}  // namespace

proto::BlockDesc* AddBlock(proto::ProgramDesc* program, int parent, int forward) {
  proto::BlockDesc* block = program->add_blocks();
  block->set_idx(program->blocks_size() - 1);
  block->set_parent_idx(parent);
  block->set_forward_block_idx(forward);
  return block;
}

proto::VarDesc MakeVar(std::string_view text) {
  const std::vector<std::string> words = Words(text);
  const std::string_view type = words.size() < 2 ? std::string_view() : words[1];
  const size_t bracket = type.find('[');
  if (bracket == std::string_view::npos || !type.ends_with(']')) Refuse("no NAME TYPE[DIM,…]", text);
  proto::VarDesc var;
  var.set_name(words[0]);
  var.mutable_type()->set_type(proto::VarType::LOD_TENSOR);
  auto* tensor = var.mutable_type()->mutable_lod_tensor()->mutable_tensor();
  for (const auto& [word, number] : kTypes) {
    if (word == type.substr(0, bracket)) tensor->set_data_type(number);
  }
  if (!tensor->has_data_type()) Refuse("no such type", type);
  for (const std::string& dim : Split(type.substr(bracket + 1, type.size() - bracket - 2), ',')) {
    int64_t number = 0;
    if (!Parse(dim, &number)) Refuse("no dimension", dim);
    tensor->add_dims(number);
  }
  for (size_t i = 2; i < words.size(); ++i) {
    if (words[i] == "persistable") {
      var.set_persistable(true);
    } else if (words[i] == "parameter") {
      var.set_is_parameter(true);
    } else if (words[i] == "stop_gradient") {
      var.set_stop_gradient(true);
    } else if (words[i] == "need_check_feed") {
      var.set_need_check_feed(true);
    } else if (words[i] == "selected_rows") {
      var.mutable_type()->set_type(proto::VarType::SELECTED_ROWS);
      *var.mutable_type()->mutable_selected_rows() = var.type().lod_tensor().tensor();
      var.mutable_type()->clear_lod_tensor();
    } else {
      Refuse("no such flag", words[i]);
    }
  }
  return var;
}

proto::OpDesc MakeOp(std::string_view text) {
  const std::vector<std::string> words = Words(text);
  if (words.empty()) Refuse("no op", text);
  proto::OpDesc op;
  op.set_type(words[0]);
  enum { kInputs, kOutputs, kAttributes } part = kInputs;
  for (size_t i = 1; i < words.size(); ++i) {
    if (words[i] == ":" && part == kInputs) {
      part = kOutputs;
    } else if (words[i] == "|" && part != kAttributes) {
      part = kAttributes;
    } else if (part == kAttributes) {
      AddAttribute(&op, words[i]);
    } else {
      const auto [name, arguments] = Assignment(words[i]);
      auto* slot = part == kInputs ? op.add_inputs() : op.add_outputs();
      slot->set_parameter(std::string(name));
      for (const std::string& argument : Split(arguments, ',')) slot->add_arguments(argument);
    }
  }
  return op;
}

std::string OpText(const proto::OpDesc& op) {
  std::string text = op.type();
  const auto add = [&](const auto& slots) {
    for (const auto& slot : slots) {
      text += " " + slot.parameter() + "=";
      for (int i = 0; i < slot.arguments_size(); ++i) text += (i == 0 ? "" : ",") + slot.arguments(i);
    }
  };
  add(op.inputs());
  text += " :";
  add(op.outputs());
  return text;
}

proto::ProgramDesc BuildProgram(std::string_view text) {
  proto::ProgramDesc program;
  program.mutable_version()->set_version(0);
  AddBlock(&program, -1, -1);
  std::set<std::string> undeclared;
  for (const std::string& whole : Split(text, '\n')) {
    const std::string line = whole.substr(0, whole.find('#'));
    const std::vector<std::string> words = Words(line);
    if (words.empty()) continue;
    const int block = program.blocks_size() - 1;
    if (words[0] == "var") {
      *program.mutable_blocks(block)->add_vars() = MakeVar(std::string_view(line).substr(line.find("var") + 3));
    } else if (words[0] == "undeclared") {
      undeclared.insert(words.begin() + 1, words.end());
    } else if (words[0] == "block") {
      int parent = -1;
      int forward = -1;
      if (words.size() < 2 || !Parse(words[1], &parent) || (words.size() > 2 && !Parse(words[2], &forward))) {
        Refuse("no block PARENT [FORWARD]", line);
      }
      if (parent < -1 || parent > block || forward < -1 || forward > block) Refuse("no such block", line);
      AddBlock(&program, parent, forward);
    } else {
      proto::OpDesc* op = program.mutable_blocks(block)->add_ops();
      *op = MakeOp(line);
      DeclareOperands(undeclared, block, *op, &program);
    }
  }
  return program;
}

}  // namespace pdquant::testing
