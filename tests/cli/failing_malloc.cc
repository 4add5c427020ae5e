// For LD_PRELOAD: lets the N-th allocation fail, or all from the N-th on, of those that follow the first call of
// sigaction: pdquant calls it when it has just begun.
//   PDQUANT_FAIL_AT=N  PDQUANT_FAIL_ON=1
#include <signal.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>

// glibc's own, under the names that nobody interposes.
// NOLINTBEGIN(bugprone-reserved-identifier): they are reserved for glibc, which has them.
extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* data, size_t size);
void* __libc_memalign(size_t alignment, size_t size);
int __sigaction(int number, const struct sigaction* action, struct sigaction* old);
}
// NOLINTEND(bugprone-reserved-identifier)

namespace {

bool counting = false;
bool for_good = false;
long left = 0;

bool Fails() {
  if (!counting) return false;
  --left;
  if (left > 0 || (left < 0 && !for_good)) return false;
  errno = ENOMEM;
  return true;
}

}  // namespace

extern "C" {

void* malloc(size_t size) { return Fails() ? nullptr : __libc_malloc(size); }
void* calloc(size_t count, size_t size) { return Fails() ? nullptr : __libc_calloc(count, size); }
void* realloc(void* data, size_t size) { return Fails() ? nullptr : __libc_realloc(data, size); }
void* aligned_alloc(size_t alignment, size_t size) { return Fails() ? nullptr : __libc_memalign(alignment, size); }

int sigaction(int number, const struct sigaction* action, struct sigaction* old) {
  const char* at = counting ? nullptr : getenv("PDQUANT_FAIL_AT");
  if (at != nullptr) {
    left = atol(at);
    for_good = getenv("PDQUANT_FAIL_ON") != nullptr;
    counting = true;
  }
  return __sigaction(number, action, old);
}

}  // extern "C"
