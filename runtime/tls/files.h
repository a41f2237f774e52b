// The files that a node's TLS comes from: where they are, what they looked like, and what stands in them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include "tls/openssl.h"
#include "troupe/error.h"
#include "troupe/tls.h"

namespace troupe::tls {

inline constexpr std::size_t kMaxCertificateFileBytes = 1u << 20;
inline constexpr std::size_t kMaxKeyFileBytes = 64u << 10;

// Every path known, as a TlsConfig and a node's name have it.
struct Files {
  std::filesystem::path certificate;
  std::filesystem::path key;
  std::filesystem::path authority;
  std::filesystem::path denied;
  bool denied_may_be_missing = false;

  // `invalid` names the field of NodeConfig::tls that is missing.
  [[nodiscard]] static Result<Files> of(const TlsConfig& config, const std::string& node);
};

// Tells whether a file may have changed: it is another one, or was written. Not what stands in it.
struct FileStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t size = -1;  // -1: it is not there
  std::int64_t changed_ns = 0;
  bool operator==(const FileStamp&) const = default;
};
using Stamps = std::array<FileStamp, 4>;
[[nodiscard]] Stamps stamps_of(const Files& files) noexcept;

// Errors begin with "cannot take `what` from PATH".
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& file, const std::string& what,
                                            std::size_t most);
// At least one.
[[nodiscard]] Result<Certificates> load_certificates(const std::filesystem::path& file, const std::string& what);
[[nodiscard]] Result<Key> load_key(const std::filesystem::path& file, const std::string& what);

}  // namespace troupe::tls
