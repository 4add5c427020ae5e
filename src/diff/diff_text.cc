#include "diff/diff_text.h"

#include <algorithm>
#include <string_view>

#include "base/words.h"
#include "paddle/quantization_ops.h"
#include "text/field_text.h"
#include "text/op_text.h"

namespace pdquant {
namespace {

using What = Change::What;
using Part = Difference::Part;

// "INT 1", "INT 2": what is the same needs no words.
void DropCommonType(std::string* from, std::string* to) {
  const size_t space = from->find(' ');
  if (space == std::string::npos || from->compare(0, space + 1, *to, 0, space + 1) != 0) return;
  if (!std::all_of(from->begin(), from->begin() + static_cast<ptrdiff_t>(space),
                   [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; })) {
    return;
  }
  from->erase(0, space + 1);
  to->erase(0, space + 1);
}

class Describer {
 public:
  Describer(const ProgramDiff& diff, const DescribeOptions& options) : diff_(diff), options_(options) {}

  ChangeText Make(uint32_t number) {
    const Change& change = diff_.changes()[number];
    text_.mark = change.inserted() ? '+' : change.removed() ? '-' : change.moved ? '>' : '~';
    switch (change.what) {
      case What::kProgram:
        text_.title = "program";
        break;
      case What::kRenames:
        Renames();
        break;
      case What::kBlock:
        Block(change);
        break;
      case What::kOp:
        Op(number, change);
        break;
      case What::kVar:
        Var(change);
        break;
    }
    std::vector<Difference> differences = diff_.Differences(change);
    const size_t shown = differences.size() > options_.most + 1 ? options_.most : differences.size();
    for (size_t i = 0; i < shown; ++i) text_.details.push_back(DescribeDifference(differences[i], options_.longest));
    if (shown < differences.size())
      text_.details.push_back("and " + std::to_string(differences.size() - shown) + " more");
    return std::move(text_);
  }

 private:
  const ComparedProgram& Of(const Change& change) const { return change.a == kNoPartner ? diff_.b() : diff_.a(); }

  void Renames() {
    const auto& renames = diff_.matching().renames;
    text_.title = "renamed " + Counted(renames.size(), "variable") + ": ";
    const size_t shown = renames.size() > options_.most + 1 ? options_.most : renames.size();
    for (size_t i = 0; i < shown; ++i) {
      if (i != 0) text_.title += ", ";
      text_.title += Name(diff_.a(), renames[i].first) + " -> " + Name(diff_.b(), renames[i].second);
    }
    if (shown < renames.size()) text_.title += ", and " + std::to_string(renames.size() - shown) + " more";
  }

  std::string Name(const ComparedProgram& compared, NameId name) const {
    return Window(ShownName(compared.index().name(name)), 0, options_.longest);
  }

  void Block(const Change& change) {
    if (change.a != kNoPartner) text_.place_a = std::to_string(change.a);
    if (change.b != kNoPartner) text_.place_b = std::to_string(change.b);
    const ComparedProgram& compared = Of(change);
    const uint32_t block = change.a == kNoPartner ? change.b : change.a;
    text_.title = "block " + Window(compared.labels().label(block), 0, options_.longest);
    if (change.a == kNoPartner || change.b == kNoPartner) {
      text_.title += " with " + Counted(compared.program().block(block).op_count, "op") + " and " +
                     Counted(compared.program().block(block).var_count, "variable");
    }
  }

  std::string OpLine(const ComparedProgram& compared, OpId op) const {
    std::string line;
    AppendOpLine(compared.index(), op, &line);
    std::string_view operands = line;
    operands.remove_prefix(line.find(' ') + 1);
    return Window(operands, 0, options_.longest);
  }

  std::string TypeOf(const ComparedProgram& compared, OpId op) const {
    return Name(compared, compared.index().op(op).type);
  }

