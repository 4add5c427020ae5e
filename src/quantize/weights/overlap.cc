#include "quantize/weights/overlap.h"

#include <pthread.h>
#include <signal.h>

#include <array>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>

namespace pdquant {
namespace {

// The pieces between both threads.
class Handover {
 public:
  // Waits for room. An error where nobody takes pieces any more.
  Status Put(std::string_view bytes) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stopped_ || put_ - taken_ < pieces_.size(); });
    if (stopped_) return InternalError("nobody takes what is produced");
    // Only this thread touches a piece that isn't put yet.
    std::string& piece = pieces_[put_ % pieces_.size()];
    lock.unlock();
    piece = bytes;
    lock.lock();
    ++put_;
    changed_.notify_one();
    return {};
  }

  // Nothing more is put.
  void Close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_one();
  }

  // Nothing more is taken.
  void Stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_one();
  }

  Status TakeAll(const ByteSink& sink) {
    while (true) {
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return closed_ || put_ != taken_; });
        if (put_ == taken_) return {};
      }
      // Only this thread touches a piece that is put and not taken.
      if (Status status = sink(pieces_[taken_ % pieces_.size()]); !status.ok()) return status;
      const std::lock_guard lock(mutex_);
      ++taken_;
      changed_.notify_one();
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::array<std::string, 4> pieces_;
  size_t put_ = 0;
  size_t taken_ = 0;
  bool closed_ = false;
  bool stopped_ = false;
};

// Signals go to the calling thread, which knows what it must not be interrupted in.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_ = {};
};

}  // namespace

Status Overlap(const std::function<Status(const ByteSink&)>& produce, const ByteSink& sink) {
  Handover handover;
  Status produced;
  std::exception_ptr thrown;
  std::thread producer;
  try {
    const SignalsBlocked blocked;
    producer = std::thread([&] {
      try {
        produced = produce([&](std::string_view bytes) { return handover.Put(bytes); });
      } catch (...) {
        thrown = std::current_exception();
      }
      handover.Close();
    });
  } catch (const std::system_error&) {
    return produce(sink);
  }
  Status written;
  try {
    written = handover.TakeAll(sink);
  } catch (...) {
    handover.Stop();
    producer.join();
    throw;
  }
  handover.Stop();
  producer.join();
  if (!written.ok()) return written;
  if (thrown) std::rethrow_exception(thrown);
  return produced;
}

}  // namespace pdquant
