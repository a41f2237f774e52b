// The files of a server's certificate. A value.
#pragma once

#include <filesystem>

#include "troupe/duration.h"

namespace troupe::http {

// TLS 1.2 and later; no client certificates. With ALPN "http/1.1" where that is spoken.
struct TlsFiles {
  std::filesystem::path certificate{};  // PEM: the server's own, then those between it and the authority
  std::filesystem::path key{};          // PEM, without a passphrase
  // How often the files are looked at; new ones hold for new connections. What is broken changes nothing and is logged.
  Milliseconds look_every{std::chrono::seconds(10)};

  [[nodiscard]] bool named() const noexcept { return !certificate.empty() || !key.empty(); }
};

}  // namespace troupe::http
