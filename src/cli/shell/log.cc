#include "cli/shell/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/ansicolor_sink.h>

#include <string>

namespace pdquant {

Log::Log(bool debug, bool color) {
  using Sink = spdlog::sinks::ansicolor_stderr_sink_st;
  auto sink = std::make_shared<Sink>(color ? spdlog::color_mode::always : spdlog::color_mode::never);
  logger_ = std::make_shared<spdlog::logger>("pdquant", std::move(sink));
  logger_->set_level(debug ? spdlog::level::debug : spdlog::level::info);
  logger_->set_pattern(debug ? "%n: %^%l%$: %v (+%i us)" : "%n: %^%l%$: %v");
  logger_->set_error_handler([](const std::string&) {});  // its own would write to standard error in its own way
}

void Log::Info(std::string_view text) { logger_->info(text); }
void Log::Debug(std::string_view text) { logger_->debug(text); }

}  // namespace pdquant
