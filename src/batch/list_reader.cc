#include "batch/list_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "base/escape.h"

namespace pdquant {
namespace {

constexpr size_t kChunk = size_t{64} << 10U;
constexpr size_t kLongestLine = size_t{1} << 20U;

Result<std::string> Text(const nlohmann::json& value, const std::string& key) {
  if (!value.is_string()) return UsageError(Quote(key) + " has to be a string");
  std::string text = value.get<std::string>();
  if (text.empty() || text.find('\0') != std::string::npos) return UsageError(Quote(key) + " is empty or holds a NUL");
  return text;
}

Status TakeMember(const std::string& key, const nlohmann::json& value, ListEntry* entry) {
  if (key == "input" || key == "output") {
    Result<std::string> text = Text(value, key);
    if (!text.ok()) return text.status();
    (key == "input" ? entry->input : entry->output) = std::move(*text);
    return {};
  }
  if (key != "options") return UsageError("there is no key " + Quote(key) + ", only input, output and options");
  if (!value.is_array()) return UsageError("'options' has to be an array of strings");
  for (const nlohmann::json& option : value) {
    Result<std::string> text = Text(option, key);
    if (!text.ok()) return text.status();
    entry->options.push_back(std::move(*text));
  }
  return {};
}

}  // namespace

Status ListReader::Open(const std::string& path) {
  name_ = path == "-" ? "standard input" : Quote(path);
  fd_ = STDIN_FILENO;
  if (path == "-") return {};
  file_ = OpenDescriptor(path, O_RDONLY | O_NOCTTY);
  if (!file_.valid()) return SystemError(name_, "open", errno);
  fd_ = file_.get();
  return {};
}

bool ListReader::Fill() {
  buffer_.erase(0, at_);
  at_ = 0;
  std::array<char, kChunk> chunk;
  const ssize_t got = Retry([&] { return read(fd_, chunk.data(), chunk.size()); });
  if (got < 0) status_ = SystemError(name_, "read", errno);
  if (got <= 0) ended_ = true;
  if (got > 0) buffer_.append(chunk.data(), static_cast<size_t>(got));
  return got > 0;
}

bool ListReader::Next(std::string* line) {
  for (size_t searched = at_;;) {
    const size_t end = buffer_.find('\n', searched);
    if (end != std::string::npos) {
      line->assign(buffer_, at_, end - at_);
      at_ = end + 1;
      break;
    }
    if (buffer_.size() - at_ > kLongestLine) {
      status_ = UsageError(name_ + ": a line is longer than a mebibyte");
      return false;
    }
    searched = buffer_.size() - at_;
    if (!ended_ && Fill()) continue;
    if (!status_.ok() || at_ == buffer_.size()) return false;
    line->assign(buffer_, at_);
    at_ = buffer_.size();
    break;
  }
  if (line->ends_with('\r')) line->pop_back();
  ++line_;
  return true;
}

std::string ListReader::Place() const { return name_ + ":" + std::to_string(line_); }

Result<ListEntry> ParseListEntry(std::string_view line) {
  const nlohmann::json object = nlohmann::json::parse(line, nullptr, false);
  if (!object.is_object()) return UsageError("the line is no JSON object");
  ListEntry entry;
  for (const auto& [key, value] : object.items()) {
    if (Status status = TakeMember(key, value, &entry); !status.ok()) return status;
  }
  if (entry.input.empty()) return UsageError("'input' is missing");
  return entry;
}

}  // namespace pdquant
