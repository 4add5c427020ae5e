#include "show/view_document.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "analysis/quantized_values.h"
#include "analysis/quantized_walk.h"
#include "analysis/uses.h"
#include "check/check.h"
#include "paddle/names.h"
#include "paddle/op_role.h"
#include "report/escape_formats.h"
#include "report/json_document.h"
#include "show/graph.h"
#include "show/renderers.h"
#include "show/summary.h"
#include "show/value_facts.h"
#include "text/op_text.h"

namespace pdquant {
namespace {

using Json = JsonDocument::Json;

constexpr uint32_t kNone = UINT32_MAX;

// How an op computes.
enum class OpKind : uint8_t { kFloat, kRounded, kInteger, kQuantizes };

OpKind KindOf(const QuantizedWalk& walk, const Index& index) {
  if (walk.quantization() != nullptr) return OpKind::kQuantizes;
  if (!walk.ComputesQuantized()) return OpKind::kFloat;
  const auto inputs = index.inputs(walk.op());
  const bool integers = std::any_of(inputs.begin(), inputs.end(), [&](const Argument& argument) {
    return walk.ValueOf(argument.name).kind == ValueKind::kInteger;
  });
  return integers ? OpKind::kInteger : OpKind::kRounded;
}

// Texts and attributes, each once, with a number.
class Numbers {
 public:
  uint32_t Text(std::string_view raw) {
    const auto [entry, added] = text_numbers_.try_emplace(std::string(raw), static_cast<uint32_t>(texts_.size()));
    if (added) texts_.push_back(&entry->first);
    return entry->second;
  }

  uint32_t Attribute(const AttrView& attr, const BlockLabels& labels) {
    // A number of a block means another one in another program.
    const auto [entry, added] =
        attribute_numbers_[&labels].try_emplace(attr.message(), static_cast<uint32_t>(attributes_.size()));
    if (added) attributes_.push_back({attr, &labels});
    return entry->second;
  }

  // A list of attributes.
  uint32_t Set(std::string&& numbers) {
    const auto [entry, added] = set_numbers_.try_emplace(std::move(numbers), static_cast<uint32_t>(sets_.size()));
    if (added) sets_.push_back(&entry->first);
    return entry->second;
  }

  bool Write(JsonDocument* document) {
    document->BeginList("sets");
    for (const std::string* set : sets_) {
      if (!document->Add(*set)) return false;
    }
    document->EndList();
    document->BeginList("attributes");
    for (const auto& [attr, labels] : attributes_) {
      Json value = AttrJson(attr, *labels);
      const uint32_t name = Text(attr.name());
      value.erase("name");
      if (!document->Add(Json::array({name, std::move(value)}))) return false;
    }
    document->EndList();
    document->BeginList("texts");
    for (const std::string* text : texts_) {
      if (!document->Add(NameText(*text))) return false;
    }
    document->EndList();
    return true;
  }

 private:
  std::unordered_map<std::string, uint32_t> text_numbers_;
  std::vector<const std::string*> texts_;
  std::unordered_map<const BlockLabels*, std::unordered_map<std::string_view, uint32_t>> attribute_numbers_;
  std::vector<std::pair<AttrView, const BlockLabels*>> attributes_;
  std::unordered_map<std::string, uint32_t> set_numbers_;
  std::vector<const std::string*> sets_;
};

// An op that quantizes, dequantizes or does both: what it stands between.
struct Fold {
  OpId op;
  VarId operand;
  VarId result;
  QuantizationRole role;
  int32_t bits;  // 0 where it doesn't say
};

// What the page needs of one of the programs, and how its numbers become those of the document.
struct Side {
  explicit Side(const Index& the_index)
      : index(the_index),
        labels(the_index),
        kinds(the_index.program().op_count()),
        owner_of_block(OwnersOfBlocks(the_index)),
        op_number(kinds.size(), kNone),
        block_number(owner_of_block.size(), kNone),
        var_number(the_index.program().var_count(), kNone),
        name_text(the_index.names().size(), kNone) {}

