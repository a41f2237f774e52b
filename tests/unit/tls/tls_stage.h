// What tests of TLS share: authorities in directories of their own, sessions and raw clients that talk through memory.
#pragma once

#include <doctest/doctest.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <troupe/certificates.h>

#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>

#include "support/scratch_directory.h"
#include "tls/make_certificate.h"
#include "tls/transport.h"

namespace troupe::tls::testing {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

inline constexpr const char* kCluster = "shop";

inline void write_text(const fs::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::trunc);
  out << text;
  REQUIRE(out.flush());
}
inline std::string text_in(const fs::path& file) {
  std::ostringstream out;
  out << std::ifstream(file).rdbuf();
  return out.str();
}

// A validity that ended, and one that has not begun.
inline Validity past() { return {std::chrono::system_clock::now() - 48h, 24h}; }
inline Validity future() { return {std::chrono::system_clock::now() + 24h, 24h}; }

// An authority, and certificates by it as they are asked for.
class TestAuthority {
 public:
  explicit TestAuthority(const std::string& cluster = kCluster) { make_authority(path(), cluster).value(); }

  [[nodiscard]] fs::path path() const { return directory_.path() / "tls"; }
  [[nodiscard]] fs::path certificate(const std::string& node) const { return path() / "nodes" / (node + ".pem"); }
  [[nodiscard]] fs::path key(const std::string& node) const { return path() / "nodes" / (node + ".key"); }
  [[nodiscard]] fs::path bundle() const { return path() / "authority.pem"; }
  TestAuthority& issue(const std::string& node, const Validity& validity = {}) {
    make_node_certificate(path(), node, validity, true).value();
    return *this;
  }
  void deny(const std::string& line) const { write_text(path() / "denied", line + "\n"); }
  [[nodiscard]] std::string serial(const std::string& node) const {
    return read_certificates(certificate(node)).value().front().serial;
  }
  [[nodiscard]] TlsConfig config() const {
    TlsConfig out;
    out.directory = path();
    out.look_every = kMinLook;
    return out;
  }
  [[nodiscard]] Result<std::shared_ptr<const Credentials>> load(const std::string& node,
                                                                const std::string& cluster = kCluster) const {
    return Credentials::load(Files::of(config(), node).value(), {cluster, node});
  }
  [[nodiscard]] std::shared_ptr<const Present> present(const std::string& node) const {
    auto out = std::make_shared<Present>();
    out->credentials = load(node).value();
    return out;
  }

 private:
  const troupe::testing::ScratchDirectory directory_;
};

// Two sessions, and the bytes between them in pieces of a size.
struct Pair {
  Session connects;
  Session accepts;
  wire::Bytes to_accepting, to_connecting;
  wire::Bytes heard_by_accepting, heard_by_connecting;
  std::optional<Error> connecting_ended, accepting_ended;

  Pair(const TestAuthority& authority, const std::string& a, const std::string& b, const std::string& wanted)
      : connects(authority.present(a), wanted), accepts(authority.present(b), std::nullopt) {
    REQUIRE(connects.begin(to_accepting));
  }
  // Until nobody says anything.
  void talk(std::size_t piece = SIZE_MAX) {
    while (!to_accepting.empty() || !to_connecting.empty()) {
      pass(to_accepting, accepts, heard_by_accepting, to_connecting, accepting_ended, piece);
      pass(to_connecting, connects, heard_by_connecting, to_accepting, connecting_ended, piece);
    }
  }

 private:
  static void pass(wire::Bytes& bytes, Session& to, wire::Bytes& heard, wire::Bytes& back, std::optional<Error>& ended,
                   std::size_t piece) {
    const wire::Bytes all = std::exchange(bytes, {});
    for (std::size_t at = 0; at < all.size() && !ended; at += std::min(piece, all.size() - at)) {
      const std::span<const char> next(all.data() + at, std::min(piece, all.size() - at));
      if (auto ok = to.open(next, heard, back); !ok) ended = ok.error();
    }
  }
};

// A client that is OpenSSL and nothing of this house's, and can be told to misbehave.
class RawClient {
 public:
  struct How {
    fs::path certificate{};  // none: it shows none
    fs::path key{};
    fs::path authority{};  // none: it trusts everybody
    int highest = TLS1_3_VERSION;
  };
  explicit RawClient(const How& how) : context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_max_proto_version(context_.get(), how.highest);
    if (!how.certificate.empty()) {
      REQUIRE(SSL_CTX_use_certificate_chain_file(context_.get(), how.certificate.c_str()) == 1);
      REQUIRE(SSL_CTX_use_PrivateKey_file(context_.get(), how.key.c_str(), SSL_FILETYPE_PEM) == 1);
    }
    if (!how.authority.empty()) {
      REQUIRE(SSL_CTX_load_verify_locations(context_.get(), how.authority.c_str(), nullptr) == 1);
      SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    }
    ssl_.reset(SSL_new(context_.get()));
    in_ = BIO_new(BIO_s_mem());
    out_ = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl_.get(), in_, out_);
    SSL_set_connect_state(ssl_.get());
    (void)SSL_do_handshake(ssl_.get());
  }
  [[nodiscard]] SSL* ssl() { return ssl_.get(); }
  [[nodiscard]] wire::Bytes said() {
    wire::Bytes out(BIO_ctrl_pending(out_));
    if (!out.empty()) BIO_read(out_, out.data(), static_cast<int>(out.size()));
    return out;
  }
  void hear(const wire::Bytes& bytes) {
    if (!bytes.empty()) BIO_write(in_, bytes.data(), static_cast<int>(bytes.size()));
    char some[4096];
    ERR_clear_error();
    while (SSL_read(ssl_.get(), some, sizeof some) > 0) {
    }
    ERR_clear_error();
  }
  // Talks with the session until nobody says anything; how that ended.
  [[nodiscard]] Result<void> talk_to(Session& session) {
    wire::Bytes heard;
    for (wire::Bytes next = said(); !next.empty(); next = said()) {
      wire::Bytes back;
      auto ok = session.open(next, heard, back);
      hear(back);
      if (!ok) return ok;
    }
    return {};
  }

 private:
  Context context_;
  Connection ssl_;
  BIO* in_;   // the connection's
  BIO* out_;  // the same
};

}  // namespace troupe::tls::testing
