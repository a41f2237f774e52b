// The server with TLS, and OpenSSL as its peer: versions, ALPN, certificates that change while connections live.
#include <doctest/doctest.h>
#include <openssl/ssl.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "stage.h"
#include "support/scratch_directory.h"
#include "troupe/certificates.h"

namespace troupe::http {
namespace {

struct Certificates {
  testing::ScratchDirectory directory;
  Certificates() {
    make_authority(directory.path(), "test").value();
    renew("server", false);
  }
  void renew(const std::string& name, bool again = true) const {
    make_node_certificate(directory.path(), name, {}, again).value();
  }
  [[nodiscard]] TlsFiles files() const {
    return {.certificate = directory.path() / "nodes" / "server.pem", .key = directory.path() / "nodes" / "server.key"};
  }
};

class TlsClient {
 public:
  explicit TlsClient(std::uint16_t port, int version = TLS1_3_VERSION, std::string_view protocols = "\x08http/1.1")
      : context_(SSL_CTX_new(TLS_client_method())),
        ssl_(SSL_new(context_)),
        socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval patience{RawClient::kPatience.count(), 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const sockaddr_in address = testing::loopback(port);
    REQUIRE(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    SSL_set_security_level(ssl_, 0);
    SSL_set_min_proto_version(ssl_, version);
    SSL_set_max_proto_version(ssl_, version);
    if (!protocols.empty())
      SSL_set_alpn_protos(ssl_, reinterpret_cast<const unsigned char*>(protocols.data()),
                          static_cast<unsigned>(protocols.size()));
    SSL_set_fd(ssl_, socket_);
    connected = SSL_connect(ssl_) == 1;
  }
  ~TlsClient() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
    ::close(socket_);
  }
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  std::string ask(std::string_view request, std::size_t bytes = 1) {
    if (SSL_write(ssl_, request.data(), static_cast<int>(request.size())) <= 0) return "";
    return read(bytes);
  }
  std::string read(std::size_t at_least) {
    std::string out;
    char piece[16384];
    while (out.size() < at_least) {
      const int size = SSL_read(ssl_, piece, sizeof piece);
      if (size <= 0) break;
      out.append(piece, static_cast<std::size_t>(size));
    }
    return out;
  }
  // Whether the server says that it ends, and does not merely go.
  bool ends() {
    char byte;
    return SSL_get_error(ssl_, SSL_read(ssl_, &byte, 1)) == SSL_ERROR_ZERO_RETURN;
  }
  std::string protocol() {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_, &name, &size);
    return {reinterpret_cast<const char*>(name), size};
  }
  std::string serial() {
    X509* const certificate = SSL_get0_peer_certificate(ssl_);
    BIGNUM* const number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr);
    char* const text = BN_bn2hex(number);
    const std::string out(text);
    OPENSSL_free(text);
    BN_free(number);
    return out;
  }

  bool connected = false;

 private:
  SSL_CTX* context_;
  SSL* ssl_;
  int socket_;
};

std::unique_ptr<Server> serve_secure(const Certificates& certificates, Handler handler, ServerOptions options = {}) {
  options.tls = certificates.files();
  return serve(std::move(handler), std::move(options));
}

}  // namespace

TEST_CASE("TLS 1.2 and 1.3 are spoken, with ALPN, and requests say that they are secure") {
  const Certificates certificates;
  Box<bool> secure;
  ServerOptions options;
  options.security.strict_transport_security = "max-age=60";
  const auto server = serve_secure(
      certificates,
      [&](Request request, Responder responder) {
        secure.put(request.secure);
        responder.answer(text(200, "sealed"));
      },
      std::move(options));

  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient client(server->port(), version);
    REQUIRE(client.connected);
    CHECK(client.protocol() == "http/1.1");
    const std::string answer = client.ask(get("/", "Connection: close\r\n"));
    CHECK(answer.find("Strict-Transport-Security: max-age=60\r\n") != std::string::npos);
    CHECK(answer.substr(answer.size() - 6) == "sealed");
    CHECK(secure.take());
    CHECK(client.ends());
  }
}