  const Index& index;
  BlockLabels labels;
  std::vector<OpKind> kinds;           // by op
  std::vector<OpId> owner_of_block;    // by block: the op that runs it
  std::vector<uint32_t> op_number;     // by op: its position in the document; kNone where it isn't in it
  std::vector<uint32_t> block_number;  // likewise
  std::vector<uint32_t> var_number;    // likewise
  std::vector<uint32_t> name_text;     // by name: its text
  std::vector<Fold> folds;
};

class ViewWriter {
 public:
  ViewWriter(const Index& index, const ViewOptions& options, const TextSink& sink)
      : options_(options), new_(index), document_("pdquant-view", Fields(index, options), sink) {
    if (options.old != nullptr) sides_.push_back(&old_.emplace(*options.old->index));
  }

  Status Write() {
    for (Side* side : sides_) Walk(side);
    for (Side* side : sides_) NumberTypesAndSlots(side);
    NumberBlocksAndVars();
    OrderOps();
    if (!WriteVars() || !WriteBlocks() || !WriteOps() || !WriteFolds()) return {};
    if (Status status = WriteQuantization(); !status.ok()) return status;
    if (numbers_.Write(&document_)) document_.End();
    return {};
  }

 private:
  struct ShownOp {
    Side* side;
    OpId op;
  };

  static Json Fields(const Index& index, const ViewOptions& options) {
    return {{"title", NameText(options.title)}, {"summary", SummaryJson(index, Summarize(index))}};
  }

  uint32_t TextOf(Side* side, NameId name) {
    uint32_t& number = side->name_text[name];
    if (number == kNone) number = numbers_.Text(side->index.name(name));
    return number;
  }

  void Walk(Side* side) {
    const Index& index = side->index;
    for (QuantizedWalk walk(index, true); walk.Next();) {
      side->kinds[walk.op()] = KindOf(walk, index);
      if (walk.quantization() == nullptr) continue;
      const QuantizationOp& kind = *walk.quantization();
      const VarId operand = index.InputVar(walk.op(), kind.operand);
      const VarId result = index.OutputVar(walk.op(), kind.output);
      if (operand == kNoVar || result == kNoVar) continue;
      const auto bits = index.program().op(walk.op()).attr(kind.bits);
      side->folds.push_back({walk.op(), operand, result, kind.role, bits ? bits->AsInt().value_or(0) : 0});
    }
  }

  void NumberBlocksAndVars() {
    const auto count_up = [](uint32_t* next, std::vector<uint32_t>* numbers) {
      for (uint32_t& number : *numbers) {
        if (number == kNone) number = (*next)++;
      }
    };
    count_up(&block_count_, &new_.block_number);
    count_up(&var_count_, &new_.var_number);
    if (!old_) return;
    old_->block_number = options_.old->block_of;
    old_->var_number = options_.old->var_of;
    count_up(&block_count_, &old_->block_number);
    count_up(&var_count_, &old_->var_number);
  }

  // Types and slots, which come most often, get the shortest numbers.
  void NumberTypesAndSlots(Side* side) {
    for (OpId op = 0; op < side->kinds.size(); ++op) {
      TextOf(side, side->index.op(op).type);
      for (const Argument& argument : side->index.inputs(op)) TextOf(side, argument.slot);
      for (const Argument& argument : side->index.outputs(op)) TextOf(side, argument.slot);
    }
  }

