// TROUPE_CHECK: a broken invariant ends the process, in release too. Not for bad input: that gets an Error.
#pragma once

namespace troupe {
[[noreturn]] void check_failed(const char* condition, const char* file, int line) noexcept;
}  // namespace troupe

#define TROUPE_CHECK(condition)                               \
  do {                                                        \
    if (!(condition)) [[unlikely]]                            \
      ::troupe::check_failed(#condition, __FILE__, __LINE__); \
  } while (false)