TEST_CASE("older versions of TLS, other protocols and plain requests are refused") {
  const Certificates certificates;
  const auto server = serve_secure(certificates, echo);

  CHECK_FALSE(TlsClient(server->port(), TLS1_1_VERSION).connected);
  CHECK_FALSE(TlsClient(server->port(), TLS1_3_VERSION, "\x02h2").connected);
  TlsClient silent(server->port(), TLS1_3_VERSION, "");
  CHECK(silent.connected);
  CHECK(silent.ask(get("/")).substr(0, 12) == "HTTP/1.1 200");
  RawClient plain(server->port());
  plain.send(get("/"));
  CHECK(plain.read_all().find("HTTP") == std::string::npos);
  CHECK(soon([&] { return server->counts().failed_handshakes == 3; }));
}

TEST_CASE("a new certificate holds for new connections, and those that live go on") {
  const Certificates certificates;
  const auto server = serve_secure(certificates, echo);
  TlsClient before(server->port());
  CHECK(before.ask(get("/1")).substr(0, 12) == "HTTP/1.1 200");

  certificates.renew("server");
  REQUIRE(server->reload_certificate().ok());

  TlsClient after(server->port());
  CHECK(after.ask(get("/2")).substr(0, 12) == "HTTP/1.1 200");
  CHECK(before.ask(get("/3")).substr(0, 12) == "HTTP/1.1 200");
  CHECK(before.serial() != after.serial());
}

TEST_CASE("files that change are seen without a word, and broken ones change nothing") {
  const Certificates certificates;
  Box<std::string> lines;
  ServerOptions options;
  options.log = [&](const LogLine& line) { lines.put(std::string(line.message)); };
  options.tls = certificates.files();
  options.tls.look_every = std::chrono::milliseconds(10);
  const auto server = serve(echo, std::move(options));
  const std::string first = TlsClient(server->port()).serial();

  certificates.renew("server");
  // Certificate and key are two files: between them, they do not fit.
  CHECK(soon([&] { return TlsClient(server->port()).serial() != first; }));
  const std::string second = TlsClient(server->port()).serial();
  std::ofstream(certificates.files().key) << "no key";
  while (lines.take().find("the certificate in use stays: cannot take the server's key") != 0) {
  }

  CHECK(TlsClient(server->port()).serial() == second);
  CHECK(server->reload_certificate().error().kind() == ErrorKind::invalid);
}

TEST_CASE("a key of another certificate is refused at start") {
  const Certificates certificates;
  certificates.renew("other", false);
  TlsFiles files = certificates.files();
  files.key = certificates.directory.path() / "nodes" / "other.key";

  const auto started = Server::start({.tls = files}, echo);

  REQUIRE_FALSE(started.ok());
  CHECK(started.error().message().find("other.key") != std::string::npos);
}

TEST_CASE("limit tls_handshake: who does not shake hands is cut") {
  const Certificates certificates;
  const auto server = serve_secure(certificates, echo, {.limits = {.tls_handshake = std::chrono::milliseconds(100)}});
  RawClient client(server->port());

  CHECK(client.is_at_end());

  CHECK(server->counts().timeouts == 1);
  CHECK(server->counts().failed_handshakes == 1);
}

TEST_CASE("large bodies come and go whole by TLS") {
  const Certificates certificates;
  const auto server = serve_secure(certificates,
                                   [](Request request, Responder responder) {
                                     responder.answer({.body = std::move(request.body), .compress = false});
                                   },
                                   {.limits = {.body_bytes = 8u << 20}});
  TlsClient client(server->port());
  const std::string body(4u << 20, 'b');

  const std::string answer = client.ask(post("/", body), body.size());

  CHECK(answer.find(std::string(100'000, 'b')) != std::string::npos);
  CHECK(answer.size() > body.size());
}

}  // namespace troupe::http
