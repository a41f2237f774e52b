// The published keys of an issuer elsewhere, fetched by HTTP or HTTPS: for auth::IssuerKeys.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>

#include "troupe/duration.h"

namespace troupe::auth::web {

struct JwksSource {
  std::string url;  // "https://id.example/jwks"
  // PEM files of who vouches for its certificate; empty: those of the system.
  std::filesystem::path authority{};
  // For all of a fetch: its name, its connection, its answer. Looking a name up may take longer, as the system does it.
  Milliseconds timeout{std::chrono::seconds(5)};
  // Takes "http://" of other hosts than this one: whoever sits between can then make tokens.
  bool plain = false;
};

// Gives the document of the answer 200; redirects are not followed. What it gives throws `unavailable` when the issuer
// is not reached, answers something else or takes too long, or its answer is past the limits: with what was tried, and
// why not. fetch_jwks() itself throws `invalid`: no address of HTTP or HTTPS, "http://" of another host without
// `plain`, an authority that cannot be read, a timeout that is not positive or past kMaxFetchTime.
[[nodiscard]] std::function<std::string()> fetch_jwks(JwksSource source);

}  // namespace troupe::auth::web
