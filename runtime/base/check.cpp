#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace troupe {

void check_failed(const char* condition, const char* file, int line) noexcept {
  std::fprintf(stderr, "troupe: broken invariant at %s:%d: %s\n", file, line, condition);
  std::abort();
}

}  // namespace troupe
