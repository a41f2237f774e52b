// Ports of the loopback interface that nobody listens on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace demo {

// `count` different ports that are free now; somebody may take one before it is used. Throws std::system_error.
[[nodiscard]] std::vector<std::uint16_t> free_ports(unsigned count);

// Whether one could listen there now.
[[nodiscard]] bool is_free(const std::string& host, std::uint16_t port);

}  // namespace demo
