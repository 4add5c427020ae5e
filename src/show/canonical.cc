#include "show/canonical.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "show/attribute_text.h"
#include "show/block_labels.h"
#include "show/field_text.h"

namespace pdquant {
namespace {

constexpr std::string_view kCallStack = "op_callstack";

// A part of a message with the name that it is sorted by.
template <typename View>
struct Named {
  std::string_view name;
  View view;
};

template <typename View>
void SortByName(std::vector<Named<View>>* parts) {
  std::stable_sort(parts->begin(), parts->end(), [](const auto& a, const auto& b) { return a.name < b.name; });
}

class CanonicalWriter {
 public:
  CanonicalWriter(const Index& index, const TextSink& sink)
      : index_(index), labels_(index), buffer_(sink), out_(buffer_.text()) {}

  bool Write() {
    WriteProgram();
    for (size_t b = 0; b < program().blocks().size(); ++b) {
      if (!WriteBlock(b)) return false;
    }
    return buffer_.Flush();
  }

 private:
  const Program& program() const { return index_.program(); }

  void Begin(std::string_view indent, std::string_view word) {
    *out_ += indent;
    *out_ += word;
  }
  void End() { *out_ += '\n'; }

  void UnknownFields(MessageKind kind, std::string_view message, std::string_view indent) {
    ForEachUnknown(kind, message, [&](const Field& field) {
      *out_ += indent;
      AppendUnknown(field, out_);
      End();
    });
  }

  // "conv2d: 2"; all fields where there is more to say.
  static std::string OpVersion(std::string_view pair) {
    std::string all;
    AppendMessage(MessageKind::kOpVersionPair, pair, &all);
    std::string name;
    std::string version;
    std::string quoted;
    FieldReader reader(pair);
    Field field;
    while (reader.Next(&field)) {
      if (field.Is(1, WireType::kBytes)) {
        name.clear();
        quoted.clear();
        AppendName(field.bytes, &name);
        AppendQuoted(field.bytes, &quoted);
      } else if (field.Is(2, WireType::kBytes)) {
        version.clear();
        AppendField(MessageKind::kOpVersion, field.bytes, 1, &version);
      }
    }
    const bool is_all = all == "{op_name: " + quoted + ", op_version: {version: " + version + "}}";
    return is_all ? name + ": " + version : all;
  }

  static std::string Compatibility(std::string_view pair) {
    std::string all;
    AppendMessage(MessageKind::kOpCompatiblePair, pair, &all);
    return all;
  }

  // A line for each entry of op_version_map or op_compatible_map.
  void VersionPairs(std::string_view word, std::string_view map, std::string (*text_of)(std::string_view)) {
    std::vector<std::string> lines;
    FieldReader reader(map);
    Field field;
    while (reader.Next(&field)) {
      if (field.Is(1, WireType::kBytes)) lines.push_back(text_of(field.bytes));
    }
    std::sort(lines.begin(), lines.end());
    for (const std::string& line : lines) {
      Begin("  ", word);
      *out_ += " " + line + "\n";
    }
  }

  void WriteProgram() {
    *out_ += "program\n";
    if (program().has_version()) *out_ += "  version: " + std::to_string(program().version()) + "\n";
    FieldReader reader(program().bytes());
    Field field;
    while (reader.Next(&field)) {
      if (!IsKnown(MessageKind::kProgram, field)) {
        *out_ += "  ";
        AppendUnknown(field, out_);
        End();
      } else if (field.number == 3) {
        VersionPairs("op_compatible", field.bytes, Compatibility);
        std::string required;
        if (AppendField(MessageKind::kOpCompatibleMap, field.bytes, 2, &required)) {
          *out_ += "  op_compatible default_required_version: " + required + "\n";
        }
        UnknownFields(MessageKind::kOpCompatibleMap, field.bytes, "  op_compatible ");
      } else if (field.number == 4) {
        UnknownFields(MessageKind::kVersion, field.bytes, "  version ");
      } else if (field.number == 5) {
        VersionPairs("op_version", field.bytes, OpVersion);
        UnknownFields(MessageKind::kOpVersionMap, field.bytes, "  op_version ");
      }
    }
  }

