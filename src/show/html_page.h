// One HTML file that needs nothing else: the page of src/show/html with documents of JSON in it.
#ifndef PDQUANT_SHOW_HTML_PAGE_H_
#define PDQUANT_SHOW_HTML_PAGE_H_

#include <string_view>

#include "text/text_sink.h"

namespace pdquant {

class HtmlPage {
 public:
  // Begins the file. `sink` has to outlive the page.
  explicit HtmlPage(const TextSink& sink);
  HtmlPage(const HtmlPage&) = delete;
  HtmlPage& operator=(const HtmlPage&) = delete;

  // Begins a document, which the page finds by its id: "program", "diff", "overlay" or "models". What the sink gets has
  // to be JSON in UTF-8.
  const TextSink& Begin(std::string_view id);
  void End();
  // Ends the file. False where the sink wanted no more.
  bool Finish();

 private:
  void Write(std::string_view text);

  const TextSink& sink_;
  TextSink escaping_;
  bool open_ = true;
};

// The page of src/show/html as the build puts it together (cmake/html_page.cmake): what stands before the documents,
// and what stands behind them.
std::string_view HtmlHead();
std::string_view HtmlTail();

}  // namespace pdquant

#endif  // PDQUANT_SHOW_HTML_PAGE_H_
