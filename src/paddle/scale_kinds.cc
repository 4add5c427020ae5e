#include "paddle/scale_kinds.h"

#include <algorithm>
#include <array>

namespace pdquant {
namespace {

constexpr std::array<QuantizationForm, 3> kForms = {QuantizationForm::kLegacy, QuantizationForm::kFused,
                                                    QuantizationForm::kLinear};

// The first row of all forms for which `f` is true; null without one.
template <typename F>
const ScaleKind* FindKind(F&& f) {
  for (const QuantizationForm form : kForms) {
    const std::span<const ScaleKind> rows = ScaleKinds(form);
    const auto found = std::find_if(rows.begin(), rows.end(), f);
    if (found != rows.end()) return &*found;
  }
  return nullptr;
}

std::string_view SlotOf(const ScaleKind& kind, std::span<const ScaleSlot> slots, int position) {
  const auto found = std::find_if(slots.begin(), slots.end(), [&](const ScaleSlot& s) {
    return s.variable == position || (s.variable == kTheScale && position == kind.scale);
  });
  return found == slots.end() ? std::string_view() : found->slot;
}

bool IsTrainingSlot(const ScaleKind& kind, std::span<const ScaleSlot> slots, std::string_view slot) {
  return std::any_of(slots.begin(), slots.end(), [&](const ScaleSlot& s) {
    return s.slot == slot &&
           (s.training_only || (s.variable >= 0 && kind.variables[static_cast<size_t>(s.variable)].training_only));
  });
}

}  // namespace

const ScaleKind& ScaleOfStep(QuantizationForm form, bool per_channel) {
  return *FindKind(
      [=](const ScaleKind& kind) { return kind.form == form && kind.of_step && kind.per_channel() == per_channel; });
}

const ScaleKind& DynamicScale(QuantizationForm form) { return ScaleOfStep(form, false); }

const ScaleKind* FindScaleKind(std::string_view word, QuantizationForm form) {
  return FindKind([=](const ScaleKind& kind) { return kind.form == form && kind.word == word; });
}

const ScaleKind* FindScaleKindOfOp(std::string_view quantize_type) {
  return FindKind([=](const ScaleKind& kind) { return kind.quantize_op().type == quantize_type; });
}

std::string_view InputSlotOf(const ScaleKind& kind, int position) {
  return SlotOf(kind, kind.quantize_op().inputs, position);
}

std::string_view OutputSlotOf(const ScaleKind& kind, int position) {
  return SlotOf(kind, kind.quantize_op().outputs, position);
}

bool IsTrainingInput(std::string_view type, std::string_view slot) {
  return FindKind([=](const ScaleKind& kind) {
           return kind.quantize_op().type == type && IsTrainingSlot(kind, kind.quantize_op().inputs, slot);
         }) != nullptr;
}

bool IsTrainingOutput(std::string_view type, std::string_view slot) {
  return FindKind([=](const ScaleKind& kind) {
           return kind.quantize_op().type == type && IsTrainingSlot(kind, kind.quantize_op().outputs, slot);
         }) != nullptr;
}

}  // namespace pdquant
