#include "show/html_page.h"

#include <algorithm>
#include <string>

namespace pdquant {

// A document stands in an element "script", which the first "</script" would end. In JSON "<" comes in strings only,
// and there \u003c is the same.
HtmlPage::HtmlPage(const TextSink& sink)
    : sink_(sink), escaping_([this](std::string_view text) {
        while (!text.empty() && open_) {
          const size_t end = std::min(text.find('<'), text.size());
          Write(text.substr(0, end));
          if (end == text.size()) break;
          Write("\\u003c");
          text.remove_prefix(end + 1);
        }
        return open_;
      }) {
  Write(HtmlHead());
}

void HtmlPage::Write(std::string_view text) {
  if (!text.empty()) open_ = open_ && sink_(text);
}

const TextSink& HtmlPage::Begin(std::string_view id) {
  Write("<script type=\"application/json\" id=\"" + std::string(id) + "\">");
  return escaping_;
}

void HtmlPage::End() { Write("</script>\n"); }

bool HtmlPage::Finish() {
  Write(HtmlTail());
  return open_;
}

}  // namespace pdquant
