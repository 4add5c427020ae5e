// Opening what lies beneath a folder, by names that nobody vouches for. Nothing outside is ever opened, also when
// somebody exchanges folders and links at the same time.
#ifndef PDQUANT_FILES_BENEATH_H_
#define PDQUANT_FILES_BENEATH_H_

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "files/descriptor.h"

namespace pdquant {

// Whether a name is a path of plain components: none is empty, "." or "..", and there is no NUL.
bool IsPlainPath(std::string_view name);
// Its components.
std::vector<std::string> SplitPath(std::string_view path);

// open(2) of `name` beneath the open folder `folder`, close-on-exec. On failure invalid, with errno: EXDEV for a name
// that is no plain path, ELOOP where it is a symbolic link or leads through one.
Descriptor OpenBeneath(int folder, const std::string& name, int flags, mode_t mode = 0);

// The same without openat2(2), which old kernels and some sandboxes don't have: component by component.
Descriptor OpenByComponents(int folder, const std::string& name, int flags, mode_t mode = 0);

}  // namespace pdquant

#endif  // PDQUANT_FILES_BENEATH_H_
