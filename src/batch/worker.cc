#include "batch/worker.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <string_view>
#include <utility>

#include "base/escape.h"
#include "base/words.h"

namespace pdquant {
namespace {

volatile std::sig_atomic_t g_stopped_by = 0;

extern "C" void NoteSignal(int number) {
  if (number != SIGCHLD) g_stopped_by = number;
}

constexpr size_t kMostLog = size_t{8} << 10U;
constexpr size_t kMostResult = size_t{64} << 20U;
constexpr int kResult = STDERR_FILENO + 1;  // the descriptor of the pipe in the worker
constexpr int kHeld = kResult + 1;
constexpr std::chrono::seconds kPatience(2);
constexpr int kDifferent = 1;  // the exit code of diff, which says nothing on standard error then

struct Pipe {
  Descriptor read;
  Descriptor write;
};

// Reading never blocks. The ends get numbers above those that a worker rearranges.
Status MakePipe(Pipe* made) {
  std::array<int, 2> ends = {-1, -1};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return SystemError("a pipe", "create", errno);
  for (size_t i = 0; i < 2; ++i) {
    const Descriptor low(ends[i]);
    (i == 0 ? made->read : made->write) = Descriptor(fcntl(ends[i], F_DUPFD_CLOEXEC, kHeld + 1));
  }
  if (!made->read.valid() || !made->write.valid()) return SystemError("a pipe", "create", errno);
  fcntl(made->read.get(), F_SETFL, O_NONBLOCK);
  return {};
}

// A file without a name in OUT's folder: what is captured may be large.
Descriptor CaptureFile(const std::string& out) { return OpenUnnamedFile(out + "/.pdquant"); }

[[noreturn]] void EndWorker(const std::string& message) {
  static_cast<void>(write(STDERR_FILENO, message.data(), message.size()));
  _exit(static_cast<int>(StatusCode::kIo));
}

void Limit(__rlimit_resource resource, uint64_t value) {
  rlimit limit;
  if (getrlimit(resource, &limit) != 0) return;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, value);
  limit.rlim_max = limit.rlim_cur;
  setrlimit(resource, &limit);
}

// What this process does at a signal is for the one above: here they do what they do by default.
void ResetSignals(const sigset_t& mask) {
  for (int number = 1; number < SIGRTMIN; ++number) {
    struct sigaction action = {};
    if (sigaction(number, nullptr, &action) != 0 || action.sa_handler == SIG_IGN || action.sa_handler == SIG_DFL)
      continue;
    action = {};
    action.sa_handler = SIG_DFL;
    sigaction(number, &action, nullptr);
  }
  sigprocmask(SIG_SETMASK, &mask, nullptr);
}

// Input from nowhere; output to a file where it is captured.
void RedirectStreams(const Assignment& assignment) {
  const Descriptor nothing = OpenDescriptor("/dev/null", O_RDWR);
  const Descriptor capture = assignment.call.captures ? CaptureFile(assignment.out) : Descriptor();
  if (assignment.call.captures && !capture.valid()) {
    EndWorker(SystemError("a temporary file for standard output", "create", errno).message() + "\n");
  }
  dup2(nothing.get(), STDIN_FILENO);
  dup2(capture.valid() ? capture.get() : nothing.get(), STDOUT_FILENO);
}

// The new process: the standard streams, and nothing else that was open, but the pipe for the result.
void PrepareWorker(pid_t parent, const Pipe& result, const Pipe& errors, const Assignment& assignment,
                   const WorkerLimits& limits, const sigset_t& mask, int held) noexcept {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(0);
  ResetSignals(mask);
  dup2(errors.write.get(), STDERR_FILENO);
  RedirectStreams(assignment);
  dup2(held, kHeld);  // before its own number may be taken
  dup2(result.write.get(), kResult);
  close_range(kHeld + 1, ~0U, 0);
  Limit(RLIMIT_CORE, 0);
  if (limits.memory != 0) Limit(RLIMIT_AS, limits.memory);
}

// No exception gets into the frames of the process above, whose other workers it would end.
[[noreturn]] void Work(const Assignment& assignment, const RunCommand& run) noexcept {
  const ModelRecord record = DoAssignment(assignment, run);
  const std::string text = EncodeRecord(record);
  const std::string_view piece = text;
  WriteAll(kResult, {&piece, 1});
  _exit(record.reused != 0 ? 0 : record.exit_code);
}

// The first error of what a command wrote, without what is the same in every line; else the last line.
std::string MessageIn(std::string_view log) {
  constexpr std::string_view kError = "pdquant: error: ";
  std::string last;
  for (const std::string_view line : Split(log, '\n')) {
    if (line.starts_with(kError)) return std::string(line.substr(kError.size()));
    if (!line.empty()) last = Escape(line);
  }
  return last;
}

// What is cut off may end inside of a character, which would make it no text.
void DropCutCharacter(std::string* text) {
  constexpr size_t kLongest = 4;  // bytes of a character
  for (size_t cut = 0; cut < std::min(kLongest, text->size()); ++cut) {
    if (IsUtf8(std::string_view(*text).substr(0, text->size() - cut))) return text->resize(text->size() - cut);
  }
}

std::string Seconds(std::chrono::duration<double> time) {
  std::array<char, 32> text;
  static_cast<void>(std::snprintf(text.data(), text.size(), "%g s", time.count()));
  return text.data();
}

}  // namespace

