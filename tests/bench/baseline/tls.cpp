// TLS 1.3 over TCP as a program would have it that calls OpenSSL itself: blocking sockets, a certificate that the
// server makes for itself, and the cipher that links have.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "baseline/baselines.h"
#include "own_process.h"
#include "rounds.h"
#include "support/loopback.h"

namespace troupe::bench::baseline {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kMessageBytes = 64;
using Chunk = std::array<char, 16 << 10>;

void must(bool done, const char* what) {
  if (!done) throw std::runtime_error(std::string("TLS: ") + what + " failed");
}

template <auto Free>
struct FreedBy {
  template <class T>
  void operator()(T* it) const {
    Free(it);
  }
};
using Context = std::unique_ptr<SSL_CTX, FreedBy<SSL_CTX_free>>;

Context context(const SSL_METHOD* method) {
  Context out(SSL_CTX_new(method));
  must(out && SSL_CTX_set_min_proto_version(out.get(), TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_ciphersuites(out.get(), "TLS_AES_128_GCM_SHA256") == 1,
       "a context");
  return out;
}

// Nobody looks at it: the handshake is not measured.
void show_own_certificate(SSL_CTX& server) {
  const std::unique_ptr<EVP_PKEY, FreedBy<EVP_PKEY_free>> key(EVP_EC_gen("P-256"));
  const std::unique_ptr<X509, FreedBy<X509_free>> own(X509_new());
  must(key && own && X509_set_version(own.get(), X509_VERSION_3) == 1 &&
           ASN1_INTEGER_set(X509_get_serialNumber(own.get()), 1) == 1 &&
           X509_gmtime_adj(X509_getm_notBefore(own.get()), -60) &&
           X509_gmtime_adj(X509_getm_notAfter(own.get()), 3600) && X509_set_pubkey(own.get(), key.get()) == 1 &&
           X509_sign(own.get(), key.get(), EVP_sha256()) > 0 && SSL_CTX_use_certificate(&server, own.get()) == 1 &&
           SSL_CTX_use_PrivateKey(&server, key.get()) == 1,
       "a certificate");
}

// A connection that begins its TLS at once.
class Peer {
 public:
  Peer(SSL_CTX& context, int fd, bool connects) : fd_(fd), ssl_(SSL_new(&context)) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    must(ssl_ && SSL_set_fd(ssl_.get(), fd) == 1, "a connection");
    must((connects ? SSL_connect(ssl_.get()) : SSL_accept(ssl_.get())) == 1, "the handshake");
  }
  ~Peer() { ::close(fd_); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  void send(std::string_view bytes) {
    std::size_t sent = 0;
    must(SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &sent) == 1 && sent == bytes.size(), "to send");
  }
  // 0: the other side is gone.
  [[nodiscard]] std::size_t receive(Chunk& chunk) {
    std::size_t got = 0;
    return SSL_read_ex(ssl_.get(), chunk.data(), chunk.size(), &got) == 1 ? got : 0;
  }

 private:
  const int fd_;
  std::unique_ptr<SSL, FreedBy<SSL_free>> ssl_;
};

int connected_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in address = testing::loopback(port);
  must(fd >= 0 && ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "to connect");
  return fd;
}

struct SealedEcho {
  OwnProcess server;
  Context own = context(TLS_client_method());
  Peer peer{*own, connected_to(static_cast<std::uint16_t>(std::stoul(server.read_line(std::chrono::seconds(10))))),
            true};

  explicit SealedEcho(const Effort& effort) : server({"--serve", "tls"}, effort.apart) {}
};

std::vector<double> sealed_pings(Peer& peer, std::chrono::nanoseconds time) {
  std::vector<double> took_us;
  took_us.reserve(1 << 20);
  const std::string message(kMessageBytes, 'x');
  Chunk chunk;
  auto now = Clock::now();
  for (const auto end = now + time; now < end;) {
    const auto start = now;
    peer.send(message);
    for (std::size_t back = 0; back < kMessageBytes;) {
      const std::size_t got = peer.receive(chunk);
      must(got > 0, "to receive");
      back += got;
    }
    now = Clock::now();
    took_us.push_back(std::chrono::duration<double, std::micro>(now - start).count());
  }
  return took_us;
}

// What comes back makes room for as much again.
double sealed_round_trips(Peer& peer, int in_flight, std::chrono::nanoseconds time) {
  const std::string window(static_cast<std::size_t>(in_flight) * kMessageBytes, 'x');
  Chunk chunk;
  std::size_t back = 0, under_way = window.size();
  const auto start = Clock::now();
  const auto end = start + time;
  peer.send(window);
  while (under_way > 0) {
    const std::size_t got = peer.receive(chunk);
    must(got > 0, "to receive");
    back += got;
    under_way -= got;
    if (Clock::now() >= end) continue;
    peer.send({chunk.data(), got});
    under_way += got;
  }
  const std::chrono::duration<double> took = Clock::now() - start;
  return static_cast<double>(back) / kMessageBytes / took.count();
}

}  // namespace

double tls_round_trip_us(const Effort& effort) {
  SealedEcho echo(effort);
  sealed_pings(echo.peer, effort.time / 10);
  return median(sealed_pings(echo.peer, effort.time));
}

double tls_round_trips(int in_flight, const Effort& effort) {
  SealedEcho echo(effort);
  sealed_round_trips(echo.peer, in_flight, effort.time / 10);
  return sealed_round_trips(echo.peer, in_flight, effort.time);
}

void serve_tls() {
  const Context own = context(TLS_server_method());
  show_own_certificate(*own);
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = testing::loopback(0);
  socklen_t size = sizeof address;
  must(listener >= 0 && ::bind(listener, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
           ::listen(listener, 1) == 0 && ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0,
       "to listen");
  std::printf("%u\n", static_cast<unsigned>(ntohs(address.sin_port)));
  std::fflush(stdout);
  Peer peer(*own, ::accept(listener, nullptr, nullptr), false);
  Chunk chunk;
  while (const std::size_t got = peer.receive(chunk)) peer.send({chunk.data(), got});
  ::close(listener);
}

}  // namespace troupe::bench::baseline
