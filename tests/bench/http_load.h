// The far side of the HTTP lines: peers that ask a server, in a process of their own.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace troupe::bench {

inline constexpr int kHttpConnections = 64;
inline constexpr std::size_t kHttpIdle = 10'000;
inline constexpr std::size_t kHttpBodyBytes = 64;

// Answered GETs per second of kHttpConnections connections, one request under way in each. Answers are as long as the
// first one, with a body of at least kHttpBodyBytes.
[[nodiscard]] double http_requests_per_second(std::uint16_t port, std::chrono::nanoseconds time,
                                              const std::string& path = "/plain");

// Resident bytes of this process per connection of kHttpIdle that have asked once and now wait.
[[nodiscard]] double http_idle_bytes_per_connection(std::uint16_t port);

// For the started side: "load PORT SECONDS PATH" or "idle PORT COUNT".
void serve_http_peers(const std::vector<std::string>& words);

// As many files as this process may have. Throws when they are fewer than `wanted`.
void allow_files(std::size_t wanted);

}  // namespace troupe::bench
