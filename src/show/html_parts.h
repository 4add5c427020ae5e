// The page of src/show/html as the build puts it together (cmake/html_page.cmake): what stands before the documents,
// and what stands behind them.
#ifndef PDQUANT_SHOW_HTML_PARTS_H_
#define PDQUANT_SHOW_HTML_PARTS_H_

#include <string_view>

namespace pdquant {

std::string_view HtmlHead();
std::string_view HtmlTail();

}  // namespace pdquant

#endif  // PDQUANT_SHOW_HTML_PARTS_H_
