#include "paddle/import/pir_ops.h"

#include <algorithm>
#include <charconv>

namespace pdquant {
namespace {

struct Row {
  std::string_view pir, legacy, inputs, outputs, attributes, constants, how, verified;
};

constexpr Row kRows[] = {
#include "paddle/import/pir_ops.inc"
};

// What the dimensions of a tensor may be called, in their order.
constexpr std::string_view kLayouts = "NC|NCL|NCW|NCHW|NCDHW|NLC|NWC|NHWC|NDHWC";

bool TakeSuffix(std::string_view* word, char suffix) {
  if (!word->ends_with(suffix)) return false;
  word->remove_suffix(1);
  return true;
}

// Cuts `word` at `separator` and returns what stands behind it; empty where there is none.
std::string_view CutAt(std::string_view* word, char separator) {
  const size_t at = word->find(separator);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = word->substr(at + 1);
  *word = word->substr(0, at);
  return rest;
}

PirOperand ParseOperand(std::string_view word) {
  PirOperand operand;
  if (word == "-") {
    operand.kind = PirOperand::Kind::kIgnored;
    operand.may_be_absent = true;
    return operand;
  }
  if (word.starts_with('@')) {
    operand.kind = PirOperand::Kind::kConstant;
    word.remove_prefix(1);
    operand.slot = CutAt(&word, '=');
    operand.list_slot = CutAt(&operand.slot, '|');
    operand.type = FindAttributeType(CutAt(&word, ':')).value_or(AttributeType::kString);
    operand.attribute = word;
    return operand;
  }
  operand.may_be_absent = TakeSuffix(&word, '?');
  if (TakeSuffix(&word, '*')) operand.kind = PirOperand::Kind::kList;
  operand.slot = word;
  return operand;
}

PirResult ParseResult(std::string_view word) {
  PirResult result;
  result.is_made = word.starts_with('+');
  if (result.is_made) word.remove_prefix(1);
  result.may_be_absent = TakeSuffix(&word, '?');
  result.is_list = TakeSuffix(&word, '*');
  result.slot = word;
  return result;
}

PirAttribute ParseRule(std::string_view word) {
  PirAttribute rule;
  const size_t end = word.find_first_of("?>!-");
  rule.name = word.substr(0, end);
  word.remove_prefix(rule.name.size());
  rule.may_be_missing = word.starts_with('?');
  if (rule.may_be_missing) word.remove_prefix(1);
  const std::string_view rest = word.substr(1);
  switch (word[0]) {
    case '>': {
      rule.legacy = rest;
      std::string_view type = CutAt(&rule.legacy, ':');
      rule.value = CutAt(&type, '=');
      rule.is_data_type = type == "DTYPE";
      if (type == "LAYOUT") {
        type = "STRING";
        rule.value = kLayouts;
      }
      rule.type = rule.is_data_type ? AttributeType::kInt : FindAttributeType(type).value_or(AttributeType::kStrings);
      break;
    }
    case '!':
      rule.use = PirAttribute::Use::kFixed;
      rule.value = rest;
      break;
    default:
      rule.use = PirAttribute::Use::kDropped;
      break;
  }
  return rule;
}

PirOp ParseRow(const Row& row) {
  constexpr std::string_view kInPlace = "in-place:";
  PirOp op;
  op.name = row.pir;
  op.legacy = row.legacy;
  op.is_verified = !row.verified.empty();
  ForEachWord(row.inputs, ' ', [&](std::string_view word) { op.operands.push_back(ParseOperand(word)); });
  ForEachWord(row.outputs, ' ', [&](std::string_view word) { op.results.push_back(ParseResult(word)); });
  ForEachWord(row.attributes, ' ', [&](std::string_view word) { op.attributes.push_back(ParseRule(word)); });
  ForEachWord(row.constants, ' ', [&](std::string_view word) {
    if (auto constant = ParseAttribute(word)) op.constants.push_back(std::move(*constant));
  });
  ForEachWord(row.how, ' ', [&](std::string_view word) {
    if (word.starts_with(kInPlace)) {
      op.overwrites = static_cast<size_t>(word.back() - '0');
    } else {
      op.how = word;
    }
  });
  return op;
}

}  // namespace

const std::vector<PirOp>& PirOps() {
  static const std::vector<PirOp> ops = [] {
    std::vector<PirOp> parsed;
    parsed.reserve(std::size(kRows));
    for (const Row& row : kRows) parsed.push_back(ParseRow(row));
    return parsed;
  }();
  return ops;
}

const PirOp* FindPirOp(std::string_view name) {
  const std::vector<PirOp>& ops = PirOps();
  const auto found = std::lower_bound(ops.begin(), ops.end(), name,
                                      [](const PirOp& op, std::string_view wanted) { return op.name < wanted; });
  return found != ops.end() && found->name == name ? &*found : nullptr;
}

}  // namespace pdquant
