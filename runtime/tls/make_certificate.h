// Makes keys and certificates, and writes them as PEM. What goes where is authority.cpp's.
#pragma once

#include <filesystem>
#include <string>

#include "tls/openssl.h"
#include "troupe/certificates.h"
#include "troupe/error.h"

namespace troupe::tls {

// Of the curve P-256.
[[nodiscard]] Result<Key> new_key();

struct Request {
  std::string subject;  // the common name; what does not fit into 64 bytes is left out
  std::string uri;      // its alternative name
  bool authority = false;
  Validity validity{};
};
// For the public half of `key`; signed by `issuer`, which has `issuer_key`; null: by itself.
[[nodiscard]] Result<Certificate> new_certificate(const Request& request, EVP_PKEY& key, X509* issuer,
                                                  EVP_PKEY& issuer_key);

[[nodiscard]] Result<std::string> to_pem(EVP_PKEY& key);
[[nodiscard]] Result<std::string> to_pem(X509& certificate);

// Whole or not at all, mode 0600, on disk when it returns. With `replace` it takes the place of what is there; else
// that is `invalid`.
[[nodiscard]] Result<void> write_private(const std::filesystem::path& file, const std::string& text, bool replace);

}  // namespace troupe::tls