  // The ops of a block stand together, those of the older form where they stood.
  void OrderOps() {
    std::vector<std::vector<ShownOp>> by_block(block_count_);
    std::unordered_map<uint64_t, std::vector<OpId>> old_behind;
    const auto key = [](uint32_t block, OpId op) { return static_cast<uint64_t>(block) << 32U | op; };
    if (old_) {
      for (const OldOps::Place& place : options_.old->ops)
        old_behind[key(BlockNumber(*old_, place.op), place.behind)].push_back(place.op);
    }
    const auto add_old = [&](uint32_t block, OpId behind) {
      const auto found = old_behind.find(key(block, behind));
      if (found == old_behind.end()) return;
      for (const OpId op : found->second) by_block[block].push_back({&*old_, op});
    };
    for (uint32_t block = 0; block < block_count_; ++block) add_old(block, kNone);
    for (OpId op = 0; op < new_.index.program().op_count(); ++op) {
      const uint32_t block = BlockNumber(new_, op);
      by_block[block].push_back({&new_, op});
      add_old(block, op);
    }
    for (const auto& ops : by_block) {
      for (const ShownOp& op : ops) {
        op.side->op_number[op.op] = static_cast<uint32_t>(order_.size());
        order_.push_back(op);
      }
    }
  }

  static uint32_t BlockNumber(const Side& side, OpId op) {
    return side.block_number[side.index.program().BlockOfOp(op)];
  }

  bool WriteVars() {
    document_.BeginList("variables");
    uint32_t next = 0;
    for (Side* side : sides_) {
      for (VarId var = 0; var < side->var_number.size(); ++var) {
        if (side->var_number[var] != next) continue;
        ++next;
        std::string type;
        AppendVarType(side->index.program().var(var), &type);
        if (!document_.Add({TextOf(side, side->index.var_name(var)),
                            side->block_number[side->index.program().BlockOfVar(var)], numbers_.Text(type),
                            side->index.persistable(var) ? 1 : 0}))
          return false;
      }
    }
    document_.EndList();
    return true;
  }

  bool WriteBlocks() {
    document_.BeginList("blocks");
    uint32_t next = 0;
    for (Side* side : sides_) {
      for (size_t block = 0; block < side->block_number.size(); ++block) {
        if (side->block_number[block] != next) continue;
        ++next;
        const OpId owner = side->owner_of_block[block];
        const uint32_t number = owner == kNone ? kNone : side->op_number[owner];
        if (!document_.Add(
                {numbers_.Text(side->labels.label(block)), number == kNone ? -1 : static_cast<int64_t>(number)}))
          return false;
      }
    }
    document_.EndList();
    if (!old_) return true;
    document_.BeginList("old_blocks");
    for (const uint32_t number : old_->block_number) {
      if (!document_.Add(number)) return false;
    }
    document_.EndList();
    return true;
  }

  void AddArguments(Side* side, size_t block, std::span<const Argument> arguments, Json* row) {
    size_t count_at = 0;
    for (size_t i = 0; i < arguments.size(); ++i) {
      const Argument& argument = arguments[i];
      if (i == 0 || argument.slot != arguments[i - 1].slot) {
        row->push_back(TextOf(side, argument.slot));
        count_at = row->size();
        row->push_back(0);
      }
      const VarId var = side->index.Lookup(block, argument.name);
      if (var == kNoVar) {
        row->push_back(-1 - static_cast<int64_t>(TextOf(side, argument.name)));
      } else {
        row->push_back(side->var_number[var]);
      }
      (*row)[count_at] = (*row)[count_at].get<int>() + 1;
    }
  }

  Json OpJson(const ShownOp& shown) {
    Side* side = shown.side;
    const Index& index = side->index;
    const size_t block = index.program().BlockOfOp(shown.op);
    std::string set;
    index.program().op(shown.op).ForEachAttr([&](const AttrView& attr) {
      set += (set.empty() ? "" : " ") + std::to_string(numbers_.Attribute(attr, side->labels));
    });
    const auto flags = static_cast<uint32_t>(PartForReader(index, shown.op)) |
                       static_cast<uint32_t>(side->kinds[shown.op]) << 2U | (side == &new_ ? 0U : 1U << 4U);
    Json row = {TextOf(side, index.op(shown.op).type),
                side->block_number[block],
                shown.op - index.program().block(block).first_op,
                flags,
                numbers_.Set(std::move(set)),
                0};
    const size_t head = row.size();
    AddArguments(side, block, index.inputs(shown.op), &row);
    row[head - 1] = row.size() - head;
    AddArguments(side, block, index.outputs(shown.op), &row);
    return row;
  }

