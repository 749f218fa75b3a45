// INQUEST_ASSERT: a broken invariant ends the process, in every build. Going on would not be safe,
// and whoever supervises the daemon starts it again while the guests run on.
#pragma once

namespace inquest {

/// Prints what was broken and where, and aborts.
[[noreturn]] void invariant_broken(const char* what, const char* file, int line);

}  // namespace inquest

#define INQUEST_ASSERT(condition)       \
    ((condition) ? static_cast<void>(0) \
                 : ::inquest::invariant_broken(#condition, __FILE__, __LINE__))
