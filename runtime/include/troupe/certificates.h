// A cluster's own authority and the certificates of its nodes, in a directory; for development, and for clusters that
// have no other authority. `troupe cert` is these functions. Any thread; they read and write files and may block.
//
//   DIR/authority.pem   what nodes trust: one certificate, two while the authority is being changed
//   DIR/authority.key   makes certificates; nodes do not need it and should not have it
//   DIR/nodes/NAME.pem  a node's certificate
//   DIR/nodes/NAME.key  its key
//   DIR/denied          who has no link any more (TlsConfig::denied)
//
// Keys are of the curve P-256. All files are for their owner alone.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "troupe/error.h"
#include "troupe/tls.h"

namespace troupe {

// From when on and for how long a certificate is good. It begins two hours in the past, for clocks that are behind.
struct Validity {
  std::chrono::system_clock::time_point from = std::chrono::system_clock::now() - std::chrono::hours(2);
  std::chrono::seconds length = std::chrono::hours(24 * 365);
};
// At least a second and at most a hundred years.
inline constexpr std::chrono::seconds kMaxValidity = std::chrono::hours(24 * 365 * 100);
// Of an authority, where nothing else is said.
inline constexpr std::chrono::seconds kAuthorityValidity = std::chrono::hours(24 * 365 * 10);

// What stands in a node's certificate, as a URI among its alternative names: troupe://CLUSTER/NODE. Bytes that are no
// letter, digit, '-', '.', '_' or '~' are percent-encoded, so every name that a node may have fits.
[[nodiscard]] std::string tls_name(const std::string& cluster, const std::string& node);

// Makes the directory and an authority in it. `invalid`: there is one, or the validity is out of range.
Result<void> make_authority(const std::filesystem::path& directory, const std::string& cluster,
                            const Validity& validity = {.length = kAuthorityValidity});
// A key and a certificate for a node, by the directory's authority. `invalid`: it has one, and `renew` is not set, or
// it would be good for longer than the authority's. Renewed, it has another key, and both files are replaced at once
// each, the key first: a node that looks in between keeps what it has and looks again.
Result<void> make_node_certificate(const std::filesystem::path& directory, const std::string& node,
                                   const Validity& validity = {}, bool renew = false);
// Makes the next authority. Nodes trust it and the one before until finish_authority_change(); certificates are made
// by the new one from now on. `invalid`: the last change is not finished.
Result<void> begin_authority_change(const std::filesystem::path& directory,
                                    const Validity& validity = {.length = kAuthorityValidity});
// Trust in the authority before ends. `invalid`: a node's certificate in the directory is still by that one, or there
// is no change to finish.
Result<void> finish_authority_change(const std::filesystem::path& directory);

// One certificate of a file.
struct CertificateView {
  std::string subject;
  std::string issuer;
  std::vector<std::string> names;  // the URIs and host names among its alternative names
  std::string serial;              // hexadecimal, as a deny list takes it
  std::chrono::system_clock::time_point from{};
  std::chrono::system_clock::time_point until{};
  bool authority = false;
  // Of a node's certificate when there is something to judge it by: why a node would refuse it now; empty: it would
  // not.
  std::string refused{};
};
// All certificates of a file, in its order. With `trust` (its `directory`, or `authority` and `denied`) the first one
// is judged. `invalid`: no such file, or something in it that is no certificate.
[[nodiscard]] Result<std::vector<CertificateView>> read_certificates(const std::filesystem::path& file,
                                                                     const TlsConfig& trust = {});

}  // namespace troupe
