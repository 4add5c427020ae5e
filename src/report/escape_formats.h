// Text for the formats that programs read. What comes from a file can't end a string, begin a command, or make the
// whole unreadable.
#ifndef PDQUANT_REPORT_ESCAPE_FORMATS_H_
#define PDQUANT_REPORT_ESCAPE_FORMATS_H_

#include <string>
#include <string_view>

namespace pdquant {

// A name as JSON can hold it, without loss: a backslash is doubled; in a name that isn't UTF-8, each byte above 0x7F is
// \xNN. The JSON writer does the rest.
std::string NameText(std::string_view name);

// GitHub's workflow commands ("::error file=…,title=…::…"): the text at the end, and the value of a property.
std::string GithubText(std::string_view text);
std::string GithubProperty(std::string_view value);

// Text for XML 1.0, for a writer that escapes <, >, & and quotes: control characters, which XML can't hold in any way,
// and bytes that aren't UTF-8 are escaped as in messages.
std::string XmlText(std::string_view text);

// A path as a URI reference (RFC 3986): relative as it is, absolute as "file:///…".
std::string UriOfPath(std::string_view path);

}  // namespace pdquant

#endif  // PDQUANT_REPORT_ESCAPE_FORMATS_H_
