// The temporary files, and folders, that this process would leave behind if a signal ended it now.
#ifndef PDQUANT_FILES_TEMPORARY_REGISTRY_H_
#define PDQUANT_FILES_TEMPORARY_REGISTRY_H_

#include <string>

namespace pdquant {

struct RegisteredTemporary;

// Registers a path until it is unregistered, both in constant time. Any thread may call both.
RegisteredTemporary* RegisterTemporary(const std::string& path, bool is_folder);
void UnregisterTemporary(RegisteredTemporary* entry);

// Removes what is registered. Safe in a signal handler.
void RemoveTemporariesInSignalHandler();

}  // namespace pdquant

#endif  // PDQUANT_FILES_TEMPORARY_REGISTRY_H_
