// The limits of an issuer's endpoints over HTTP, each with its reason. Those of tokens and forms are in auth/limits.h.
#pragma once

#include <chrono>
#include <cstddef>

namespace troupe::auth::web {

// Of a form, or of a query at /authorize: the parameters of auth/limits.h are longer together than any client sends.
inline constexpr std::size_t kMaxFormBytes = 64 * 1024;
// Of what the log-in page is told to go back to: a browser's address bar holds no more.
inline constexpr std::size_t kMaxReturnBytes = 4 * 1024;
// How long a log-in of a browser may last by configuration, as refresh tokens.
inline constexpr std::chrono::seconds kMaxSessionLife{400L * 24 * 3600};
// Log-ins of one user in browsers at once: the one that is used least goes.
inline constexpr std::size_t kMaxSessionsPerUser = 64;
// Of the whole of one fetch of an issuer's keys, as configured.
inline constexpr std::chrono::seconds kMaxFetchTime{60};
// Of the header of its answer; its body is auth/limits.h's kMaxJwksBytes at most.
inline constexpr std::size_t kMaxFetchHeaderBytes = 16 * 1024;

}  // namespace troupe::auth::web
