#include "base/finding.h"

#include <utility>

#include "base/escape.h"

namespace pdquant {

Place PlaceOfVariable(std::string_view name) {
  Place place;
  place.variable = name;
  return place;
}

std::string ToString(const Place& place) {
  std::string out;
  const auto add = [&](const std::string& part) {
    if (part.empty()) return;
    if (!out.empty()) out += ", ";
    out += part;
  };
  if (place.offset >= 0) add("byte " + std::to_string(place.offset));
  add(place.path);
  if (place.block >= 0) add("block " + std::to_string(place.block));
  if (place.op >= 0) add("op " + std::to_string(place.op) + (place.op_type.empty() ? "" : " " + Quote(place.op_type)));
  add(place.part);
  if (!place.variable.empty()) add("variable " + Quote(place.variable));
  return out;
}

void Findings::Add(Finding finding) {
  if (count_[static_cast<size_t>(finding.level)]++ < capacity_) findings_.push_back(std::move(finding));
}

void Findings::Error(std::string_view code, Place place, std::string text, std::string hint) {
  Add({code, Level::kError, std::move(place), std::move(text), std::move(hint)});
}

void Findings::Warning(std::string_view code, Place place, std::string text, std::string hint) {
  Add({code, Level::kWarning, std::move(place), std::move(text), std::move(hint)});
}

void Findings::Note(std::string_view code, Place place, std::string text, std::string hint) {
  Add({code, Level::kNote, std::move(place), std::move(text), std::move(hint)});
}

void Findings::RaiseWarnings() {
  for (Finding& finding : findings_) {
    if (finding.level == Level::kWarning) finding.level = Level::kError;
  }
  count_[static_cast<size_t>(Level::kError)] += std::exchange(count_[static_cast<size_t>(Level::kWarning)], 0);
}

}  // namespace pdquant
