// Paths of Unix sockets, which are short: sockaddr_un ends them at 107 bytes.
#pragma once

#include <filesystem>

#include "observe/admin_server.h"

namespace troupe::observe {

// As short as it can be said at this moment: against the process's directory, where the path itself is too long.
[[nodiscard]] inline std::filesystem::path short_form(const std::filesystem::path& socket) {
  if (socket.native().size() <= kMaxSocketPathBytes) return socket;
  std::error_code gone;
  const auto here = std::filesystem::current_path(gone);
  const auto near = gone ? std::filesystem::path() : socket.lexically_relative(here);
  return near.empty() || near.native().size() >= socket.native().size() ? socket : near;
}

}  // namespace troupe::observe