  void Op(uint32_t number, const Change& change) {
    if (change.a != kNoPartner) text_.place_a = OpNumber(diff_.a().index(), change.a);
    if (change.b != kNoPartner) text_.place_b = OpNumber(diff_.b().index(), change.b);
    if (change.a != kNoPartner && change.b != kNoPartner) {
      // An op is known by what it makes; its type alone would do only for a reader who looks up its place.
      text_.title = TypeOf(diff_.a(), change.a) + OutputOf(change.a);
      if (change.moved) text_.details.push_back(change.with_effect ? "moved, and values change with it" : "moved");
      return;
    }
    const ComparedProgram& compared = Of(change);
    const OpId op = change.a == kNoPartner ? change.b : change.a;
    const auto& pairs = diff_.list().pairs;
    const auto pair = std::lower_bound(pairs.begin(), pairs.end(), number,
                                       [](const QuantizePair& p, uint32_t first) { return p.first < first; });
    if (pair != pairs.end() && pair->first == number && pair->second != kNoChange &&
        diff_.changes()[pair->second].leader == number) {
      Pair(compared, change, diff_.changes()[pair->second]);
    } else {
      text_.title = OpLine(compared, op);
    }
    Followers(number);
  }

  // " making conv2d_0.tmp_0"
  std::string OutputOf(OpId a) const {
    const auto outputs = diff_.a().index().outputs(a);
    return outputs.empty() ? "" : " making " + Name(diff_.a(), outputs[0].name);
  }

  // "fake_quantize_abs_max, fake_dequantize_max_abs: image -> image.quantized.dequantized"
  void Pair(const ComparedProgram& compared, const Change& first, const Change& second) {
    const bool is_a = first.a != kNoPartner;
    const OpId quantize = is_a ? first.a : first.b;
    const OpId dequantize = is_a ? second.a : second.b;
    std::string* place = is_a ? &text_.place_a : &text_.place_b;
    *place += "," + OpNumber(compared.index(), dequantize);
    text_.title = TypeOf(compared, quantize) + ", " + TypeOf(compared, dequantize) + ": ";
    const QuantizationOp* row = FindQuantizationOp(compared.index().type(quantize));
    const NameId operand = row != nullptr ? compared.index().Input(quantize, row->operand) : kNoName;
    const auto outputs = compared.index().outputs(dequantize);
    if (row == nullptr || operand == kNoName || outputs.empty()) return;
    text_.title += Name(compared, operand) + " -> " + Name(compared, outputs[0].name);
    if (const auto bits = compared.program().op(quantize).attr(row->bits); bits && bits->AsInt()) {
      text_.title += ", " + std::to_string(*bits->AsInt()) + " bits";
    }
  }

  // Which ops read or write what this one makes instead of what they had.
  void Followers(uint32_t number) {
    const auto& rewired = diff_.list().rewired;
    const auto [begin, end] = std::equal_range(rewired.begin(), rewired.end(), Rewired{number, 0, ""},
                                               [](const Rewired& x, const Rewired& y) { return x.leader < y.leader; });
    const auto count = static_cast<size_t>(end - begin);
    const size_t shown = count > options_.most + 1 ? options_.most : count;
    for (size_t i = 0; i < shown; ++i) {
      const Rewired& one = *(begin + static_cast<ptrdiff_t>(i));
      const Change& change = diff_.changes()[one.change];
      const ComparedProgram& compared = text_.mark == '-' ? diff_.a() : diff_.b();
      const OpId op = text_.mark == '-' ? change.a : change.b;
      text_.title += i == 0 ? "; for " : ", ";
      text_.title += OpNumber(compared.index(), op) + " " + TypeOf(compared, op) + " " + ShownName(one.slot);
    }
    if (shown < count) text_.title += ", and " + std::to_string(count - shown) + " more";
  }

  void Var(const Change& change) {
    const ComparedProgram& compared = Of(change);
    const VarId var = change.a == kNoPartner ? change.b : change.a;
    if (change.a != kNoPartner) text_.place_a = std::to_string(diff_.a().program().BlockOfVar(change.a));
    if (change.b != kNoPartner) text_.place_b = std::to_string(diff_.b().program().BlockOfVar(change.b));
    if (change.changed) {
      text_.title = "var " + Name(compared, compared.index().var_name(var));
      return;
    }
    std::string line;
    AppendVarLine(compared.index(), var, &line);
    text_.title = "var " + Window(line, 0, options_.longest);
  }

