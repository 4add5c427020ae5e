// The frame that all JSON of pdquant has: a schema, its version, the version of pdquant, the fields of one kind of
// document, and lists with an entry a line, which are written piece by piece, since there may be millions of entries.
#ifndef PDQUANT_REPORT_JSON_DOCUMENT_H_
#define PDQUANT_REPORT_JSON_DOCUMENT_H_

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "text/text_sink.h"

namespace pdquant {

class JsonDocument {
 public:
  using Json = nlohmann::ordered_json;

  // Begins a document of version 1 of `schema` with the members of the object `fields`. `sink` has to outlive it.
  // `names_pdquant` is false for a document that doesn't depend on the version of pdquant.
  JsonDocument(std::string_view schema, const Json& fields, const TextSink& sink, bool names_pdquant = true);

  // Begins a list: a member of the document, or of the entry that is open.
  void BeginList(std::string_view name);
  // An entry of the list. False where the sink wants no more.
  bool Add(const Json& entry);
  // An entry that has lists of its own behind the members of the object `fields`.
  void BeginEntry(const Json& fields);
  bool EndEntry();
  // `on_own_line` is whether the bracket of a list of the document stands below its entries.
  void EndList(bool on_own_line = true);
  // The end of the document. False where the sink wanted no more.
  bool End();

 private:
  void BeginLine();

  TextBuffer buffer_;
  bool is_first_ = true;      // no entry of the innermost list is written
  bool is_in_entry_ = false;  // of the outer list
};

}  // namespace pdquant

#endif  // PDQUANT_REPORT_JSON_DOCUMENT_H_
