// Links with TLS 1.3: where a node's certificate is, and whom it trusts. The files are looked at again while the node
// runs, so that certificates are renewed, authorities changed and members denied without a restart.
// troupe/certificates.h and `troupe cert` make such files; runtime/doc/security.md walks through it.
#pragma once

#include <chrono>
#include <filesystem>

namespace troupe {

// Names a directory for nodes whose configuration names none. `troupe up` sets it for the processes of its cluster.
inline constexpr const char* kTlsDirectoryVariable = "TROUPE_TLS_DIR";

// Of TlsConfig::max_link_age and look_every.
inline constexpr std::chrono::milliseconds kMinLinkAge{1'000};
inline constexpr std::chrono::milliseconds kMaxLinkAge{std::chrono::hours(24 * 365)};
inline constexpr std::chrono::milliseconds kMinLook{10};
inline constexpr std::chrono::milliseconds kMaxLook{std::chrono::hours(24)};

// All files are PEM but the deny list. Without any of them links are plain, and stay on this machine.
struct TlsConfig {
  // As `troupe cert` lays it out: authority.pem, nodes/NAME.pem, nodes/NAME.key, and `denied` if there is one. It
  // stands for those of the four that are not named here.
  std::filesystem::path directory{};
  // The node's own certificate, then those between it and the authority. It names the cluster and the node:
  // tls_name() in troupe/certificates.h.
  std::filesystem::path certificate{};
  std::filesystem::path key{};        // readable by its owner alone, without a passphrase
  std::filesystem::path authority{};  // one certificate of an authority or several: each is trusted
  // One to a line: `serial HEX` or `node NAME`; `#` begins a comment. Whoever is listed has no link.
  std::filesystem::path denied{};
  // A link is replaced by a new one, under the certificates of then, before it is as old as this, and no call notices.
  // One that could not be replaced is cut some seconds later (4 s). 0: links live for ever.
  std::chrono::milliseconds max_link_age{std::chrono::hours(24)};
  // How often the files are looked at.
  std::chrono::milliseconds look_every{2'000};

  [[nodiscard]] bool named() const noexcept {
    return !directory.empty() || !certificate.empty() || !key.empty() || !authority.empty() || !denied.empty();
  }
};

}  // namespace troupe