  const ProgramDiff& diff_;
  const DescribeOptions& options_;
  ChangeText text_;
};

void Append(const std::string& part, const char* separator, std::string* out) {
  if (!out->empty()) *out += separator;
  *out += part;
}

void AppendCounts(const ChangeCounts::Each& counts, const char* noun, std::string* out) {
  if (counts.inserted != 0) Append(Counted(counts.inserted, noun) + " inserted", ", ", out);
  if (counts.removed != 0) Append(Counted(counts.removed, noun) + " removed", ", ", out);
  if (counts.changed != 0) Append(Counted(counts.changed, noun) + " changed", ", ", out);
}

// " (12 quantize/dequantize pairs)"
std::string PairsText(const ProgramDiff& diff, bool inserted) {
  size_t pairs = 0;
  for (const QuantizePair& pair : diff.list().pairs) {
    if (pair.second != kNoChange && diff.changes()[pair.first].inserted() == inserted) ++pairs;
  }
  return pairs == 0 ? "" : " (" + Counted(pairs, "quantize/dequantize pair") + ")";
}

class TextWriter {
 public:
  TextWriter(const ProgramDiff& diff, const DiffTextOptions& options, const TextSink& sink)
      : diff_(diff), options_(options), buffer_(sink), out_(buffer_.text()) {}

  bool Write() {
    size_t left = 0;
    for (size_t i = 0; i < diff_.changes().size(); ++i) {
      if (!HasLine(diff_.changes()[i], options_.expand)) continue;
      if (shown_ == options_.limit) {
        ++left;
        continue;
      }
      ++shown_;
      WriteChange(i);
      if (!buffer_.Flow()) return false;
    }
    if (left != 0) *out_ += "and " + std::to_string(left) + " more; --all shows them\n";
    return buffer_.Flush();
  }

 private:
  // "in block while:x, of 0:12 -> 0:15 while"
  void Heading(const Change& change) {
    if (change.what != Change::What::kOp && change.what != Change::What::kVar) return;
    const bool is_op = change.what == Change::What::kOp;
    const auto block_of = [is_op](const ComparedProgram& compared, uint32_t number) {
      return is_op ? compared.program().BlockOfOp(number) : compared.program().BlockOfVar(number);
    };
    const bool is_a = change.a != kNoPartner;
    const ComparedProgram& compared = is_a ? diff_.a() : diff_.b();
    const size_t block = block_of(compared, is_a ? change.a : change.b);
    const size_t partner = (is_a ? diff_.matching().blocks.b_of_a : diff_.matching().blocks.a_of_b)[block];
    const size_t key = is_a ? block : partner == kNoPartner ? block + diff_.a().program().blocks().size() : partner;
    if (key == block_) return;
    block_ = key;
    if (change.depth == 0 && block == 0) return;
    const std::string label = Window(compared.labels().label(block), 0, options_.describe.longest);
    *out_ += std::string(size_t{2} * std::min(change.depth, kDeepest), ' ') + "in block " + label + ":\n";
  }

  static std::string Places(const ChangeText& text) {
    if (text.place_a.empty()) return text.place_b;
    if (text.place_b.empty() || text.place_a == text.place_b) return text.place_a;
    return text.place_a + " -> " + text.place_b;
  }

  void WriteChange(size_t number) {
    const Change& change = diff_.changes()[number];
    Heading(change);
    const ChangeText text = Describe(diff_, number, options_.describe);
    const std::string indent(size_t{2} * std::min(change.depth, kDeepest), ' ');
    *out_ += indent + text.mark + ' ';
    if (change.what == Change::What::kOp || change.what == Change::What::kBlock) *out_ += Places(text) + ' ';
    *out_ += text.title;
    const bool is_short = text.details.size() == 1;
    if (is_short) *out_ += ", " + text.details[0];
    *out_ += '\n';
    if (is_short) return;
    for (const std::string& detail : text.details) *out_ += indent + "    " + detail + '\n';
  }

