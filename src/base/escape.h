// Names come from untrusted files; they are escaped before a person or a terminal sees them.
#ifndef PDQUANT_BASE_ESCAPE_H_
#define PDQUANT_BASE_ESCAPE_H_

#include <string>
#include <string_view>

namespace pdquant {

// Printable text of one line: control characters, DEL, quotes, backslashes, bytes that are not UTF-8, and characters
// that change the direction of text or are invisible become \n, \t, \\, \', \xNN or \u{NNNN}. A name over 200 bytes is
// cut in the middle, with the number of bytes left out.
std::string Escape(std::string_view name);

// The same however long the name is: two names have one text only if they are equal.
std::string EscapeWhole(std::string_view name);

// Escape, in single quotes: 'conv2d_0.w_0'.
std::string Quote(std::string_view name);

// How a path is written in messages: quoted, and "-" as the stream that it stands for.
std::string NameOfInput(std::string_view path);

// The message of a library, made fit to print: escaped, but for its quotes and backslashes.
std::string Printable(std::string_view message);

// Whether all of it is UTF-8 (RFC 3629).
bool IsUtf8(std::string_view text);

}  // namespace pdquant

#endif  // PDQUANT_BASE_ESCAPE_H_
