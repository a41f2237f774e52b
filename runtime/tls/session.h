// One connection's TLS: OpenSSL between two spans of bytes, without a socket. On the links' loop alone.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "net/transport.h"
#include "tls/credentials.h"
#include "tls/openssl.h"

namespace troupe::tls {

// Records sealed under one key: AES-GCM is sound for 2^24.5 of the largest.
inline constexpr std::uint64_t kMostRecordsOfKey = 1u << 23;
// New keys that a peer may take or ask for without a word in between, and one more for each kRecordsPerKeyUpdate
// records of it.
inline constexpr std::uint64_t kMostKeyUpdates = 16;
inline constexpr std::uint64_t kRecordsPerKeyUpdate = 1024;

// What sessions see of the transport: which credentials stand now.
struct Present {
  std::atomic<std::shared_ptr<const Credentials>> credentials;
};

class Session final : public net::SecureSession {
 public:
  // `peer`: the node that it connects to, whose name it then wants; nothing: it accepts.
  Session(std::shared_ptr<const Present> present, std::optional<std::string> peer);

  // For the side that connects: its first words. `unavailable`: no memory.
  Result<void> begin(wire::Bytes& to_socket);

  Result<void> open(std::span<const char> from_socket, wire::Bytes& plain, wire::Bytes& to_socket) override;
  Result<void> seal(std::span<const char> plain, wire::Bytes& to_socket) override;
  void close(wire::Bytes& to_socket) override;
  [[nodiscard]] bool established() const noexcept override { return established_; }
  [[nodiscard]] std::optional<std::string> verified_peer() const override { return peer_; }
  Result<void> standing() const override;

  // OpenSSL's hook; for Credentials.
  static int verify(X509_STORE_CTX* look, void*);
  // After so many records it takes new keys; for tests, which cannot seal millions.
  void records_per_key(std::uint64_t records) noexcept { records_per_key_ = records; }
  [[nodiscard]] std::uint64_t keys_taken() const noexcept { return keys_taken_; }

 private:
  // Bytes that OpenSSL reads and writes during one call.
  struct Pipe {
    std::span<const char> in;
    wire::Bytes* out = nullptr;
  };
  static BIO_METHOD* bio_method();
  static int read(BIO* bio, char* to, int size);
  static int write(BIO* bio, const char* from, int size);
  static long control(BIO* bio, int command, long number, void* pointer);
  static void on_message(int is_written, int version, int type, const void* bytes, size_t length, SSL* ssl, void* self);

  Result<void> shake(wire::Bytes& to_socket);
  // Nothing went wrong but for want of bytes: no error.
  Result<void> outcome(int returned, const char* what);
  Error failure(const char* what);

  const std::shared_ptr<const Present> present_;
  const std::shared_ptr<const Credentials> credentials_;  // of the handshake
  const std::optional<std::string> wanted_;
  Pipe pipe_;
  Connection ssl_;
  bool established_ = false;
  std::optional<Error> over_;
  std::optional<std::string> peer_;  // verified
  std::string serial_;
  WallTime until_{};
  std::string refused_;  // why its certificate was
  std::uint64_t records_in_ = 0;
  std::uint64_t key_updates_in_ = 0;
  std::uint64_t records_out_ = 0;  // under this key
  std::uint64_t records_per_key_ = kMostRecordsOfKey;
  std::uint64_t keys_taken_ = 0;
};

}  // namespace troupe::tls
