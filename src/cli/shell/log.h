// What -v and --log-level debug tell of the course of things.
#ifndef PDQUANT_CLI_SHELL_LOG_H_
#define PDQUANT_CLI_SHELL_LOG_H_

#include <memory>
#include <string_view>

namespace spdlog {
class logger;
}

namespace pdquant {

// Lines on standard error in the form of all messages: "pdquant: info: …". Made only where somebody wants to read them.
class Log {
 public:
  // With `debug`, each line ends with the microseconds since the one before.
  Log(bool debug, bool color);

  void Info(std::string_view text);
  void Debug(std::string_view text);

 private:
  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace pdquant

#endif  // PDQUANT_CLI_SHELL_LOG_H_