  bool WriteBlock(size_t b) {
    const Block& block = program().block(b);
    *out_ += "block " + labels_.label(b) + "\n";
    if (block.idx < 0 || static_cast<size_t>(block.idx) != b)
      *out_ += "  idx: " + std::to_string(block.idx) + " instead of " + std::to_string(b) + "\n";
    if (b != 0 || block.parent != -1) *out_ += "  parent: " + labels_.Reference(block.parent) + "\n";
    if (block.forward != -1) *out_ += "  forward: " + labels_.Reference(block.forward) + "\n";
    UnknownFields(MessageKind::kBlock,
                  program().bytes().substr(block.extent.begin, block.extent.end - block.extent.begin), "  ");
    std::vector<Named<VarView>> vars;
    for (VarId var = block.first_var; var < block.first_var + block.var_count; ++var) {
      vars.push_back({index_.name(index_.var_name(var)), program().var(var)});
    }
    SortByName(&vars);
    for (const auto& var : vars) {
      WriteVar(var.name, var.view);
      if (!buffer_.Flow()) return false;
    }
    for (OpId op = block.first_op; op < block.first_op + block.op_count; ++op) {
      WriteOp(program().op(op));
      if (!buffer_.Flow()) return false;
    }
    return true;
  }

  void WriteVar(std::string_view name, const VarView& var) {
    constexpr MessageKind kKind = MessageKind::kVar;
    Begin("  ", "var ");
    AppendName(name, out_);
    End();
    Begin("    ", "type: ");
    AppendVarType(var, out_);
    End();
    for (uint32_t number = 3; number <= 6; ++number) {
      std::string value;
      if (AppendField(kKind, var.message(), number, &value) && value == "true") {
        Begin("    ", RuleOf(kKind).fields[number].name);
        *out_ += ": true\n";
      }
    }
    WriteVarAttributes(var);
    UnknownFields(kKind, var.message(), "    ");
  }

  void WriteVarAttributes(const VarView& var) {
    std::vector<Named<std::string_view>> attributes;
    FieldReader reader(var.message());
    Field field;
    while (reader.Next(&field)) {
      if (field.Is(7, WireType::kBytes)) attributes.push_back({AttrView(field.bytes).name(), field.bytes});
    }
    SortByName(&attributes);
    for (const auto& attribute : attributes) {
      Begin("    ", "attr ");
      AppendName(attribute.name, out_);
      *out_ += ": ";
      AppendVarAttribute(attribute.view, out_);
      End();
    }
  }

  void WriteOp(const OpView& op) {
    constexpr MessageKind kKind = MessageKind::kOp;
    Begin("  ", "op ");
    AppendName(op.type(), out_);
    End();
    std::string is_target;
    if (AppendField(kKind, op.message(), 5, &is_target) && is_target == "true") *out_ += "    is_target: true\n";
    // Outputs come first: they tell ops of one type apart, and so help programs that align lines.
    slots_.clear();
    op.ForEachOutput([this](const SlotView& slot) { slots_.push_back({slot.name(), slot}); });
    WriteSlots("out ");
    slots_.clear();
    op.ForEachInput([this](const SlotView& slot) { slots_.push_back({slot.name(), slot}); });
    WriteSlots("in ");
    WriteAttributes(op);
    UnknownFields(kKind, op.message(), "    ");
  }

  void WriteSlots(std::string_view word) {
    SortByName(&slots_);
    for (const auto& slot : slots_) {
      const auto begin = [&] {
        Begin("    ", word);
        AppendName(slot.name, out_);
      };
      bool empty = true;
      slot.view.ForEachArgument([&](std::string_view argument) {
        begin();
        *out_ += ": ";
        AppendName(argument, out_);
        End();
        empty = false;
      });
      if (empty) {
        begin();
        *out_ += ":\n";
      }
      ForEachUnknown(MessageKind::kSlot, slot.view.message(), [&](const Field& field) {
        begin();
        *out_ += " ";
        AppendUnknown(field, out_);
        End();
      });
    }
  }

  void WriteAttributes(const OpView& op) {
    attributes_.clear();
    op.ForEachAttr([this](const AttrView& attr) {
      const std::string_view name = attr.name();
      if (name != kCallStack) attributes_.push_back({name, attr});
    });
    SortByName(&attributes_);
    for (const auto& attribute : attributes_) {
      Begin("    ", "attr ");
      AppendName(attribute.name, out_);
      *out_ += ": ";
      AppendAttribute(attribute.view, labels_, out_);
      End();
    }
  }

  const Index& index_;
  BlockLabels labels_;
  TextBuffer buffer_;
  std::string* out_;
  std::vector<Named<SlotView>> slots_;
  std::vector<Named<AttrView>> attributes_;
};

}  // namespace

bool WriteCanonical(const Index& index, const TextSink& sink) { return CanonicalWriter(index, sink).Write(); }

}  // namespace pdquant
