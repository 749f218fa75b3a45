#include "heartbeat/base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace inquest {

void invariant_broken(const char* what, const char* file, int line) {
    std::fprintf(stderr, "inquest: broken invariant: %s (%s:%d)\n", what, file, line);
    std::abort();
}

}  // namespace inquest
