#include "files/temporary_registry.h"

#include <unistd.h>

#include <atomic>
#include <memory>
#include <mutex>

namespace pdquant {

// Entries are never freed, so that a signal handler can walk them at any moment; one that is out of use is used again.
struct RegisteredTemporary {
  std::atomic<bool> active = false;  // filled in: to be removed by a handler
  bool is_folder = false;
  pid_t process = 0;  // a forked child must not remove its parent's files
  std::string path;
  RegisteredTemporary* next = nullptr;       // of all entries
  RegisteredTemporary* next_free = nullptr;  // of those out of use
};

namespace {

std::atomic<RegisteredTemporary*> g_entries = nullptr;
std::atomic<int> g_handlers = 0;  // signal handlers that walk the entries
std::mutex g_mutex;               // of what registers and unregisters; a handler takes no lock
RegisteredTemporary* g_free = nullptr;

// A handler on another thread may still read the path of an entry that has been given back. It counts itself before it
// looks at `active`, and here the count is read after `active` has become false: if it is 0, no handler has seen it
// active.
RegisteredTemporary* TakeFreeEntry() {
  if (g_free == nullptr || g_handlers != 0) return nullptr;
  RegisteredTemporary* entry = g_free;
  g_free = entry->next_free;
  return entry;
}

// Removes the files, or the folders that are empty; whether any was there.
bool RemoveActive(bool folders) {
  bool any = false;
  for (const RegisteredTemporary* entry = g_entries; entry != nullptr; entry = entry->next) {
    if (!entry->active || entry->process != getpid() || entry->is_folder != folders) continue;
    any = (folders ? rmdir(entry->path.c_str()) : unlink(entry->path.c_str())) == 0 || any;
  }
  return any;
}

}  // namespace

RegisteredTemporary* RegisterTemporary(const std::string& path, bool is_folder) {
  const std::lock_guard lock(g_mutex);
  RegisteredTemporary* entry = TakeFreeEntry();
  const bool is_new = entry == nullptr;
  if (is_new) entry = std::make_unique<RegisteredTemporary>().release();
  entry->path = path;
  entry->is_folder = is_folder;
  entry->process = getpid();
  entry->active = true;
  if (is_new) {
    entry->next = g_entries;
    g_entries = entry;
  }
  return entry;
}

void UnregisterTemporary(RegisteredTemporary* entry) {
  const std::lock_guard lock(g_mutex);
  entry->active = false;
  entry->next_free = g_free;
  g_free = entry;
}

void RemoveTemporariesInSignalHandler() {
  ++g_handlers;
  RemoveActive(false);
  while (RemoveActive(true)) {  // a folder can go when those in it have gone
  }
  --g_handlers;
}

}  // namespace pdquant
