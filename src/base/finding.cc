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
  const auto level = static_cast<size_t>(finding.level);
  if (count_[level]++ < capacity_) {
    findings_.push_back(std::move(finding));
  } else {
    ++left_out_[level][finding.code];
  }
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
  constexpr auto kWarning = static_cast<size_t>(Level::kWarning);
  constexpr auto kError = static_cast<size_t>(Level::kError);
  count_[kError] += std::exchange(count_[kWarning], 0);
  for (const auto& [code, count] : std::exchange(left_out_[kWarning], {})) left_out_[kError][code] += count;
}

}  // namespace pdquant
