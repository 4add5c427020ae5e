#ifndef PDQUANT_CLI_SHELL_VERSION_H_
#define PDQUANT_CLI_SHELL_VERSION_H_

#include <string>
#include <string_view>

namespace pdquant {

// "0.1.0": the project's version.
std::string_view Version();

// What --version prints: the version, and the newest Paddle whose schema is known.
std::string VersionText();

}  // namespace pdquant

#endif  // PDQUANT_CLI_SHELL_VERSION_H_