  static constexpr uint32_t kDeepest = 20;  // of indents

  const ProgramDiff& diff_;
  const DiffTextOptions& options_;
  TextBuffer buffer_;
  std::string* out_;
  size_t shown_ = 0;
  size_t block_ = 0;
};

// Both cut to the same place, so that the first byte in which they differ is shown.
void CutAlike(size_t longest, std::string* a, std::string* b) {
  constexpr size_t kBefore = 40;
  const size_t first = static_cast<size_t>(
      std::mismatch(a->begin(), a->begin() + static_cast<ptrdiff_t>(std::min(a->size(), b->size())), b->begin()).first -
      a->begin());
  const size_t begin = first > kBefore ? first - kBefore : 0;
  *a = Window(*a, begin, longest);
  *b = Window(*b, begin, longest);
}

}  // namespace

std::string DescribeDifference(const Difference& difference, size_t longest) {
  std::string text;
  switch (difference.part) {
    case Part::kInput:
      text = "in ";
      break;
    case Part::kOutput:
      text = "out ";
      break;
    case Part::kAttribute:
      text = "attr ";
      break;
    default:
      break;
  }
  // Names of fields are ours, and may have a name of the file behind them, which is escaped already.
  const bool is_field = difference.part == Part::kField || difference.part == Part::kUnknown;
  text += is_field ? Window(difference.name, 0, longest) : Window(ShownName(difference.name), 0, longest);
  if (difference.position >= 0) text += "[" + std::to_string(difference.position) + "]";
  if (is_field && difference.from.value_or("true") == "true" && difference.to.value_or("true") == "true") {
    return text + (difference.to ? ": false -> true" : ": true -> false");
  }
  const auto value = [](const std::string& of) { return of.empty() ? "" : ": " + of; };
  if (!difference.from) return text + " added" + value(Window(difference.to.value_or(""), 0, longest));
  if (!difference.to) return text + " removed" + value(Window(*difference.from, 0, longest));
  std::string from = *difference.from;
  std::string to = *difference.to;
  if (difference.part == Part::kAttribute) DropCommonType(&from, &to);
  CutAlike(longest, &from, &to);
  return text + ": " + from + " -> " + to;
}

ChangeText Describe(const ProgramDiff& diff, size_t change, const DescribeOptions& options) {
  return Describer(diff, options).Make(static_cast<uint32_t>(change));
}

std::string DescribeCounts(const ProgramDiff& diff) {
  const ChangeCounts& counts = diff.counts();
  std::string ops;
  if (counts.ops.inserted != 0)
    Append(Counted(counts.ops.inserted, "op") + " inserted" + PairsText(diff, true), ", ", &ops);
  if (counts.ops.removed != 0)
    Append(Counted(counts.ops.removed, "op") + " removed" + PairsText(diff, false), ", ", &ops);
  if (counts.ops.changed != 0) Append(Counted(counts.ops.changed, "op") + " changed", ", ", &ops);
  if (counts.moved != 0) Append(Counted(counts.moved, "op") + " moved", ", ", &ops);
  if (counts.moved_with_effect != 0) ops += " (" + std::to_string(counts.moved_with_effect) + " with effect)";
  std::string vars;
  AppendCounts(counts.vars, "variable", &vars);
  if (counts.renamed != 0) Append(Counted(counts.renamed, "variable") + " renamed", ", ", &vars);
  std::string blocks;
  AppendCounts(counts.blocks, "block", &blocks);
  std::string all;
  for (const std::string& part : {ops, vars, blocks}) {
    if (!part.empty()) Append(part, "; ", &all);
  }
  if (counts.program_properties != 0)
    Append(Counted(counts.program_properties, "fact") + " of the program changed", "; ", &all);
  return all;
}

bool HasLine(const Change& change, bool expand) { return expand || change.leader == kNoChange; }

bool WriteDiffText(const ProgramDiff& diff, const DiffTextOptions& options, const TextSink& sink) {
  return TextWriter(diff, options, sink).Write();
}

}  // namespace pdquant
