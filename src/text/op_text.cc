#include "text/op_text.h"

#include <charconv>

#include "base/escape.h"
#include "text/attribute_text.h"
#include "text/field_text.h"

namespace pdquant {
namespace {

std::optional<uint32_t> ParseNumber(std::string_view text) {
  uint32_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && rest == end ? std::optional(number) : std::nullopt;
}

// "Filter=w, Input=[a, b]": arguments of one slot come one after another.
void AppendArguments(const Index& index, std::span<const Argument> arguments, std::string* out) {
  for (size_t i = 0; i < arguments.size();) {
    size_t end = i + 1;
    while (end < arguments.size() && arguments[end].slot == arguments[i].slot) ++end;
    if (i != 0) *out += ", ";
    AppendName(index.name(arguments[i].slot), out);
    *out += '=';
    if (end - i > 1) *out += '[';
    for (size_t k = i; k < end; ++k) {
      if (k != i) *out += ", ";
      AppendName(index.name(arguments[k].name), out);
    }
    if (end - i > 1) *out += ']';
    i = end;
  }
}

}  // namespace

std::string OpNumber(const Index& index, OpId op) {
  const size_t block = index.program().BlockOfOp(op);
  return std::to_string(block) + ":" + std::to_string(op - index.program().block(block).first_op);
}

std::optional<OpId> FindOp(const Index& index, std::string_view number) {
  const size_t colon = number.find(':');
  const auto block =
      colon == std::string_view::npos ? std::optional<uint32_t>(0) : ParseNumber(number.substr(0, colon));
  const auto op = ParseNumber(colon == std::string_view::npos ? number : number.substr(colon + 1));
  if (!block || !op || *block >= index.program().blocks().size()) return std::nullopt;
  const Block& found = index.program().block(*block);
  return *op < found.op_count ? std::optional<OpId>(found.first_op + *op) : std::nullopt;
}

std::string ShortName(std::string_view name) {
  constexpr size_t kLongest = 48;
  if (name.size() <= kLongest) return Escape(name);
  return Escape(name.substr(0, kLongest / 2)) + "..." + Escape(name.substr(name.size() - kLongest / 2));
}

void AppendOpLine(const Index& index, OpId op, std::string* out) {
  *out += OpNumber(index, op) + ' ';
  AppendName(index.type(op), out);
  *out += '(';
  AppendArguments(index, index.inputs(op), out);
  *out += ')';
  if (index.outputs(op).empty()) return;
  *out += " -> ";
  AppendArguments(index, index.outputs(op), out);
}

void AppendVarLine(const Index& index, VarId var, std::string* out) {
  AppendName(index.name(index.var_name(var)), out);
  *out += ' ';
  AppendVarType(index.program().var(var), out);
  if (index.persistable(var)) *out += " persistable";
}

}  // namespace pdquant
