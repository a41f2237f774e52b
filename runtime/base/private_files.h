// The files of a node: for its user alone, and regular ones where a file is expected. Any thread; errno as the
// system's.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <system_error>

#include "troupe/error.h"

namespace troupe {

// What open_regular() says of a directory, a FIFO, a socket or a device.
inline constexpr int kNotRegular = EMEDIUMTYPE;

// A descriptor with O_CLOEXEC, or -1 and errno. A file that is made is for its user alone. It never waits: opening a
// FIFO would, for its other end.
[[nodiscard]] int open_regular(const std::filesystem::path& path, int flags) noexcept;

// What stands in a file that holds a secret; the caller wipes what it gets. An error begins with "cannot take `what`
// from PATH" and never shows what stands there. `invalid`: none is there, it is no regular file, others may use it, or
// it has more than `most` bytes. `unavailable`: it cannot be read.
[[nodiscard]] Result<std::string> read_secret(const std::filesystem::path& path, const std::string& what,
                                              std::size_t most);

// All of it, from `at` on; errno, or 0.
[[nodiscard]] int write_all(int fd, std::uint64_t at, std::span<const std::byte> bytes) noexcept;

// Makes it and those above it that are not there, for this user alone.
[[nodiscard]] std::error_code make_private_directories(const std::filesystem::path& directory);

// Takes from others what they may do with it. What does not exist is no failure.
[[nodiscard]] std::error_code close_to_others(const std::filesystem::path& path);

// Against the directory that is the process's now, once: a later chdir(2) then changes nothing. Empty stays empty.
[[nodiscard]] std::filesystem::path fixed(const std::filesystem::path& path);

// What was made, renamed or removed in a directory is on disk when it returns. errno, or 0.
[[nodiscard]] int sync_directory(const std::filesystem::path& directory) noexcept;

// The largest file that this process may write (RLIMIT_FSIZE). A write beyond it would end the process with SIGXFSZ.
[[nodiscard]] std::uint64_t max_file_bytes() noexcept;

}  // namespace troupe
