// The port with TLS: tokens over it, peers that speak none, certificates that change.
#include <kj/compat/tls.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "stage.h"
#include "unit/http/raw_client.h"

using namespace troupe;
using namespace troupe::rpc;

namespace {

std::string file(const std::filesystem::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// Certificates of their own makers, all for "localhost".
struct Certificates {
  testing::ScratchDirectory directory;
  Certificates() {
    for (const char* name : {"server", "other"}) renew(name);
  }
  [[nodiscard]] std::filesystem::path of(const std::string& name) const { return directory.path() / name; }
  [[nodiscard]] TlsFiles files() const { return {.certificate = of("server.pem"), .key = of("server.key")}; }
  void renew(const std::string& name) const {
    const std::string make =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=" + name +
        " -addext subjectAltName=DNS:localhost -keyout " + of(name + ".key").string() + " -out " +
        of(name + ".pem").string() + " 2>/dev/null";
    REQUIRE(std::system(make.c_str()) == 0);
  }
};

ServerOptions secured(const TlsFiles& files, Limits limits = {}) {
  return {.limits = limits, .tls = files, .check_token = believe};
}

// Trusts the certificate that the server has.
kj::Own<kj::AsyncIoStream> connect(Loop& loop, std::uint16_t port, const Certificates& certificates) {
  const kj::TlsCertificate authority(file(certificates.of("server.pem")).c_str());
  kj::TlsContext::Options options;
  options.useSystemTrustStore = false;
  options.trustedCertificates = kj::arrayPtr(&authority, 1);
  auto context = kj::heap<kj::TlsContext>(kj::mv(options));
  auto wrapped = loop.wait(context->wrapClient(loop.connect(port), "localhost"));
  return wrapped.attach(kj::mv(context));
}

std::string read_as(Loop& loop, Client& client, const char* token) {
  return loop.failure(Client::service<jotter::Jotter>(client.as(token), "Jotter", "a").readRequest().send());
}

}  // namespace

TEST_CASE("over TLS a token opens what it opens without, and nothing else does") {
  const Certificates certificates;
  Stage stage(secured(certificates.files()));
  Loop loop;
  Client client(loop, connect(loop, stage.server().port(), certificates));

  CHECK(read_as(loop, client, "alice") == "");
  CHECK(read_as(loop, client, "bad").find("token_malformed") != std::string::npos);
  CHECK(loop.failure(client.jotter("a").readRequest().send()).find("unauthenticated") != std::string::npos);
  auto swell = Client::service<jotter::Jotter>(client.as("alice"), "Jotter", "a").swellRequest();
  swell.setBytes(900'000);
  CHECK(loop.wait(swell.send()).getData().size() == 900'000);
}

TEST_CASE("a peer without TLS is not understood and closed, and a handshake that does not end, too") {
  const Certificates certificates;
  Stage stage(secured(certificates.files(), {.tls_handshake = std::chrono::milliseconds(150)}));
  http::RawClient plain(stage.server().port());
  plain.send("GET / HTTP/1.1\r\n\r\n");
  while (plain.read_some()) {
  }
  http::RawClient silent(stage.server().port());
  while (silent.read_some()) {
  }
  Loop loop;

  CHECK(soon([&] { return stage.server().counts().failed_handshakes == 2; }));
  Client client(loop, connect(loop, stage.server().port(), certificates));
  CHECK(read_as(loop, client, "alice") == "");
}

TEST_CASE("a peer with TLS that vanishes leaves nothing behind") {
  const Certificates certificates;
  Stage stage(secured(certificates.files()));
  Loop loop;
  {
    Client client(loop, connect(loop, stage.server().port(), certificates));
    auto waiting = Client::service<jotter::Jotter>(client.as("alice"), "Jotter", "a").waitRequest().send();
    CHECK(loop.failure(client.as("alice").servicesRequest().send()) == "");
    REQUIRE(stage.gate().is_waited_for());
  }
  CHECK(soon([&] { return stage.server().counts().connections == 0; }));
  CHECK(stage.server().counts().cancelled == 1);
}

TEST_CASE("new files hold for new connections, and broken ones change nothing") {
  const Certificates certificates;
  auto files = certificates.files();
  files.look_every = std::chrono::milliseconds(20);
  Stage stage(secured(files));
  Loop loop;
  Client before(loop, connect(loop, stage.server().port(), certificates));
  CHECK(read_as(loop, before, "alice") == "");

  const std::string good = file(files.certificate);
  std::ofstream(files.certificate) << "no PEM";
  CHECK(soon([&] { return stage.log().find("the certificate in use stays") != std::string::npos; }));
  CHECK_THROWS_WITH_AS(stage.server().reload_certificate().value(), doctest::Contains("server.pem"), Error);
  std::ofstream(files.certificate) << good;
  Client broken(loop, connect(loop, stage.server().port(), certificates));
  CHECK(read_as(loop, broken, "alice") == "");
  certificates.renew("server");
  CHECK(stage.server().reload_certificate().ok());
  Client after(loop, connect(loop, stage.server().port(), certificates));

  CHECK(read_as(loop, after, "alice") == "");
  CHECK(read_as(loop, before, "alice") == "");
}

TEST_CASE("files that do not fit each other do not start a port") {
  const Certificates certificates;
  const auto why = [](const TlsFiles& files) {
    try {
      Stage stage(secured(files));
    } catch (const Error& error) {
      return error.message();
    }
    return std::string();
  };

  CHECK(why({.certificate = certificates.of("server.pem"), .key = certificates.of("other.key")})
            .find("it is not that of the certificate") != std::string::npos);
  CHECK(why({.certificate = certificates.of("server.key"), .key = certificates.of("server.key")})
            .find("cannot take the RPC server's certificate") != std::string::npos);
  CHECK(why({.certificate = certificates.of("server.pem"), .key = certificates.of("server.pem")})
            .find("cannot take the RPC server's key") != std::string::npos);
}
