// Files in TOML: errors in them have the place that editors know.
#ifndef PDQUANT_FILES_TOML_FILE_H_
#define PDQUANT_FILES_TOML_FILE_H_

// toml++ 3.3 assumes that what follows "[" is a key before it looks whether it is one, which a wrong file makes an
// abort, or undefined behaviour with Clang.
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#include <toml++/impl/preprocessor.h>
#undef TOML_ASSERT_ASSUME
#define TOML_ASSERT_ASSUME(expression) static_assert(true)
#include <toml++/toml.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "base/status.h"

namespace pdquant {

class TomlFile {
 public:
  static constexpr size_t kMaxBytes = size_t{1} << 20U;

  // `path` names the file in messages. Errors: kUsage, with line and column.
  static Result<TomlFile> Parse(std::string path, std::string_view text);
  // Reads the file, or standard input for "-", on behalf of an option. Errors: kUsage where it is no TOML file, or too
  // large; kIo where it can't be read.
  static Result<TomlFile> Read(std::string_view option, const std::string& path);

  const std::string& path() const { return path_; }
  const toml::table& table() const { return table_; }

  // "conf.toml:3:7: " and the text, as a wrong configuration.
  Status Error(const toml::source_region& source, const std::string& text) const;

 private:
  TomlFile(std::string path, toml::table table);

  std::string path_;
  toml::table table_;
};

}  // namespace pdquant

#endif  // PDQUANT_FILES_TOML_FILE_H_
