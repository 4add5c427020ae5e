#ifndef PDQUANT_CLI_ABOUT_VERSION_TEXT_H_
#define PDQUANT_CLI_ABOUT_VERSION_TEXT_H_

#include <string>

namespace pdquant {

// What `--version` prints: the version, and the newest Paddle whose schema is known.
std::string VersionText();
// The same for programs, with the schemas of all JSON that pdquant writes, and what `check --target` judges by.
std::string VersionJson();

}  // namespace pdquant

#endif  // PDQUANT_CLI_ABOUT_VERSION_TEXT_H_