StopSignals::StopSignals() {
  g_stopped_by = 0;
  sigset_t blocked;
  sigemptyset(&blocked);
  for (size_t i = 0; i < kWatched.size(); ++i) {
    sigaddset(&blocked, kWatched[i]);
    struct sigaction action = {};
    action.sa_handler = NoteSignal;
    sigaction(kWatched[i], nullptr, &before_[i]);
    if (before_[i].sa_handler != SIG_IGN || kWatched[i] == SIGCHLD) sigaction(kWatched[i], &action, nullptr);
  }
  struct sigaction ignored = {};
  ignored.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignored, &pipe_before_);
  sigprocmask(SIG_BLOCK, &blocked, &outer_);
}

StopSignals::~StopSignals() {
  Wait({}, std::chrono::nanoseconds(0));  // takes SIGCHLD, which nobody else waits for
  for (size_t i = 0; i < kWatched.size(); ++i) sigaction(kWatched[i], &before_[i], nullptr);
  sigaction(SIGPIPE, &pipe_before_, nullptr);
  sigprocmask(SIG_SETMASK, &outer_, nullptr);
}

void StopSignals::Wait(std::span<pollfd> watched, std::chrono::nanoseconds timeout) const {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout);
  const timespec time = {static_cast<time_t>(seconds.count()), static_cast<long>((timeout - seconds).count())};
  ppoll(watched.data(), watched.size(), &time, &outer_);
}

int StopSignals::stopped_by() const { return g_stopped_by; }

Worker::~Worker() {
  if (process_ <= 0) return;
  kill(-process_, SIGKILL);
  kill(process_, SIGKILL);
  Retry([&] { return waitpid(process_, &wait_status_, 0); });
}

Status Worker::Start(const Assignment& assignment, const RunCommand& run, const WorkerLimits& limits,
                     const sigset_t& mask, int held) {
  Pipe result;
  Pipe errors;
  if (Status status = MakePipe(&result); !status.ok()) return status;
  if (Status status = MakePipe(&errors); !status.ok()) return status;
  job_ = assignment.job;
  limits_ = limits;
  start_ = Clock::now();
  const pid_t parent = getpid();
  process_ = fork();
  if (process_ < 0) return TryAgain(std::string("no process can be started: ") + std::strerror(errno));
  if (process_ == 0) {
    PrepareWorker(parent, result, errors, assignment, limits, mask, held);
    Work(assignment, run);
  }
  setpgid(process_, process_);  // whoever comes first
  result_ = std::move(result.read);
  errors_ = std::move(errors.read);
  if (limits.timeout.count() > 0) deadline_ = start_ + std::chrono::duration_cast<Clock::duration>(limits.timeout);
  return {};
}

