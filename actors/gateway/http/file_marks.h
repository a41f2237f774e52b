// Whether the files of a certificate may have changed. Any thread.
#pragma once

#include <array>
#include <cstdint>

#include "gateway/http/tls_files.h"

namespace troupe::http {

// inode, size, seconds, nanoseconds of each; zeros for one that is not there.
using FileMarks = std::array<std::array<std::int64_t, 4>, 2>;
[[nodiscard]] FileMarks marks_of(const TlsFiles& files) noexcept;

}  // namespace troupe::http
