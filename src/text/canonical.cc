#include "text/canonical.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "paddle/names.h"
#include "pdquant/framework.pb.h"
#include "text/field_text.h"
#include "text/op_text.h"
#include "text/properties.h"

namespace pdquant {
namespace {

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

  void WriteProgram() {
    *out_ += "program\n";
    for (const Property& property : ProgramProperties(program())) {
      *out_ += "  " + property.name;
      if (!property.text.empty()) *out_ += ": " + property.text;
      End();
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
    Begin("  ", "var ");
    AppendName(name, out_);
    End();
    for (const Property& property : VarProperties(var)) {
      *out_ += "    ";
      if (property.kind == Property::Kind::kAttribute) {
        *out_ += "attr ";
        AppendName(property.name, out_);
        *out_ += ": ";
      } else if (property.kind == Property::Kind::kField) {
        *out_ += property.name + ": ";
      }
      *out_ += property.text;
      End();
    }
  }

  void WriteOp(const OpView& op) {
    constexpr MessageKind kKind = MessageKind::kOp;
    Begin("  ", "op ");
    AppendName(op.type(), out_);
    End();
    std::string is_target;
    if (AppendField(kKind, op.message(), proto::OpDesc::kIsTargetFieldNumber, &is_target) && is_target == "true")
      *out_ += "    is_target: true\n";
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
    for (const auto& [name, attr] : SortedAttributes(op)) {
      if (name == attributes::kOpCallStack) continue;
      Begin("    ", "attr ");
      AppendName(name, out_);
      *out_ += ": ";
      AppendAttribute(attr, labels_, out_);
      End();
    }
  }

  const Index& index_;
  BlockLabels labels_;
  TextBuffer buffer_;
  std::string* out_;
  std::vector<Named<SlotView>> slots_;
};

}  // namespace

bool WriteCanonical(const Index& index, const TextSink& sink) { return CanonicalWriter(index, sink).Write(); }

}  // namespace pdquant