void Worker::AddTo(std::vector<pollfd>* watched) const {
  for (const Descriptor* end : {&result_, &errors_}) watched->push_back({end->get(), POLLIN, 0});
}

// Reads both pipes until nothing is there. An end that is closed is no longer watched.
void Worker::Drain() {
  std::array<char, 16384> chunk;
  for (Descriptor* end : {&result_, &errors_}) {
    while (end->valid()) {
      const ssize_t got = Retry([&] { return read(end->get(), chunk.data(), chunk.size()); });
      if (got < 0 && errno == EAGAIN) break;
      if (got <= 0) {
        end->Close();
        break;
      }
      const auto size = static_cast<size_t>(got);
      std::string* text = end == &result_ ? &result_text_ : &log_;
      const size_t most = end == &result_ ? kMostResult : kMostLog;
      text->append(chunk.data(), std::min(size, most - text->size()));
      if (end == &errors_) log_size_ += size;
    }
  }
}

bool Worker::Reap() {
  const pid_t gone = Retry([&] { return waitpid(process_, &wait_status_, WNOHANG); });
  if (gone != process_) return false;
  process_ = 0;
  return true;
}

void Worker::Stop(Clock::time_point now, std::chrono::milliseconds patience) {
  if (process_ <= 0 || stopped_) return;
  kill(-process_, SIGTERM);
  stopped_ = true;
  deadline_ = now + patience;
}

bool Worker::Advance(Clock::time_point now) {
  Drain();
  if (Reap()) {
    Drain();  // what came in between
    return true;
  }
  if (now < deadline_) return false;
  if (!stopped_) {
    timed_out_ = true;
    Stop(now, kPatience);
  } else if (!killed_) {
    kill(-process_, SIGKILL);
    killed_ = true;
    deadline_ = Clock::time_point::max();
  }
  return false;
}

void Worker::Explain(ModelRecord* record) const {
  if (record->done || !record->message.empty()) return;
  const std::string said = MessageIn(log_);
  if (timed_out_) {
    record->message = "it took longer than " + Seconds(limits_.timeout) + " (--timeout)";
  } else if (record->signal != 0) {
    record->message = "killed by signal " + std::to_string(record->signal) + " (" + strsignal(record->signal) + ")";
    if (record->signal == SIGKILL) record->message += "; perhaps the machine had no memory left";
    if (!said.empty()) record->message += ": " + said;
  } else if (said.empty() && record->exit_code == kDifferent && !record->files.empty()) {
    record->message = "it differs: see " + Quote(record->files.front().path);
  } else if (record->exit_code == 0) {
    record->message = "the worker ended without a result";
  } else {
    record->message = said.empty() ? "exit code " + std::to_string(record->exit_code) : said;
  }
}

ModelRecord Worker::TakeRecord() {
  ParsedLine parsed = ParseRecord(result_text_);
  ModelRecord record;
  if (parsed.record && std::holds_alternative<ModelRecord>(*parsed.record)) {
    record = std::get<ModelRecord>(std::move(*parsed.record));
  }
  if (record.reused != 0) return record;
  record.output = job_.output;
  record.input = job_.input;
  record.exit_code = WIFEXITED(wait_status_) ? WEXITSTATUS(wait_status_) : 0;
  record.signal = WIFSIGNALED(wait_status_) ? WTERMSIG(wait_status_) : 0;
  record.done = record.done && record.exit_code == 0 && record.signal == 0;
  record.seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  Explain(&record);
  record.log = std::move(log_);
  if (log_size_ > record.log.size()) DropCutCharacter(&record.log);
  if (log_size_ > record.log.size())
    record.log += "\n[" + std::to_string(log_size_ - record.log.size()) + " bytes more]\n";
  return record;
}

}  // namespace pdquant
