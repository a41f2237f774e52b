// Every bound of a dashboard that is no option. actors/dashboard/README.md has the table.
#pragma once

#include <chrono>
#include <cstddef>

namespace troupe::dashboard {

inline constexpr std::size_t kMaxNodes = 256;          // that one dashboard shows; more are left out
inline constexpr std::size_t kMaxViewers = 256;        // of DashboardOptions::viewers
inline constexpr std::size_t kMaxConnections = 128;    // past it: 503
inline constexpr std::size_t kMaxQuestions = 32;       // under way, past it: 503
inline constexpr std::size_t kMaxLivePaths = 16;       // of one viewer, past it: 400
inline constexpr std::size_t kMaxPathBytes = 4'096;    // of one question to a node, past it: 400
inline constexpr std::size_t kMaxSessions = 64;        // logged in; the oldest makes room
inline constexpr std::size_t kMinTokenBytes = 16;      // of DashboardOptions::token
inline constexpr std::size_t kMaxTokenBytes = 512;     // the same
inline constexpr std::size_t kViewerBytes = 4u << 20;  // that wait for a slow viewer; past it the viewer is dropped
inline constexpr std::chrono::milliseconds kMinRefresh{200};
inline constexpr std::chrono::milliseconds kMaxRefresh{3'600'000};
inline constexpr std::chrono::milliseconds kMaxPatience{60'000};
// Between two rounds, however many viewers come meanwhile.
inline constexpr std::chrono::milliseconds kLeastPause{100};

}  // namespace troupe::dashboard
