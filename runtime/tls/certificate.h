// What stands in a certificate, as this house reads it.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tls/openssl.h"
#include "tls/peer_name.h"
#include "troupe/error.h"

namespace troupe::tls {

using WallTime = std::chrono::system_clock::time_point;

// In capital hexadecimal digits, as a deny list has it.
[[nodiscard]] std::string serial_of(const X509& certificate);
[[nodiscard]] WallTime valid_from(const X509& certificate);
[[nodiscard]] WallTime valid_until(const X509& certificate);
// "2026-11-29 15:04:05Z"
[[nodiscard]] std::string text_of(WallTime time);
[[nodiscard]] std::string subject_of(const X509& certificate);
[[nodiscard]] std::string issuer_of(const X509& certificate);
// URIs and host names among the alternative names; what is not printable ASCII in them is '?'.
[[nodiscard]] std::vector<std::string> names_of(const X509& certificate);
// The one node it is of. `denied`: it has no such name, or more than one.
[[nodiscard]] Result<PeerName> peer_of(const X509& certificate);
// "troupe://shop/shop-1, serial 0A1B": for log lines; the names are whatever its maker wrote.
[[nodiscard]] std::string summary_of(const X509& certificate);

}  // namespace troupe::tls
