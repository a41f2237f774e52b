// A transport for tests that behaves as TLS does and keeps nothing secret: a handshake of three words of its own,
// names, records longer than what they hold, a last word, alerts, and words that the peer may ask it for.
//
//   0        2      3                 3 + length   7 + length
//   | length | kind | bytes, inverted | their sum  |
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "net/transport.h"

namespace troupe::net::testing {

// What a record holds at most: frames of a link are spread over many.
inline constexpr std::size_t kSealedAtMost = 1000;

enum class Record : char { greeting = 1, finished, data, asks, answer, alert, end };

inline void append_record(wire::Bytes& out, Record kind, std::span<const char> bytes) {
  out.push_back(static_cast<char>(bytes.size() & 0xff));
  out.push_back(static_cast<char>(bytes.size() >> 8));
  out.push_back(static_cast<char>(kind));
  std::uint32_t sum = 0;
  for (const char byte : bytes) {
    out.push_back(static_cast<char>(~byte));
    sum += static_cast<unsigned char>(byte);
  }
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>(sum >> shift));
}

struct Sealing {
  std::string proves;                    // to the other side
  bool verifies = true;                  // what the other side proves
  bool mute = false;                     // it never answers a greeting
  bool eager = false;                    // it brings data before it is established
  bool cannot_begin = false;             // it makes no session
  std::size_t seals_at_most = SIZE_MAX;  // bytes, and then it has no more keys
};

class SealingSession final : public SecureSession {
 public:
  explicit SealingSession(Sealing sealing) : sealing_(std::move(sealing)) {}

  void greet(wire::Bytes& to_socket) {
    connects_ = true;
    append_record(to_socket, Record::greeting, sealing_.proves);
  }

  Result<void> open(std::span<const char> from_socket, wire::Bytes& plain, wire::Bytes& to_socket) override {
    partial_.insert(partial_.end(), from_socket.begin(), from_socket.end());
    std::size_t at = 0;
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(partial_[at + i]); };
    while (partial_.size() - at >= 3) {
      const std::size_t length = byte(0) | std::size_t{byte(1)} << 8;
      if (partial_.size() - at < 7 + length) break;
      std::string held;
      std::uint32_t sum = 0, said = 0;
      for (std::size_t i = 0; i < length; ++i) {
        held += static_cast<char>(~byte(3 + i));
        sum += static_cast<unsigned char>(held.back());
      }
      for (std::size_t i = 0; i < 4; ++i) said |= std::uint32_t{byte(3 + length + i)} << 8 * i;
      if (sum != said) {
        append_record(to_socket, Record::alert, std::string("damaged"));
        return Error(ErrorKind::corrupt, "a record is damaged");
      }
      if (auto ok = take(static_cast<Record>(byte(2)), std::move(held), plain, to_socket); !ok) return ok;
      at += 7 + length;
    }
    partial_.erase(partial_.begin(), partial_.begin() + static_cast<std::ptrdiff_t>(at));
    return {};
  }

  Result<void> seal(std::span<const char> plain, wire::Bytes& to_socket) override {
    sealed_ += plain.size();
    if (sealed_ > sealing_.seals_at_most) return Error(ErrorKind::unavailable, "it has no more keys");
    for (; !plain.empty(); plain = plain.subspan(std::min(kSealedAtMost, plain.size())))
      append_record(to_socket, Record::data, plain.first(std::min(kSealedAtMost, plain.size())));
    return {};
  }

  void close(wire::Bytes& to_socket) override { append_record(to_socket, Record::end, {}); }
  [[nodiscard]] bool established() const noexcept override { return established_; }
  [[nodiscard]] std::optional<std::string> verified_peer() const override {
    return sealing_.verifies ? std::optional(peer_) : std::nullopt;
  }

 private:
  Result<void> take(Record kind, std::string held, wire::Bytes& plain, wire::Bytes& to_socket) {
    switch (kind) {
      case Record::greeting:
        if (sealing_.mute) return {};
        peer_ = std::move(held);
        // The side that connects is established before the other one.
        append_record(to_socket, connects_ ? Record::finished : Record::greeting, sealing_.proves);
        established_ = connects_;
        return {};
      case Record::finished: established_ = true; return {};
      case Record::data:
        if (!established_ && !sealing_.eager) return Error(ErrorKind::corrupt, "data in the handshake");
        plain.insert(plain.end(), held.begin(), held.end());
        return {};
      case Record::asks: append_record(to_socket, Record::answer, held); return {};
      case Record::answer: return {};
      case Record::alert: return Error(ErrorKind::denied, "the other side's transport says: " + held);
      case Record::end: return Error(ErrorKind::unavailable, "the other side's transport said its last word");
    }
    return Error(ErrorKind::corrupt, "a record of no kind");
  }

  const Sealing sealing_;
  bool connects_ = false;
  bool established_ = false;
  std::string peer_;
  std::size_t sealed_ = 0;
  wire::Bytes partial_;
};

class SealingTransport final : public Transport {
 public:
  explicit SealingTransport(Sealing sealing) : sealing_(std::move(sealing)) {}

  [[nodiscard]] Result<void> check_address(const std::string&) const override { return {}; }
  [[nodiscard]] bool seals() const noexcept override { return true; }
  [[nodiscard]] Result<std::unique_ptr<SecureSession>> session_to(const std::string&,
                                                                  wire::Bytes& to_socket) const override {
    if (sealing_.cannot_begin) return Error(ErrorKind::unavailable, "it has no certificate");
    auto session = std::make_unique<SealingSession>(sealing_);
    session->greet(to_socket);
    return std::unique_ptr<SecureSession>(std::move(session));
  }
  [[nodiscard]] Result<std::unique_ptr<SecureSession>> session_from_anyone() const override {
    if (sealing_.cannot_begin) return Error(ErrorKind::unavailable, "it has no certificate");
    return std::unique_ptr<SecureSession>(std::make_unique<SealingSession>(sealing_));
  }

 private:
  const Sealing sealing_;
};

inline std::shared_ptr<const Transport> sealing(Sealing how) {
  return std::make_shared<const SealingTransport>(std::move(how));
}

}  // namespace troupe::net::testing
