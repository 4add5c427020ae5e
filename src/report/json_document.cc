#include "report/json_document.h"

#include <nlohmann/json.hpp>
#include <string>

#include "base/version.h"

namespace pdquant {
namespace {

using Json = JsonDocument::Json;

// An object without its end, so that more members can follow.
std::string OpenObject(const Json& object, int indent) {
  std::string text = object.dump(indent);
  text.pop_back();
  if (indent >= 0) text.pop_back();  // a newline
  return text;
}

}  // namespace

JsonDocument::JsonDocument(std::string_view schema, const Json& fields, const TextSink& sink, bool names_pdquant)
    : buffer_(sink) {
  Json head = {{"schema", schema}, {"version", 1}};
  if (names_pdquant) head["pdquant"] = kPdquantVersion;
  head.update(fields);
  *buffer_.text() = OpenObject(head, 2);
}

void JsonDocument::BeginList(std::string_view name) {
  *buffer_.text() += is_in_entry_ ? ", \"" : ",\n  \"";
  buffer_.text()->append(name).append("\": [");
  is_first_ = true;
}

void JsonDocument::BeginLine() {
  if (!is_first_) *buffer_.text() += ',';
  *buffer_.text() += is_in_entry_ ? "\n      " : "\n    ";
  is_first_ = false;
}

bool JsonDocument::Add(const Json& entry) {
  BeginLine();
  *buffer_.text() += entry.dump();
  return buffer_.Flow();
}

void JsonDocument::BeginEntry(const Json& fields) {
  BeginLine();
  *buffer_.text() += OpenObject(fields, -1);
  is_in_entry_ = true;
}

bool JsonDocument::EndEntry() {
  *buffer_.text() += '}';
  is_in_entry_ = false;
  is_first_ = false;
  return buffer_.Flow();
}

void JsonDocument::EndList(bool on_own_line) {
  *buffer_.text() += is_in_entry_ || is_first_ || !on_own_line ? "]" : "\n  ]";
}

bool JsonDocument::End() {
  *buffer_.text() += "\n}\n";
  return buffer_.Flush();
}

}  // namespace pdquant