  bool WriteOps() {
    document_.BeginList("ops");
    for (const ShownOp& shown : order_) {
      if (!document_.Add(OpJson(shown))) return false;
    }
    document_.EndList();
    document_.BeginList("scopes");
    for (size_t i = 0; i < order_.size(); ++i) {
      const auto scope = order_[i].side->index.program().op(order_[i].op).attr(attributes::kOpNamescope);
      if (!scope || scope->AsString().value_or("/").size() < 2) continue;
      if (!document_.Add({i, numbers_.Text(*scope->AsString())})) return false;
    }
    document_.EndList();
    return true;
  }

  bool WriteFolds() {
    document_.BeginList("folds");
    for (Side* side : sides_) {
      for (const Fold& fold : side->folds) {
        if (side->op_number[fold.op] == kNone) continue;
        if (!document_.Add({side->op_number[fold.op], side->var_number[fold.operand], side->var_number[fold.result],
                            static_cast<int>(fold.role), fold.bits}))
          return false;
      }
    }
    document_.EndList();
    return true;
  }

  // The recogniser works on sound programs only.
  Status WriteQuantization() {
    Findings findings;
    CheckProgram(new_.index, &findings);
    std::optional<Uses> uses;
    std::optional<QuantizedValues> quantized;
    if (!findings.has_errors()) quantized.emplace(new_.index, uses.emplace(new_.index));
    document_.BeginList("values");
    if (quantized) {
      ValueFacts facts(new_.index, options_.parameters);
      for (const QuantizedValue& value : quantized->values()) {
        Result<Json> json = facts.Describe(value);
        if (!json.ok()) return json.status();
        if (!document_.Add(NumberedValue(value, std::move(*json)))) return {};
      }
      for (const IntegerProduct& product : quantized->products()) {
        for (const IntegerProduct::Operand& operand : product.operands) {
          if (operand.quantize != kNoOp || !IsParameter(operand.var)) continue;
          Result<Json> json = facts.DescribeIntegers(product, operand);
          if (!json.ok()) return json.status();
          (*json)["source"] = new_.var_number[operand.var];
          (*json)["rounded"] = new_.var_number[operand.var];
          if (!document_.Add(*json)) return {};
        }
      }
    }
    document_.EndList();
    document_.BeginList("products");
    if (quantized) {
      for (const IntegerProduct& product : quantized->products()) {
        Json json = Json::array({new_.op_number[product.op]});
        for (const IntegerProduct::Scaling& scaling : product.scalings) json.push_back(new_.op_number[scaling.op]);
        if (!document_.Add(json)) return {};
      }
    }
    document_.EndList();
    return {};
  }

  bool IsParameter(VarId var) const { return var != kNoVar && new_.index.persistable(var); }

  Json NumberedValue(const QuantizedValue& value, Json json) const {
    json["source"] = new_.var_number[value.source];
    json["rounded"] = new_.var_number[value.rounded];
    if (value.scale != kNoVar) json["scale_variable"] = new_.var_number[value.scale];
    json["ops"] = Json::array();
    for (const OpId op : {value.quantize, value.dequantize}) {
      if (op != kNoOp && (json["ops"].empty() || value.quantize != value.dequantize))
        json["ops"].push_back(new_.op_number[op]);
    }
    return json;
  }

  const ViewOptions& options_;
  Side new_;
  std::optional<Side> old_;
  std::vector<Side*> sides_ = {&new_};  // and the older form, where there is one
  JsonDocument document_;
  Numbers numbers_;
  uint32_t block_count_ = 0;
  uint32_t var_count_ = 0;
  std::vector<ShownOp> order_;
};

}  // namespace

std::string TitleOfInput(const std::string& path) { return path == "-" ? "standard input" : path; }

Status WriteViewDocument(const Index& index, const ViewOptions& options, const TextSink& sink) {
  return ViewWriter(index, options, sink).Write();
}

}  // namespace pdquant
