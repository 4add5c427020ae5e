// Success or failure of a call, as a value. Everything there is to tell about an input goes to Findings
// (finding.h); a Status says whether the call succeeded and, where it did not, in one line why.
#ifndef PDQUANT_BASE_STATUS_H_
#define PDQUANT_BASE_STATUS_H_

#include <cassert>
#include <optional>
#include <string>
#include <utility>

namespace pdquant {

// The values are the exit codes of the command line.
enum class StatusCode {
  kOk = 0,
  kUsage = 2,     // the command line or a configuration file is wrong
  kBadInput = 3,  // an input can't be loaded, or a rewrite refuses it
  kIo = 4,        // reading or writing failed
  kInternal = 70,
  kTryAgain = 75,  // out of memory, or another process holds a lock
};

class [[nodiscard]] Status {
 public:
  Status() = default;
  // `system_error` is the errno behind it, where a system call failed.
  Status(StatusCode code, std::string message, int system_error = 0)
      : code_(code), system_error_(system_error), message_(std::move(message)) {}

  bool ok() const { return code_ == StatusCode::kOk; }
  StatusCode code() const { return code_; }
  // One line without a full stop or newline, names in it escaped; empty when ok, or when findings say it all.
  const std::string& message() const { return message_; }
  // The errno of the system call that failed; 0 where none did. Decisions go by it, never by the text of a message,
  // which holds names of untrusted files.
  int system_error() const { return system_error_; }

  // The same failure with another message.
  Status WithMessage(std::string message) const { return {code_, std::move(message), system_error_}; }

 private:
  StatusCode code_ = StatusCode::kOk;
  int system_error_ = 0;
  std::string message_;
};

inline Status UsageError(std::string message) { return {StatusCode::kUsage, std::move(message)}; }
inline Status BadInput(std::string message) { return {StatusCode::kBadInput, std::move(message)}; }
inline Status IoError(std::string message) { return {StatusCode::kIo, std::move(message)}; }
inline Status InternalError(std::string message) { return {StatusCode::kInternal, std::move(message)}; }
inline Status TryAgain(std::string message) { return {StatusCode::kTryAgain, std::move(message)}; }

// A value, or the status that says why there is none.
template <typename T>
class [[nodiscard]] Result {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): so that `return value;` works
  Result(T value) : value_(std::move(value)) {}
  // NOLINTNEXTLINE(google-explicit-constructor): so that `return status;` works
  Result(Status status) : status_(std::move(status)) { assert(!status_.ok()); }

  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }
  T& value() { return *value_; }
  const T& value() const { return *value_; }
  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }

 private:
  std::optional<T> value_;
  Status status_;
};

}  // namespace pdquant

#endif  // PDQUANT_BASE_STATUS_H_
